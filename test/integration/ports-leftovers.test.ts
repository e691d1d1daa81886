import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, rmSync } from 'node:fs';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startTicksOf } from '../../src/base/process-stat.js';
import { systemClock } from '../../src/base/system-clock.js';
import type { Cleared } from '../../src/ports/chase.js';
import { type Leftovers, openLeftovers } from '../../src/ports/leftovers.js';
import { markerOf } from '../../src/ports/marked.js';
import { openNewerPids } from '../../src/ports/newer-pids.js';
import { ticksPerSecond } from '../../src/ports/process-table.js';
import { temporaryHome } from '../helpers/home.js';
import { fixture } from '../helpers/live-app.js';
import { isAlive, killWith, processesWith } from '../helpers/processes.js';
import { until } from '../helpers/until.js';

const [home, other] = [temporaryHome(), temporaryHome()];
afterAll(async () => {
  await home.dispose();
  await other.dispose();
});

type Environment = Readonly<Record<string, string>>;
type Started = ChildProcess & { readonly pid: number };
interface Options {
  readonly env?: Environment;
  readonly began?: boolean;
  readonly adopted?: boolean;
  readonly limitMs?: number;
}

const name = { app: 'shop', path: 'backend/db', run: 3 } as const;
const envOf = ({ env }: { readonly env: Environment }, run: number = name.run): Environment => ({
  ...env,
  PORTSUP_APP: name.app,
  PORTSUP_SERVICE: name.path,
  PORTSUP_RUN: String(run),
});

let leftovers: Leftovers;
beforeEach(() => {
  leftovers = openLeftovers({ clock: systemClock, keeperPid: process.pid });
});
afterEach(async () => {
  await killWith(home.home, other.home);
});

/** Starts a program as the keeper does: this process plays the keeper. */
function start(env: Environment, ...argv: readonly string[]): Started {
  const [file = '', ...args] = argv;
  const child = spawn(file, args, { env, detached: true, stdio: 'ignore' });
  if (child.pid === undefined) throw new Error(`${file} cannot be started`);
  return Object.assign(child, { pid: child.pid });
}

/** Starts a run by a line of shell, waits until `isReady`, ends its process group, and clears what is left. */
async function runAndClear(line: string, isReady: () => boolean, options: Options = {}): Promise<Cleared | undefined> {
  const env = options.env ?? envOf(home);
  const main = start(env, '/bin/sh', '-c', line, 'sh', fixture(''), home.home);
  if (options.began !== false) leftovers.began('key', main.pid, options.adopted ?? false);
  await until('it is ready', isReady);
  const exit = once(main, 'exit');
  process.kill(-main.pid, 'SIGKILL');
  await exit;
  return leftovers.clear({ key: 'key', pid: main.pid, marker: markerOf(name, env), limitMs: options.limitMs ?? 5_000 });
}

/** Processes of our home that are in a session of their own and no child of ours. */
const escaped = (): readonly number[] =>
  processesWith(home.home)
    .filter(({ ppid, name: program }) => ppid !== process.pid && program === 'sleep')
    .map(({ pid }) => pid);
const nobody: Cleared = { killed: [], left: [], outran: [] };
const names = (cleared: Cleared | undefined): readonly string[] => (cleared?.killed ?? []).map(({ name: program }) => program);

