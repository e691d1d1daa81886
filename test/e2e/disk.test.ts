/** The daemon where it can write nothing or open nothing: supervision goes on, it says so, and nothing is lost. */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { EventLine, PsRow } from '../../src/control/contract.js';
import { type JournalEntry, parseEntry } from '../../src/journal/entry.js';
import { temporaryHome } from '../helpers/home.js';
import { idle, LiveApp, sh } from '../helpers/live-app.js';
import { canMount, fillDisk, mountReadOnly, mountSmallDisk, unmount, unmountAll } from '../helpers/mounts.js';
import { isAlive, killWith } from '../helpers/processes.js';
import { until } from '../helpers/until.js';

/** Ids of the conditions that `daemon status` shows. */
const conditionsOf = async (app: LiveApp): Promise<readonly string[]> => (await app.daemon()).conditions.map(({ id }) => id);

/** Longer than what waits may take to be tried again. */
const LIMIT_MS = 90_000;

/** Crashes a service and waits until it runs again. */
async function crash(app: LiveApp, path: string): Promise<number> {
  const { run, pid } = await app.service(path);
  process.kill(pid ?? 0, 'SIGSEGV');
  await app.untilRun(path, run + 1);
  return run + 1;
}

const entriesIn = (file: string): readonly JournalEntry[] =>
  readFileSync(file, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => parseEntry(line) ?? expect.fail(`no entry: ${line}`));

/** Runs of a service that were started, and that ended, in the order of the journal. */
const lifeOf = (entries: readonly JournalEntry[], path: string): readonly string[] =>
  entries.flatMap((entry) =>
    entry.path === path && ['started', 'exited', 'restarted'].includes(entry.event) ? [`${entry.event} ${entry.run}`] : [],
  );

const expectedLife = (runs: number): readonly string[] => [
  'started 1',
  ...Array.from({ length: runs - 1 }, (_, index) => [`exited ${index + 1}`, `restarted ${index + 2}`]).flat(),
];

