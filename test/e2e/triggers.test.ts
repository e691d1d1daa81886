/** `cron`, `watch` and `max_memory`, with real programs, files and clocks. */
import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fixture, idle, LiveApp, sh } from '../helpers/live-app.js';
import { isAlive } from '../helpers/processes.js';
import { until } from '../helpers/until.js';

let app: LiveApp;

beforeEach(() => {
  app = new LiveApp();
});

afterEach(async () => {
  await app.dispose();
});

const EVERY_SECOND = '* * * * * *';
const YEARLY = 'CRON_TZ=UTC 30 2 1 1 *';

function write(name: string, text = ''): void {
  mkdirSync(app.path('src'), { recursive: true });
  writeFileSync(app.path(name), text);
}

/** "event by: cause" of each entry about a service, oldest first. */
async function storyOf(path: string): Promise<readonly string[]> {
  return (await app.history(path)).map(({ event, by, cause }) => `${event} ${by}: ${cause ?? '-'}`);
}

/** Kills the daemon, and waits for the next one. */
async function replaceDaemon(): Promise<void> {
  const { pid } = await app.daemon();
  process.kill(pid, 'SIGKILL');
  await until('another daemon is there', async () => !isAlive(pid) && (await app.run('daemon', 'status')).code === 0);
}

describe('cron', () => {
  it('starts a job at each of its times, and not at "up"; "ps" and "status" say when next', async () => {
    await app.up({
      services: {
        job: { command: sh('echo run $PORTSUP_RUN >> runs'), restart: 'temporary', cron: EVERY_SECOND },
        rare: { command: sh('echo never >> rare'), restart: 'temporary', cron: YEARLY },
      },
    });
    await until('three runs', () => app.read('runs').includes('run 3\n'));
    const rare = await app.service('rare');
    expect(rare).toMatchObject({
      state: 'waiting',
      desired: 'up',
      run: 0,
      nextCron: expect.stringMatching(/^\d{4}-01-01T02:30:00\.000Z$/),
    });
    expect((await app.run('ps')).stdout).toMatch(/rare +waiting .*next at \d{4}-01-01 /);
    expect((await app.run('ps', 'rare')).code).toBe(0);
    expect((await app.run('status', 'rare')).stdout).toMatch(/^next at: +\d{4}-01-01 /m);
    expect((await storyOf('job')).slice(0, 3)).toEqual([
      `started supervisor: cron ${EVERY_SECOND}`,
      'exited supervisor: exit code 0',
      'completed supervisor: exit code 0',
    ]);
    expect(app.read('rare')).toBe('');
  });

  it('goes on when the daemon is killed, and with new times after an "up", which starts nothing anew', async () => {
    const configOf = (cron: string) => ({
      services: { job: { command: sh('echo $PORTSUP_RUN >> runs'), restart: 'temporary', cron }, web: { command: idle } },
    });
    await app.up(configOf(YEARLY));
    const { nextCron } = await app.service('job');
    const pid = await app.pid('web');
    await replaceDaemon();
    expect((await app.service('job')).nextCron).toBe(nextCron);
    await app.up(configOf(EVERY_SECOND));
    await until('two runs', () => app.read('runs').includes('2\n'));
    await replaceDaemon();
    const runs = app.read('runs').length;
    await until('another run under the new daemon', () => app.read('runs').length > runs);
    expect(await app.pid('web')).toBe(pid);
  });

  it('does not start a job whose last run goes on: that is an event; nor one that was stopped by hand', async () => {
    await app.up({
      services: {
        slow: { command: sh('echo $PORTSUP_RUN >> slow; exec sleep 1000'), restart: 'temporary', cron: EVERY_SECOND },
        off: { command: sh('echo $PORTSUP_RUN >> off'), restart: 'temporary', cron: EVERY_SECOND },
        tick: { command: sh('echo run $PORTSUP_RUN >> ticks'), restart: 'temporary', cron: EVERY_SECOND },
      },
    });
    await app.do('stop', 'off');
    const before = app.read('off');
    await until('four times have come', () => app.read('ticks').includes('run 4\n'));
    // Of each run the first only.
    expect((await storyOf('slow')).filter((line) => line.startsWith('skipped'))).toEqual([
      `skipped supervisor: cron ${EVERY_SECOND}: its run 1 goes on`,
    ]);
    expect(app.read('slow')).toBe('1\n');
    expect(app.read('off')).toBe(before);
    expect(await app.service('off')).toMatchObject({ state: 'stopped', desired: 'stopped', nextCron: null });
  });

  it('lets a run go on that an "up" finds, even if its command is another one: the next time runs that', async () => {
    const configOf = (word: string, cron: string) => ({
      strategy: 'one_for_all',
      services: {
        job: { command: sh(`echo ${word} >> runs; while [ ! -e done ]; do sleep 0.02; done; rm done`), restart: 'temporary', cron },
        web: { command: [...idle, ...(word === 'old' ? [] : ['--new'])] },
      },
    });
    await app.up(configOf('old', YEARLY));
    await app.do('start', 'job');
    const pid = await app.pid('job');
    await app.up(configOf('new', YEARLY));
    expect(await app.service('job')).toMatchObject({ pid, run: 1, state: 'running' });
    expect(await app.service('web')).toMatchObject({ run: 2 });
    await replaceDaemon();
    writeFileSync(app.path('done'), '');
    await app.untilService('job', 'completed', ({ state }) => state === 'completed');
    await app.up(configOf('new', EVERY_SECOND));
    await until('the new one runs', () => app.read('runs') === 'old\nnew\n');
  });

  it('restarts what runs, by its shutdown rule, without a charge to the budget', async () => {
    await app.up({
      intensity: 0,
      services: {
        web: { command: sh('trap "echo bye >> log; exit 0" TERM; echo ready; while :; do sleep 0.05; done'), cron: EVERY_SECOND },
      },
    });
    await app.untilService('web', 'in a later run', ({ run, state }) => run >= 3 && state === 'running');
    expect(app.read('log').split('bye').length).toBeGreaterThan(2);
    expect(await app.service('web')).toMatchObject({ restarts: 0, why: `cron ${EVERY_SECOND}` });
    expect((await app.supervisor('')).state).toBe('running');
    expect(await storyOf('web')).toContain(`restarted supervisor: cron ${EVERY_SECOND}`);
  });

  it('is refused where it makes no sense, also over the socket', async () => {
    app.configure({ services: { web: { command: idle, cron: '61 * * * *' } } });
    const { code, stderr } = await app.run('up');
    expect([code, stderr]).toEqual([6, expect.stringContaining('services.web.cron: found "61 * * * *" (Invalid value for minute: 61)')]);
  });
});