describe.runIf(process.platform === 'linux')('what has left the process group of an ended run', () => {
  it('is nobody in the normal case, which is known at once', async () => {
    // Unless somebody else on this machine is executing a program at this moment.
    await until('nobody at once', async () => {
      const main = start(envOf(home), 'sleep', '1000');
      leftovers.began('key', main.pid, false);
      process.kill(main.pid, 'SIGKILL');
      await once(main, 'exit');
      const clearing = leftovers.clear({ key: 'key', pid: main.pid, marker: markerOf(name, envOf(home)), limitMs: 5_000 });
      if (clearing) expect(await clearing).toEqual(nobody);
      return clearing === undefined;
    });
  });

  it.each([
    ['setsid', 'setsid sleep 1000 & exec sleep 1000', 1],
    ['a double fork', '(setsid sleep 1000 & exit 0); exec sleep 1000', 1],
    ['a child of one that has left', "setsid sh -c 'sleep 1000 & sleep 1000' & exec sleep 1000", 2],
    ['a program whose environment is long', `export LONG=$(head -c 100000 /dev/zero | tr '\\0' x); setsid sleep 1000 & exec sleep 1000`, 1],
  ])('is killed and named: %s', async (_, line, count) => {
    let pids: readonly number[] = [];
    const cleared = await runAndClear(line, () => (pids = escaped().filter((pid) => !isMain(pid))).length === count);
    expect(pids.filter(isAlive)).toEqual([]);
    expect(names(cleared).filter((program) => program === 'sleep')).toHaveLength(count);
    expect(cleared?.left).toEqual([]);
  });

  it('is found by a daemon that has not seen it start, and by one that has not even heard of the start', async () => {
    const line = 'setsid sleep 1000 & exec sleep 1000';
    const isReady = (): boolean => escaped().some((pid) => !isMain(pid));
    expect(names(await runAndClear(line, isReady, { adopted: true }))).toEqual(['sleep']);
    expect(names(await runAndClear(line, isReady, { began: false }))).toEqual(['sleep']);
  });

  it('is outrun when it never stops starting others', async () => {
    const many = (): boolean => escaped().length > 5;
    await runAndClear('setsid "$1/ports-forker.sh" & exec sleep 1000', many, { limitMs: 25_000 });
    expect(processesWith(home.home)).toEqual([]);
  });

  // Many times: what makes one of them escape is a matter of microseconds.
  it.each([
    ['', {}],
    [', and the whole machine has to be looked at', { adopted: true }],
  ])('is outrun when it lives only for as long as it takes to start itself anew%s', async (_, options) => {
    for (let times = 0; times < 20; times += 1) {
      rmSync(home.path('runner'), { force: true });
      const isReady = (): boolean => runnerOf(home.path('runner')) > 0;
      const cleared = await runAndClear('setsid "$1/ports-runner.sh" "$2" & exec sleep 1000', isReady, options);
      expect(processesWith(home.home)).toEqual([]);
      expect(cleared).toMatchObject({ left: [], outran: [] });
      expect(cleared?.killed.length).toBeGreaterThan(0);
    }
  });
});

describe.runIf(process.platform === 'linux')('what many runs have left of which nobody knows when they were', () => {
  it('is killed all at once, as its marker says, but main processes', async () => {
    const main = start(envOf(home), 'sleep', '1000');
    const left = [orphan(envOf(home)), orphan(envOf(home, 4)), orphan({ ...envOf(home), PORTSUP_SERVICE: 'web' })];
    const spared = [orphan(envOf(home, 5)), orphan(envOf(other)), orphan(home.env)];
    const cleared = await leftovers.clearAll(({ run, home: whose }) => run < 5 && whose === markerOf(name, envOf(home)).home, 5_000);
    expect(cleared).toMatchObject({ left: [], outran: [] });
    expect(new Set(cleared?.killed.map(({ pid }) => pid))).toEqual(new Set(left));
    expect(left.filter(isAlive)).toEqual([]);
    expect([main.pid, ...spared].every(isAlive)).toBe(true);
  });
});

