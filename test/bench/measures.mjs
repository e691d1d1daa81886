/** How each number is taken. All of them leave the subject as they found it: `count` programs running. */
import { spawn } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { now } from './beacons.mjs';
import { contextSwitches, memoryOf } from './proc.mjs';

/** Between two kills: whoever restarts shall be idle again, and clean-up of the last one over. */
const SETTLE_MS = 25;
const REST_MS = 3_000;

/** Milliseconds from SIGKILL of one program to the first act of its successor, each time another of them. */
export async function killLatencies({ beacons }, count, times) {
  const samples = [];
  for (let round = 0; round < times; round += 1) {
    await delay(SETTLE_MS);
    // Spread over all of them, from the first to the last.
    const id = Math.floor((round * (count - 1)) / Math.max(1, times - 1));
    const { pid } = beacons.latest.get(id);
    const begun = now();
    process.kill(pid, 'SIGKILL');
    await beacons.until(`restart of program ${id}`, () => beacons.latest.get(id).pid !== pid);
    samples.push(beacons.latest.get(id).at - begun);
  }
  return samples;
}

/** Milliseconds from the first of `count` SIGKILLs at once until every program has a successor in its own code. */
export async function allKilled({ beacons }) {
  await delay(SETTLE_MS);
  const before = new Map([...beacons.latest].map(([id, { pid }]) => [id, pid]));
  const begun = now();
  for (const pid of before.values()) process.kill(pid, 'SIGKILL');
  await beacons.until('restart of all', () => [...before].every(([id, pid]) => beacons.latest.get(id).pid !== pid));
  return Math.max(...[...beacons.latest.values()].map(({ at }) => at)) - begun;
}

/** Milliseconds of `ps` and of a Node program that does nothing, taken in turns. */
export function psTimes(world, psCommand, times) {
  const pairs = Array.from({ length: times + 1 }, () => [world.timed(psCommand), world.timed([process.execPath, '-e', '0'])]);
  // The first of each warms the file cache.
  return { ps: pairs.slice(1).map(([ms]) => ms), node: pairs.slice(1).map(([, ms]) => ms) };
}

/** Megabytes of these processes after a rest. */
export async function restingMemory(pids) {
  await delay(REST_MS);
  return memoryOf(pids);
}

/** Megabytes of two Node programs that do nothing: the floor of a keeper and a daemon. */
export async function idleNodeMemory(world) {
  const programs = [1, 2].map(() => spawn(process.execPath, ['-e', 'setInterval(() => 0, 1e9)'], { env: world.env, stdio: 'ignore' }));
  const pids = programs.map(({ pid }) => pid);
  world.remember(pids);
  const memory = await restingMemory(pids);
  for (const program of programs) program.kill('SIGKILL');
  world.forget(pids);
  return memory;
}

/**
 * Context switches a second of all threads of these processes, while nothing happens. V8 tidies its heap up to 15 s after
 * it was last busy, once; whoever does not rest that long before sees that, too.
 */
export async function wakeUps(pids, { restSeconds, seconds }) {
  await delay(restSeconds * 1_000);
  const before = contextSwitches(pids);
  await delay(seconds * 1_000);
  return (contextSwitches(pids) - before) / seconds;
}

/**
 * Checks that exactly `count` programs run, each once, and that the subject knows their PIDs.
 *
 * @throws when it is not so: then no number of this run is worth anything.
 */
export async function checkPrograms(world, subject, count) {
  const numbers = world.running();
  const said = await subject.servicePids();
  const actual = new Set([...world.beacons.latest.values()].map(({ pid }) => pid));
  const isRight =
    numbers.length === count && new Set(numbers).size === count && said.length === count && said.every((pid) => actual.has(pid));
  if (!isRight) {
    const counts = `${numbers.length} run, ${new Set(numbers).size} different ones, ${said.length} are reported`;
    throw new Error(`${subject.name} with ${count} programs: ${counts}`);
  }
}