describe.skipIf(!canMount)('on a full disk', () => {
  let app: LiveApp;
  let disk: string;

  beforeEach(() => {
    const home = temporaryHome();
    disk = home.path('disk');
    mountSmallDisk(disk, 1_024);
    app = new LiveApp({ home, env: { PORTSUP_HOME: disk } });
  });
  afterEach(async () => {
    await killWith(app.home.home);
    unmountAll(disk);
    await app.dispose();
  });

  it(
    'services run on and are restarted, ps and daemon status say so, and when there is room all is written, in order',
    async () => {
      const talk = sh('i=0; while :; do echo "line $i of many"; i=$((i+1)); sleep 0.01; done');
      await app.up({ intensity: 1_000, services: { a: { command: idle }, talk: { command: talk } } });
      const talking = await app.pid('talk');
      const { pid } = await app.daemon();
      const events = app.start('events', '--json');
      const makeRoom = fillDisk(`${disk}/filling`);
      let runs = 1;
      await until(
        'neither history nor output can be written',
        async () => {
          runs = await crash(app, 'a');
          return (await conditionsOf(app)).toSorted().join() === 'disk,journal,logs,state';
        },
        20_000,
      );
      runs = await crash(app, 'a');

      const table = await app.run('ps');
      expect(table).toMatchObject({ code: 0, stdout: expect.stringMatching(/^NAME +STATE/) });
      expect(table.stderr).toContain(`note: less than 51.2 KB is left on the disk of ${disk}; make room there\n`);
      expect(table.stderr).toMatch(/^note: history cannot be written and is kept in memory: ENOSPC: .*; make room on the disk of /m);
      expect(table.stderr).toMatch(
        /^note: the output of project:talk.* cannot be written and waits: ENOSPC: .*; make room on the disk of /m,
      );
      expect(table.stderr).toMatch(
        /^note: should the keeper be killed, services may be restarted, as .*state.ndjson cannot be written: ENOSPC: /m,
      );
      const json = await app.run('ps', '--json');
      expect((JSON.parse(json.stdout) as readonly PsRow[]).map(({ path }) => path)).toEqual(['', 'a', 'talk']);
      expect(json.stderr).toBe(table.stderr);
      expect((await app.do('daemon', 'status')).stdout).toMatch(/^trouble: {2}history cannot be written .* \(since /m);
      expect(lifeOf((await app.history()) as readonly JournalEntry[], 'a')).toEqual(expectedLife(runs));

      expect(await app.run('daemon', 'restart')).toMatchObject({
        code: 1,
        stderr: expect.stringMatching(/^error: what waits in the daemon would be lost: .*\nhint: /),
      });

      makeRoom();
      await until('all is well', async () => (await conditionsOf(app)).length === 0, 40_000);
      expect((await app.run('ps')).stderr).toBe('');
      expect(await app.daemon()).toMatchObject({ pid, conditions: [] });
      expect(await app.pid('talk')).toBe(talking);
      await app.do('stop', 'talk');

      const entries = entriesIn(`${disk}/journal.ndjson`);
      expect(lifeOf(entries, 'a')).toEqual(expectedLife(runs));
      expect(entries.map(({ at }) => at)).toEqual(entries.map(({ at }) => at).toSorted());
      for (const [event, begins] of [
        ['alarm_set', ''],
        ['alarm_cleared', 'over: '],
      ]) {
        expect(entries.filter((entry) => entry.event === event).map(({ cause }) => cause?.split(' cannot')[0])).toEqual(
          expect.arrayContaining([
            `journal: ${begins}history`,
            expect.stringMatching(new RegExp(`^logs: ${begins}the output of project:`)),
          ]),
        );
      }
      const lines = (await app.logs('talk')).map(({ text }) => text);
      expect(lines).toEqual(lines.map((_, index) => `line ${index} of many`));
      expect(lines.length).toBeGreaterThan(100);

      events.kill('SIGINT');
      const told = (await events.ended).stdout
        .split('\n')
        .filter(Boolean)
        .map((line) => (JSON.parse(line) as EventLine).event);
      expect(told.filter((event) => event.startsWith('alarm_')).toSorted()).toEqual([
        ...Array.from({ length: 4 }, () => 'alarm_cleared'),
        ...Array.from({ length: 4 }, () => 'alarm_set'),
      ]);
      await app.do('down');
    },
    LIMIT_MS,
  );
});

describe.skipIf(!canMount)('on a disk that has become read-only', () => {
  let app: LiveApp;
  let state: string;

  beforeEach(() => {
    const home = temporaryHome();
    state = home.path('state');
    // The socket and the pipes lie elsewhere, as they do where the system has a folder for that.
    for (const folder of [state, home.path('runtime')]) execFileSync('mkdir', ['-m', '700', folder]);
    app = new LiveApp({ home, env: { PORTSUP_HOME: '', XDG_STATE_HOME: state, XDG_RUNTIME_DIR: home.path('runtime') } });
  });
  afterEach(async () => {
    await killWith(app.home.home);
    unmountAll(state);
    await app.dispose();
  });

  it(
    'a daemon that is replaced, and a service that is new, do without it; what they have to write is written when it can be',
    async () => {
      const says = sh('echo "in $PORTSUP_RUN"; exec sleep 1000');
      const services = { a: { command: says } };
      await app.up({ intensity: 1_000, services });
      await app.untilSays('a', /in 1/);
      mountReadOnly(state);
      const { pid } = await app.daemon();
      process.kill(pid, 'SIGKILL');
      await until('the daemon is gone', () => !isAlive(pid));
      // Waits for the next one.
      expect((await app.daemon()).pid).not.toBe(pid);
      await app.up({ intensity: 1_000, services: { ...services, b: { command: says } } });
      await app.untilSays('b', /in 1/);
      await crash(app, 'a');
      await crash(app, 'b');
      const { stderr } = await app.run('ps');
      expect(stderr).toMatch(/^note: history cannot be written and is kept in memory: EROFS: .*; make the disk of .* writable again$/m);
      expect(stderr).toMatch(
        /^note: the output of project:b and 1 more cannot be written and waits: EROFS: .*; make the disk of .* writable again$/m,
      );
      const { pid: second } = await app.daemon();

      unmount(state);
      await until('all is well', async () => (await conditionsOf(app)).length === 0, 40_000);
      expect(await app.daemon()).toMatchObject({ pid: second });
      for (const path of ['a', 'b']) {
        expect((await app.logs(path)).map(({ text }) => text)).toEqual(['in 1', 'in 2']);
        expect(lifeOf(entriesIn(`${state}/portsup/journal.ndjson`), path)).toEqual(expectedLife(2));
      }
      await app.do('down');
    },
    LIMIT_MS,
  );
});

describe.skipIf(process.platform !== 'linux')('when no file can be opened any more', () => {
  let app: LiveApp;
  beforeEach(() => {
    app = new LiveApp();
  });
  afterEach(async () => {
    await app.dispose();
  });

  const limit = (pid: number, files: number): void => {
    execFileSync('prlimit', ['--pid', String(pid), `--nofile=${files}:`]);
  };
  const lowestFree = (pid: number): number => {
    const used = new Set(readdirSync(`/proc/${pid}/fd`).map(Number));
    return Array.from({ length: used.size + 1 }, (_, fd) => fd).find((fd) => !used.has(fd)) ?? 0;
  };

  it('the daemon restarts services, tells whom it can let in, and is the same one when it can open files again', async () => {
    const noted = sh('echo "$$$$" >> starts; exec sleep 1000');
    // Without an input nothing is opened at a restart that would take the one file that is left.
    await app.up({ intensity: 1_000, services: { a: { command: noted, stdin: null }, b: { command: idle } } });
    const starts = (): readonly number[] => app.read('starts').split('\n').filter(Boolean).map(Number);
    const { pid } = await app.daemon();
    await until('a runs', () => starts().length === 1);
    const ps = await until('there is a file left for a caller, but none for anything else', async () => {
      // A caller of before may not be gone yet: then it is one too many.
      limit(pid, lowestFree(pid) + 1);
      const tried = await app.run('ps');
      return tried.stderr !== '' && tried;
    });
    process.kill(starts().at(-1) ?? 0, 'SIGSEGV');
    await until('a is restarted', () => starts().length === 2);
    expect(ps).toMatchObject({ code: 0, stdout: expect.stringMatching(/ b +running +\d+ +\S+ +0 +- +- +66 B$/m) });
    expect(ps.stderr).toMatch(/^note: the daemon cannot open another file or connection, too many open files; raise the limit/m);
    expect(await app.daemon()).toMatchObject({ pid, fds: null, rssBytes: null, conditions: [{ id: 'files' }] });

    // Not even a caller can be let in.
    limit(pid, 3);
    const refused = app.run('ps');
    process.kill(starts().at(-1) ?? 0, 'SIGSEGV');
    await until('a is restarted once more', () => starts().length === 3);
    limit(pid, 1_024);
    await refused;

    const { stderr } = await app.run('ps');
    expect(stderr).toBe('');
    expect(await app.daemon()).toMatchObject({ pid, conditions: [] });
    expect(await app.service('a')).toMatchObject({ run: 3, state: 'running', pid: starts().at(-1) });
    const events = (await app.history()).map(({ event }) => event);
    expect(events.filter((event) => event.startsWith('alarm_'))).toEqual(['alarm_set', 'alarm_cleared']);
    await app.do('down');
  });
});

describe('a journal with foreign lines', () => {
  it('is read as far as it is understood, and goes on', async () => {
    const app = new LiveApp();
    try {
      const newer = {
        at: '2026-01-01T00:00:00.000Z',
        app: 'project',
        path: 'a',
        event: 'throttled',
        by: 'schedule',
        type: 'warning',
        zone: { x: 1 },
      };
      writeFileSync(app.home.path('journal.ndjson'), `\u0000\u0001garbage\n${JSON.stringify(newer)}\n{"at":"2026`, { mode: 0o600 });
      await app.up({ services: { a: { command: idle } } });
      const [first, ...others] = await app.history('a');
      const none = { pid: null, run: null, exit: null, cause: null };
      expect(first).toEqual({ at: newer.at, app: 'project', path: 'a', event: 'throttled', by: 'schedule', ...none });
      expect(others.map(({ event }) => event)).toEqual(['started']);
      expect((await app.do('history', 'a')).stdout).toContain('throttled');
      await app.history('a');
      expect(readFileSync(app.home.path('daemon.log'), 'utf8').match(/2 lines are no entries/g)).toHaveLength(1);
      await app.do('down');
    } finally {
      await app.dispose();
    }
  });
});