describe('watch', () => {
  it('restarts a service when a file changes, also one that is replaced by a rename, and names the file', async () => {
    write('src/a.js', '1');
    await app.up({ intensity: 0, services: { web: { command: idle, watch: ['src'] }, other: { command: idle } } });
    const other = await app.pid('other');
    for (const run of [2, 3]) {
      write('src/a.js.tmp', String(run));
      renameSync(app.path('src/a.js.tmp'), app.path('src/a.js'));
      await app.untilRun('web', run);
    }
    expect(await app.service('web')).toMatchObject({ restarts: 0, why: 'watch: src/a.js changed' });
    expect(await app.pid('other')).toBe(other);
    await replaceDaemon();
    // Changes nothing, and answers when files are watched.
    await app.do('up');
    write('src/b.js', '1');
    await app.untilRun('web', 4);
    expect((await app.service('web')).why).toBe('watch: src/b.js changed');
  });

  it('starts what has failed, with the application that gave up because of it', async () => {
    write('src/main', 'exit 3');
    app.configure({
      services: { web: { command: sh('. ./src/main; echo ready; exec sleep 1000'), watch: ['src'] }, other: { command: idle } },
    });
    expect((await app.run('up')).code).toBe(1);
    expect((await app.supervisor('')).state).toBe('failed');
    write('src/main', 'echo mended');
    await app.untilService('web', 'running', ({ state }) => state === 'running');
    expect(await app.service('other')).toMatchObject({ state: 'running' });
    expect((await app.supervisor('')).why).toBe('watch: src/main changed');
  });

  it('finds that a service changes what it watches itself, says so, and goes on when that is mended', async () => {
    write('src/a.js');
    const web = { command: sh('echo $PORTSUP_RUN > src/state; echo ready; exec sleep 1000') };
    const other = { command: idle, watch: ['src/a.js'] };
    await app.up({ services: { web: { ...web, watch: ['src'] }, other } });
    await until('it is watched no more', async () => (await storyOf('web')).some((line) => line.startsWith('watch_stopped')), 15_000);
    const row = await app.service('web');
    expect(row).toMatchObject({
      state: 'running',
      why: 'watch: src/state changed; watch: off, as src/state changes soon after each start; if the service writes it, add it to watch.ignore',
    });
    write('src/a.js', '2');
    await app.untilRun('other', 2);
    // It is watched again, which a later change shows; the one before it has restarted nothing.
    await app.up({ services: { web: { ...web, watch: { paths: ['src'], ignore: ['src/state'] } }, other } });
    expect(await app.service('web')).toMatchObject({ run: row.run, pid: row.pid, why: 'watch: src/state changed' });
    write('src/a.js', '3');
    await app.untilRun('web', row.run + 1);
    expect((await app.service('web')).why).toBe('watch: src/a.js changed');
  });

  it('leaves alone what was stopped by hand, and its own log', async () => {
    write('src/a.js');
    const talker = sh('while :; do echo hello; sleep 0.05; done');
    await app.up({
      services: { talker: { command: talker, watch: ['src'], logs: { file: 'src/web.log' } }, off: { command: idle, watch: ['src'] } },
    });
    await app.do('stop', 'off');
    await until('it has a log', () => app.read('src/web.log').split('hello').length > 10);
    write('src/a.js', '2');
    await app.untilRun('talker', 2);
    expect((await storyOf('talker')).filter((line) => line.startsWith('restarted'))).toEqual([
      'restarted supervisor: watch: src/a.js changed',
    ]);
    expect((await app.service('off')).state).toBe('stopped');
  });
});

