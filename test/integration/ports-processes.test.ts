import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { isLiving, readProcess, startTicksOf } from '../../src/base/process-stat.js';
import { systemClock } from '../../src/base/system-clock.js';
import { groupGone } from '../../src/ports/groups.js';
import { pageBytes, readProcessTable, ticksPerSecond } from '../../src/ports/process-table.js';
import { openUsage } from '../../src/ports/usage.js';
import { temporaryHome } from '../helpers/home.js';
import { halt, killTree } from '../helpers/processes.js';
import { until } from '../helpers/until.js';

const home = temporaryHome();
const started: ChildProcess[] = [];
afterAll(() => home.dispose());
afterEach(async () => {
  for (const child of started.splice(0)) await killTree(child.pid ?? -1);
});

/** Starts a program as the keeper does, in a session of its own. */
function start(...argv: readonly string[]): ChildProcess & { readonly pid: number } {
  const [file = '', ...args] = argv;
  const child = spawn(file, args, { env: home.env, detached: true, stdio: ['pipe', 'pipe', 'inherit'] });
  started.push(child);
  if (child.pid === undefined) throw new Error(`${file} cannot be started`);
  return Object.assign(child, { pid: child.pid });
}

async function firstLine(child: ChildProcess): Promise<string> {
  if (!child.stdout) throw new Error('no standard output');
  const lines = createInterface({ input: child.stdout });
  const [line] = (await once(lines, 'line')) as [string];
  return line;
}

/** A program whose one child ends and is never waited for: a zombie in its group. Prints the zombie's PID. */
const ZOMBIE_MAKER = 'import os,time\np=os.fork()\nif p==0: os._exit(0)\nprint(p,flush=True)\ntime.sleep(1000)';
/** A leader that ends while a child of it, which stays in the group, ignores SIGTERM. */
const DEAF_CHILD = '(trap "" TERM; echo ready; while :; do sleep 0.05; done) & cat';

describe.runIf(process.platform === 'linux')('the process table', () => {
  it('reads this process as it is', () => {
    const stat = readProcess(process.pid);
    expect(stat).toMatchObject({ pid: process.pid, ppid: process.ppid, state: 'R' });
    expect((stat?.rssPages ?? 0) * pageBytes()).toBeGreaterThan(10_000_000);
    expect(ticksPerSecond()).toBe(100);
  });

  it('reads names with blanks and parentheses', async () => {
    const child = start('/bin/sh', '-c', 'printf "a) S (b" > /proc/$$/comm; echo ready; cat');
    await firstLine(child);
    expect(readProcess(child.pid)).toMatchObject({ name: 'a) S (b', pgrp: child.pid, session: child.pid, ppid: process.pid });
  });

  it('has nothing of a process that does not exist', () => {
    expect(readProcess(2 ** 30)).toBeUndefined();
    expect(startTicksOf(2 ** 30)).toBeUndefined();
  });

  it('lists everybody', async () => {
    const child = start('sleep', '1000');
    const pids = (await readProcessTable()).map(({ pid }) => pid);
    expect(pids).toEqual(expect.arrayContaining([1, process.pid, child.pid]));
    expect(new Set(pids).size).toBe(pids.length);
  });

  it('gives a start time that stays while the process lives and is not before that of its parent', async () => {
    const child = start('sleep', '1000');
    const first = startTicksOf(child.pid);
    expect(first).toBeGreaterThanOrEqual(startTicksOf(process.pid) ?? Number.POSITIVE_INFINITY);
    await firstLine(start('echo', 'later'));
    expect(startTicksOf(child.pid)).toBe(first);
  });

  it('counts a zombie as dead', async () => {
    const maker = start('python3', '-c', ZOMBIE_MAKER);
    const zombie = Number(await firstLine(maker));
    const stat = await until('a zombie', () => [readProcess(zombie)].find((found) => found?.state === 'Z'));
    expect(isLiving(stat)).toBe(false);
  });
});

