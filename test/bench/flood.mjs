/** Stands in for flood.c where there is no compiler: the same arguments, the same lines. */
import { closeSync, constants, openSync, readSync, writeSync } from 'node:fs';

const LINE_BYTES = 100;
const MOST_BYTES = 64 * 1024;

const words = process.argv.slice(2);
const [beacons, first, runs] = words;
const id = 3 * Number(words.at(-1));
const run = process.env.PORTSUP_RUN ?? '0';
const line = `${run.padStart(7, '0')} ${'0'.repeat(11)} ${'x'.repeat(LINE_BYTES - 21)}\n`;
const chunk = Buffer.from(line.repeat(Math.floor(MOST_BYTES / LINE_BYTES)), 'latin1');
let number = 0;

if (words.length === 4) lastWords();
else obey();

function lastWords() {
  if (Number(run) > Number(runs)) {
    beacon(id);
    setInterval(() => undefined, 1e9);
    return;
  }
  writeLines(Number(first), MOST_BYTES);
  process.exit(1);
}

function obey() {
  // For writing too: so there is no end of file.
  const control = openSync(first, constants.O_RDWR);
  beacon(id);
  const order = Buffer.alloc(64);
  for (;;) {
    // Whoever orders waits for the end of each order: they come one by one.
    const [lines, bytes] = order.toString('latin1', 0, readSync(control, order)).split(' ').map(Number);
    beacon(id + 1);
    writeLines(lines, bytes);
    beacon(id + 2);
  }
}

function writeLines(lines, bytes) {
  const end = lines === 0 ? Infinity : number + lines;
  const atOnce = Math.floor(bytes / LINE_BYTES);
  while (number < end) {
    const count = Math.min(atOnce, end - number);
    for (let index = 0; index < count; index += 1) chunk.write(String(number + index).padStart(11, '0'), index * LINE_BYTES + 8, 'latin1');
    writeAll(chunk.subarray(0, count * LINE_BYTES));
    number += count;
  }
}

function writeAll(bytes) {
  for (let done = 0; done < bytes.length; ) {
    try {
      done += writeSync(1, bytes, done);
    } catch (error) {
      if (error.code !== 'EAGAIN') throw error;
    }
  }
}

function beacon(what) {
  const pad = (value, length) => String(value).padStart(length, '0');
  const fd = openSync(beacons, constants.O_WRONLY | constants.O_NONBLOCK);
  writeSync(fd, `${pad(process.hrtime.bigint(), 20)} ${pad(process.pid, 10)} ${pad(what, 10)}\n`);
  closeSync(fd);
}