describe.runIf(process.platform === 'linux')('what is spared', () => {
  const line = 'exec sleep 1000';

  it.each([
    ['a run of another home with the same names and numbers', () => envOf(other)],
    ['another run of the same service', () => envOf(home, 4)],
    ['another service', () => ({ ...envOf(home), PORTSUP_SERVICE: 'web' })],
    ['another application', () => ({ ...envOf(home), PORTSUP_APP: 'blog' })],
    ['somebody without a marker', () => home.env],
  ])('is %s', async (_, envFor) => {
    let pid = 0;
    const isReady = (): boolean => {
      pid ||= orphan(envFor());
      return isAlive(pid);
    };
    expect((await runAndClear(line, isReady)) ?? nobody).toEqual(nobody);
    expect(isAlive(pid)).toBe(true);
  });

  it('is who carries a copy of the marker but was there before the run', async () => {
    const pid = orphan(envOf(home));
    const ticks = startTicksOf(pid) ?? Number.POSITIVE_INFINITY;
    await until('the next tick', () => Number.parseFloat(readFileSync('/proc/uptime', 'latin1')) * ticksPerSecond() >= ticks + 2);
    // All of them are candidates, so it is the start time that spares it.
    expect((await runAndClear(line, () => true, { adopted: true })) ?? nobody).toEqual(nobody);
    expect(isAlive(pid)).toBe(true);
  });

  it('is the main process of another running service, and the keeper’s other children', async () => {
    const second = start(envOf(home), 'sleep', '1000');
    leftovers.began('second', second.pid, false);
    const third = start(envOf(home), 'sleep', '1000');
    expect((await runAndClear(line, () => true, { adopted: true })) ?? nobody).toEqual(nobody);
    expect([second.pid, third.pid].every(isAlive)).toBe(true);
  });

  it.runIf(process.getuid?.() === 0)('is who runs as another user, and is named', async () => {
    const line2 = 'setsid setpriv --reuid 65534 --clear-groups sleep 1000 & exec sleep 1000';
    const cleared = await runAndClear(line2, () => escaped().some((pid) => !isMain(pid)));
    expect(cleared).toMatchObject({ killed: [], left: [{ name: 'sleep' }] });
  });
});

describe.runIf(process.platform === 'linux')('the processes that came after one', () => {
  const none = { live: new Map<number, string>(), spent: new Map<number, number>() };

  it('are few, in their order, and everybody where nobody knows when that one was started', () => {
    const newer = openNewerPids(systemClock);
    const mark = newer.mark();
    const [first, second] = [start(home.env, 'sleep', '1000'), start(home.env, 'sleep', '1000')];
    const found = newer.since(first.pid, mark, none).pids;
    expect(found).toContain(second.pid);
    expect(found.every((pid) => pid > first.pid)).toBe(true);
    expect(newer.since(first.pid, mark, { ...none, live: new Map([[second.pid, '']]) }).pids).not.toContain(second.pid);
    expect(newer.since(first.pid, mark, { ...none, spent: new Map([[second.pid, mark]]) }).pids).not.toContain(second.pid);
    // Its number belonged to one that ended before: it may be somebody else's now.
    expect(newer.since(first.pid, mark, { ...none, spent: new Map([[second.pid, mark - 1]]) }).pids).toContain(second.pid);
    expect(newer.since(first.pid, Number.NaN, none).pids).toEqual(expect.arrayContaining([1, process.pid, first.pid, second.pid]));
    expect(newer.since(2 ** 22, mark, none).pids).toContain(1);
  });

  it('are all of them when the numbers may have come round since', () => {
    const newer = openNewerPids(systemClock);
    expect(newer.since(process.pid, newer.mark() - 2 ** 22, none).pids).toContain(1);
  });
});

/** Is it the main process: the leader of the session that we have started? */
const isMain = (pid: number): boolean => processesWith(home.home).some((row) => row.pid === pid && row.ppid === process.pid);

/** Starts a process that is no child of ours, in a session of its own. */
function orphan(env: Environment): number {
  const child = start(
    env,
    '/bin/sh',
    '-c',
    'setsid sh -c \'echo $$ > "$1/orphan"; exec sleep 1000\' sh "$1" & exit 0',
    'sh',
    env['HOME'] ?? '',
  );
  for (;;) {
    const pid = runnerOf(`${env['HOME'] ?? ''}/orphan`);
    if (pid > child.pid && isAlive(pid)) return pid;
  }
}

function runnerOf(path: string): number {
  try {
    return Number(readFileSync(path, 'utf8'));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return 0;
    throw error;
  }
}