describe('groupGone', () => {
  it('resolves at once for a group that is not there', async () => {
    const child = start('true');
    await once(child, 'exit');
    expect(await groupGone(child.pid, systemClock, 0)).toEqual([]);
  });

  it.runIf(process.platform === 'linux')('names those that outlive the limit', async () => {
    const child = start('/bin/sh', '-c', DEAF_CHILD);
    await firstLine(child);
    process.kill(-child.pid, 'SIGTERM');
    await once(child, 'exit');
    const survivors = await groupGone(child.pid, systemClock, 20);
    expect(survivors).toContainEqual({ pid: expect.any(Number), name: 'sh' });
    expect(survivors.map(({ pid }) => pid)).not.toContain(child.pid);
    process.kill(-child.pid, 'SIGKILL');
    expect(await groupGone(child.pid, systemClock, 5_000)).toEqual([]);
  });

  it.runIf(process.platform === 'linux')('does not wait for zombies', async () => {
    const maker = start('python3', '-c', ZOMBIE_MAKER);
    const zombie = Number(await firstLine(maker));
    await until('its child has ended', () => readProcess(zombie)?.state === 'Z');
    // The leader is this process's own child: while the loop is not let go, nobody reaps it, and the group holds but zombies.
    process.kill(maker.pid, 'SIGKILL');
    while (readProcess(maker.pid)?.state !== 'Z');
    const gone = groupGone(maker.pid, systemClock, 0);
    expect(process.kill(-maker.pid, 0)).toBe(true);
    expect(await gone).toEqual([]);
  });

  it('serves many groups at once', async () => {
    const children = Array.from({ length: 20 }, () => start('sleep', '1000'));
    const waits = children.map(({ pid }) => groupGone(pid, systemClock, 5_000));
    for (const { pid } of children) process.kill(-pid, 'SIGKILL');
    expect(await Promise.all(waits)).toEqual(children.map(() => []));
  });
});

describe.runIf(process.platform === 'linux')('usage', () => {
  const family = fileURLToPath(new URL('../fixtures/port-family.sh', import.meta.url));

  it('covers children in the session and such as have left it', async () => {
    const child = start(family);
    const relatives = (await firstLine(child)).split(' ').map(Number);
    const usage = await until('four processes', async () => {
      const found = (await openUsage(systemClock).usageOf([child.pid])).get(child.pid);
      return found?.processes === 4 && found;
    });
    expect(usage.pids).toEqual(expect.arrayContaining([child.pid, ...relatives]));
    expect(usage.memoryBytes).toBeGreaterThan(4 * 100_000);
    expect(usage.cpuPercent).toBeGreaterThanOrEqual(0);
  });

  it('still counts a grandchild whose parent has ended', async () => {
    const child = start('/bin/sh', '-c', '(sleep 1000 & echo $!); cat');
    const orphan = Number(await firstLine(child));
    const reader = openUsage(systemClock);
    await until('the orphan', async () => (await reader.usageOf([child.pid])).get(child.pid)?.pids.includes(orphan));
  });

  it('measures CPU since the look before', async () => {
    const child = start('/bin/sh', '-c', 'echo ready; read go; while :; do :; done');
    await firstLine(child);
    let now = systemClock.now();
    const reader = openUsage({ ...systemClock, now: () => now });
    await reader.usageOf([child.pid]);
    const before = readProcess(child.pid)?.cpuTicks ?? 0;
    child.stdin?.write('go\n');
    await until('a fifth of a second of CPU', () => (readProcess(child.pid)?.cpuTicks ?? 0) - before >= 20);
    await halt(child.pid);
    const busy = (readProcess(child.pid)?.cpuTicks ?? 0) - before;
    now += 1_000;
    expect((await reader.usageOf([child.pid])).get(child.pid)?.cpuPercent).toBeCloseTo(busy, 0);
    now += 50;
    expect((await reader.usageOf([child.pid])).get(child.pid)?.cpuPercent).toBeCloseTo(busy, 0);
    now += 1_000;
    expect((await reader.usageOf([child.pid])).get(child.pid)?.cpuPercent).toBe(0);
  });

  it('leaves out what does not live', async () => {
    const child = start('true');
    await once(child, 'exit');
    expect(await openUsage(systemClock).usageOf([child.pid, process.pid])).toEqual(new Map([[process.pid, expect.any(Object)]]));
    expect(await openUsage(systemClock).usageOf([])).toEqual(new Map());
  });

  it('agrees with the kernel about memory', async () => {
    const usage = (await openUsage(systemClock).usageOf([process.pid])).get(process.pid);
    const resident = Number(readFileSync('/proc/self/statm', 'utf8').split(' ')[1]) * pageBytes();
    expect((usage?.memoryBytes ?? 0) / resident).toBeCloseTo(1, 0);
  });
});