describe('max_memory', () => {
  it.each([
    ['its main process', []],
    ['a child of it', ['child']],
  ])('ends a run of which %s takes more, as a crash', async (_who, args) => {
    const command = (megabytes: number, ...more: readonly string[]) => ['node', fixture('e2e-hog.mjs'), String(megabytes), ...more];
    await app.up({
      services: {
        hog: { command: command(200, ...args), max_memory: '180mb' },
        modest: { command: command(1), max_memory: '500mb' },
      },
    });
    const modest = await app.pid('modest');
    const row = await until('it was restarted', async () => (({ run, ...rest }) => run > 1 && rest)(await app.service('hog')), 15_000);
    expect(row).toMatchObject({ restarts: 1, why: expect.stringMatching(/^memory limit: \d+ MB of 180 MB$/), exit: { signal: 'SIGTERM' } });
    expect((await storyOf('hog')).slice(1, 5)).toEqual([
      expect.stringMatching(/^stopping supervisor: memory limit: \d+ MB of 180 MB$/),
      expect.stringMatching(/^alarm_set supervisor: memory project:hog: memory limit: \d+ MB of 180 MB$/),
      expect.stringMatching(/^exited supervisor: memory limit/),
      expect.stringMatching(/^restarted supervisor: memory limit/),
    ]);
    const { runs } = JSON.parse(
      (await app.do('history', '--runs', '--failed', '--json')).stdout.replace(/^\[/, '{"runs":[').replace(/\]\s*$/, ']}'),
    ) as {
      readonly runs: readonly { readonly path: string; readonly run: number; readonly isFailed: boolean }[];
    };
    expect(runs).toMatchObject([{ path: 'hog', run: 1, isFailed: true }]);
    expect(await app.pid('modest')).toBe(modest);
  });

  it('makes a job that takes too much a failed one, though it ends well when it is asked to', async () => {
    const greedy = `${process.execPath} -e 'const a = Buffer.alloc(150e6, 1); process.on("SIGTERM", () => process.exit(a.length > 0 ? 0 : 1)); setInterval(() => a, 1e4)'`;
    await app.up({ services: { job: { command: greedy, restart: 'temporary', max_memory: '100mb' } } });
    await until('it has failed', async () => (await app.service('job')).state === 'failed', 15_000);
    expect(await app.service('job')).toMatchObject({ exit: { code: 0 }, why: expect.stringMatching(/^memory limit: /) });
    expect((await app.do('history', '--failed')).stdout).toContain('memory limit');
  });
});
