/** How long it takes to read a little of much: the last lines, and those of a short time in the middle. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { LINE_BYTES, portsupArgv, upFlooders, WRITES } from './flooders.mjs';

/** 1 GB. */
const LINES = 10_000_000;
const LAST = 50;
const WINDOW = 300;
/** Longer than it takes a line from its program to the log. */
const APART_MS = 300;
const PARTS = 100;
const COMPRESSED_MS = 180_000;

const ONE_PART = { max_size: '2gb' };

/** `node -e 0`, and the commands, for a log in one part and for the same in a hundred; in turns. */
export async function logReading({ world, often, add, say }) {
  say('logs to read');
  const maxBytes = Math.round((LINES * LINE_BYTES * 1.01) / PARTS);
  const app = await upFlooders(world, { logs: [ONE_PART, { max_size: maxBytes, keep: 2 * PARTS }], total: '16gb' });
  const commands = [];
  for (const [index, middle] of ['', '-parts'].entries()) {
    const { since, until } = await printAround(app.flooders[index]);
    const words = ['logs', `f${index}`, '--no-prefix', '-p', 'bench'];
    commands.push({ id: `log-read${middle}-last`, argv: portsupArgv(...words, '-n', String(LAST)), count: LAST });
    commands.push({ id: `log-read${middle}-window`, argv: portsupArgv(...words, '--since', since, '--until', until), count: WINDOW });
  }
  await allCompressed(join(world.home, 'logs', 'bench'));
  for (const { argv, count } of commands) await checkCount(world, argv, count);
  for (let time = 1; time <= often.reads; time += 1) {
    say(`reading, ${time} of ${often.reads}`);
    const floor = [world.timed([process.execPath, '-e', '0'])];
    for (const { id, argv } of commands) add(id, { values: [world.timed(argv)], floor });
  }
  await app.down();
}

/** Prints all lines, and in the middle of them, with a time of its own, the window. */
async function printAround(flooder) {
  const pause = async () => {
    await delay(APART_MS);
    const time = new Date().toISOString();
    await delay(APART_MS);
    return time;
  };
  await flooder.print(LINES / 2, WRITES['64k']);
  const since = await pause();
  await flooder.print(WINDOW, WRITES['100']);
  const until = await pause();
  await flooder.print(LINES / 2, WRITES['64k']);
  return { since, until };
}

/** Waits until all closed parts are compressed, some seconds after they were closed. */
async function allCompressed(folder) {
  const isOpen = (name) => /\.log\.\d+(?:\.gz\.tmp)?$/.test(name);
  for (let waited = 0; readdirSync(folder).some(isOpen); waited += APART_MS) {
    if (waited > COMPRESSED_MS) throw new Error('the parts of the log are not compressed');
    await delay(APART_MS);
  }
}

/** @throws when it prints another number of lines. */
async function checkCount(world, argv, count) {
  const printed = (await world.command(argv)).out.split('\n').length - 1;
  if (printed !== count) throw new Error(`${argv.slice(2).join(' ')}: ${printed} lines instead of ${count}`);
}
