import { readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { idle, LiveApp, sh } from '../helpers/live-app.js';
import { type MemoryLimit, memoryLimit } from '../helpers/memory-limit.js';
import { until } from '../helpers/until.js';

let app: LiveApp;

beforeEach(() => {
  app = new LiveApp();
});

afterEach(async () => {
  await app.dispose();
});

/** What a service does in its first run; from the second on it stays. */
const firstRun = (line: string): readonly string[] => sh(`if [ "$PORTSUP_RUN" = 1 ]; then ${line}; fi; echo ready; exec sleep 1000`);

const ENDS = {
  ok: { line: 'exit 0', code: 0, signal: null, state: 'completed', cause: 'exit code 0' },
  one: { line: 'exit 1', code: 1, signal: null, state: 'failed', cause: 'exit code 1' },
  some: { line: 'exit 42', code: 42, signal: null, state: 'failed', cause: 'exit code 42' },
  signalLike: { line: 'exit 143', code: 143, signal: null, state: 'failed', cause: 'exit code 143' },
  last: { line: 'exit 255', code: 255, signal: null, state: 'failed', cause: 'exit code 255' },
  segv: { line: 'ulimit -c 0; kill -SEGV $$$$', code: null, signal: 'SIGSEGV', state: 'failed', cause: 'signal SIGSEGV' },
  abrt: { line: 'ulimit -c 0; kill -ABRT $$$$', code: null, signal: 'SIGABRT', state: 'failed', cause: 'signal SIGABRT' },
  kill: { line: 'kill -KILL $$$$', code: null, signal: 'SIGKILL', state: 'failed', cause: 'signal SIGKILL' },
  term: { line: 'kill -TERM $$$$', code: null, signal: 'SIGTERM', state: 'failed', cause: 'signal SIGTERM' },
} as const;

describe('how a program ended', () => {
  it('is told exactly, code or signal, in ps and in history', async () => {
    const services = Object.fromEntries(
      Object.entries(ENDS).map(([name, { line }]) => [name, { command: sh(line), restart: 'temporary' }]),
    );
    app.configure({ services });
    await app.do('up', '--no-wait');
    const rows = await until('all have ended', async () => {
      const found = (await app.rows()).filter(({ kind }) => kind === 'service');
      return found.length === Object.keys(ENDS).length && found.every(({ state }) => /completed|failed/.test(state)) && found;
    });
    const exited = (await app.history()).filter(({ event }) => event === 'exited');
    for (const [name, { code, signal, state, cause }] of Object.entries(ENDS)) {
      expect(rows.find(({ path }) => path === name)).toMatchObject({ state, why: cause, pid: null, exit: { code, signal } });
      expect(exited.find(({ path }) => path === name)).toMatchObject({ cause, exit: { code, signal }, run: 1 });
    }
  });

  it('is told as the code a program chose, also for one that the shell would read as a signal', async () => {
    await app.up({ services: { odd: { command: firstRun('exit 137') } } });
    const row = await app.untilRun('odd', 2);
    expect(row.exit).toMatchObject({ code: 137, signal: null });
  });
});

const dumpsCoresInto = process.platform === 'linux' ? readFileSync('/proc/sys/kernel/core_pattern', 'utf8').trim() : '|';

describe.skipIf(!/^core(\.%p)?$/.test(dumpsCoresInto))('a core dump', () => {
  it('is told of with its path, in ps and in history; a program that dumped none is not said to have', async () => {
    const crash = (limit: string): Readonly<Record<string, unknown>> => ({
      command: sh(`ulimit -c ${limit} && kill -SEGV $$$$`),
      restart: 'temporary',
    });
    app.configure({ services: { dumps: crash('unlimited'), spares: { ...crash('0'), cwd: '/' } } });
    await app.do('up', '--no-wait');
    const ended = await app.untilService('dumps', 'has ended', ({ state }) => state === 'failed');
    expect(ended.exit).toMatchObject({ signal: 'SIGSEGV', coreDumped: true, outOfMemory: false });
    expect(ended.why).toMatch(/^signal SIGSEGV \(core dumped: \/.*\/project\/core[.\d]*\)$/);
    const spared = await app.untilService('spares', 'has ended', ({ state }) => state === 'failed');
    expect(spared).toMatchObject({ why: 'signal SIGSEGV', exit: { coreDumped: false } });
    const exits = (await app.history('dumps')).flatMap(({ event, exit }) => (event === 'exited' && exit) || []);
    expect(exits).toEqual([{ code: null, signal: 'SIGSEGV', coreDumped: true, outOfMemory: false }]);
  });
});

const limit = memoryLimit();
limit?.remove();

describe.skipIf(!limit)('a program that the system killed as memory had run out', () => {
  let little: MemoryLimit | undefined;
  beforeAll(() => {
    little = memoryLimit();
  });
  afterAll(() => {
    little?.remove();
  });

  it('is told from one that somebody killed', async () => {
    const hog = sh('echo $$$$ > "$1" && exec tail /dev/zero', little?.procs ?? '');
    await app.up({ services: { witness: { command: idle, restart: 'temporary' } } });
    app.configure({ services: { witness: { command: idle, restart: 'temporary' }, hog: { command: hog, restart: 'temporary' } } });
    await app.do('up', '--no-wait');
    const ended = await app.untilService('hog', 'has ended', ({ state }) => state === 'failed');
    expect(ended).toMatchObject({ why: 'signal SIGKILL (out of memory)', exit: { signal: 'SIGKILL', outOfMemory: true } });
    process.kill(await app.pid('witness'), 'SIGKILL');
    const killed = await app.untilService('witness', 'has ended', ({ state }) => state === 'failed');
    expect(killed).toMatchObject({ why: 'signal SIGKILL', exit: { outOfMemory: false } });
  });
});

describe('who is started again', () => {
  it('a permanent service after every end, a clean one too', async () => {
    await app.up({
      intensity: 10,
      services: {
        clean: { command: firstRun('exit 0') },
        listed: { command: firstRun('exit 42'), success_exit_codes: [42] },
        crashed: { command: firstRun('exit 1') },
        killed: { command: firstRun('kill -KILL $$$$') },
      },
    });
    for (const path of ['clean', 'listed', 'crashed', 'killed']) expect(await app.untilRun(path, 2)).toMatchObject({ restarts: 1 });
  });

  it('a transient service after abnormal ends only', async () => {
    const transient = { restart: 'transient' };
    app.configure({
      intensity: 10,
      services: {
        clean: { command: firstRun('exit 0'), ...transient },
        listed: { command: firstRun('exit 42'), success_exit_codes: [42], ...transient },
        crashed: { command: firstRun('exit 42'), ...transient },
        terminated: { command: firstRun('kill -TERM $$$$'), ...transient },
      },
    });
    await app.do('up');
    for (const path of ['crashed', 'terminated']) expect(await app.untilRun(path, 2)).toMatchObject({ restarts: 1 });
    for (const path of ['clean', 'listed']) expect(await app.service(path)).toMatchObject({ run: 1, restarts: 0, state: 'completed' });
  });

  it('a temporary service never', async () => {
    await app.up({ services: { crashed: { command: idle, restart: 'temporary' }, witness: { command: idle } } });
    await app.do('kill', 'crashed');
    await app.do('kill', 'witness');
    await app.untilRun('witness', 2);
    expect(await app.service('crashed')).toMatchObject({ run: 1, state: 'failed', pid: null, exit: { code: null, signal: 'SIGKILL' } });
    await app.do('start', 'crashed');
    expect(await app.service('crashed')).toMatchObject({ run: 2, state: 'running' });
  });
});

describe('a history', () => {
  it('answers why it restarted: the cause, the chain, and who asked', async () => {
    await app.up({ strategy: 'rest_for_one', services: { db: { command: idle }, api: { command: idle } } });
    await app.do('kill', 'db', '-s', 'SEGV');
    await app.untilRun('api', 2);
    await app.do('restart', 'api');
    const told = (await app.history()).map(({ path, event, cause, by }) => `${path ?? ''} ${event} by ${by}: ${cause ?? ''}`);
    expect(told).toContainEqual('db exited by user: signal SIGSEGV');
    expect(told).toContainEqual('db restarted by supervisor: signal SIGSEGV');
    expect(told).toContainEqual('api restarted by supervisor: because db ended: signal SIGSEGV; rest_for_one');
    expect(told).toContainEqual(expect.stringMatching(/^api stopping by user: .*restart/));
  });
});
