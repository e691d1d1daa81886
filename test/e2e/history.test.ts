/** What `history` says of real programs: each run with its start, its end and why, over everything that happens to portsup itself. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RunReply, RunRow, StatusReply } from '../../src/control/contract.js';
import { idle, LiveApp, sh } from '../helpers/live-app.js';
import { killTogether } from '../helpers/processes.js';
import { until } from '../helpers/until.js';

let app: LiveApp;

beforeEach(() => {
  app = new LiveApp();
});

afterEach(async () => {
  await app.dispose();
});

const runs = async (...args: readonly string[]): Promise<readonly RunRow[]> =>
  JSON.parse((await app.do('history', '--runs', '--json', ...args)).stdout) as readonly RunRow[];
const runOf = async (name: string, run: number): Promise<RunReply> =>
  JSON.parse((await app.do('history', name, '--run', String(run), '--json')).stdout) as RunReply;
const table = async (...args: readonly string[]): Promise<string> => (await app.do('history', ...args)).stdout;

/** "path number state: cause". */
const short = (rows: readonly RunRow[]): readonly string[] =>
  rows.map(({ path, run, state, cause, startCause }) => `${path} ${run} ${state}: ${cause ?? startCause ?? '-'}`);

/** Says its run's number. */
const speaker = sh('echo "run $PORTSUP_RUN of $PPID"; exec sleep 1000');

describe('history', () => {
  it('tells the chain: who ended, who was stopped and started again because of that', async () => {
    await app.up({ strategy: 'rest_for_one', services: { db: { command: idle }, web: { command: idle } } });
    process.kill(await app.pid('db'), 'SIGSEGV');
    await app.untilRun('web', 2);
    const chain = 'because db ended: signal SIGSEGV; rest_for_one';
    const found = await runs();
    expect(short(found)).toEqual([
      'db 1 exited: signal SIGSEGV',
      `web 1 stopped: ${chain}`,
      'db 2 running: signal SIGSEGV',
      `web 2 running: ${chain}`,
    ]);
    expect(found[0]).toMatchObject({ startedBy: 'user', endedBy: 'supervisor', exit: { code: null, signal: 'SIGSEGV' }, isFailed: true });
    expect(found[1]).toMatchObject({ startedBy: 'user', endedBy: 'supervisor', exit: { signal: 'SIGTERM' }, isFailed: false });
    expect(found[3]).toMatchObject({ startedBy: 'supervisor', pid: await app.pid('web'), endedAt: null, exit: null });
    expect(await table()).toMatch(/running +\d+m?s +web +2 +- +supervisor +restarted: because db ended: signal SIGSEGV; rest_for_one\n$/);
  });

  it('tells who was killed as its grace was over, and with --failed only what went wrong', async () => {
    const deaf = sh("trap '' TERM; echo ready; while :; do sleep 0.05; done");
    await app.up({
      services: {
        deaf: { command: deaf, shutdown: '300ms' },
        job: { command: sh('exit 0'), restart: 'transient' },
        web: { command: idle },
      },
    });
    await app.untilSays('deaf', /ready/);
    await app.do('stop', 'deaf', 'web');
    expect(short(await runs('--failed'))).toEqual(['deaf 1 killed: stopped by hand']);
    expect(await table()).toMatch(/deaf +1 +killed after [\d.]+m?s +user +stopped by hand\n/);
    expect(await table()).toMatch(/job +1 +completed +-\n/);
    expect(await runOf('deaf', 1)).toMatchObject({
      run: { state: 'killed', isFailed: true },
      entries: [{ event: 'started' }, { event: 'stopping' }, { event: 'killed' }, { event: 'stopped' }],
      lastLines: [{ text: 'ready' }],
    });
  });

  it('shows what belongs to no run in lines of its own, but for --runs', async () => {
    await app.up({ services: { web: { command: sh("trap 'echo hup' HUP; echo ready; while :; do sleep 0.05; done") } } });
    await app.untilSays('web', /ready/);
    await app.do('signal', 'HUP', 'web');
    await app.untilSays('web', /hup/);
    const shown = await table();
    expect(shown).toMatch(/daemon +- +daemon_started +daemon/);
    expect(shown).toMatch(/web +1 +signalled +user +SIGHUP sent by hand\n/);
    expect(await table('--runs')).not.toMatch(/daemon_started|signalled/);
    expect(await table('--events')).toMatch(/^AT +NAME +EVENT +RUN +PID +EXIT +CAUSE +BY\n/);
  });

  it('tells apart runs of one number, before and after down and up, also what they said', async () => {
    const config = { services: { web: { command: speaker }, other: { command: idle } } };
    await app.up(config);
    await app.untilSays('web', /run 1/);
    await app.do('down');
    await app.up(config);
    await until('it has spoken again', async () => (await app.logs('web')).length === 2);
    expect(short(await runs('web'))).toEqual(['web 1 stopped: the application stopped: stopped by hand', 'web 1 running: -']);
    const { run, entries, lastLines } = await runOf('web', 1);
    expect(run).toMatchObject({ state: 'running', pid: await app.pid('web') });
    expect(entries.map(({ event }) => event)).toEqual(['started']);
    expect(lastLines.map(({ text }) => text)).toEqual([(await app.logs('web')).at(-1)?.text]);
    expect((await table('web', '--run', '1')).split('\n')).toEqual(
      expect.arrayContaining(['name:            web', 'state:           running', 'started by:      user', 'last output:']),
    );
  });

  it('has one run of a service that outlives its daemon, restarted or killed', async () => {
    await app.up({ services: { web: { command: idle } } });
    const pid = await app.pid('web');
    await app.do('daemon', 'restart');
    const { pid: daemon } = await app.daemon();
    process.kill(daemon, 'SIGKILL');
    await until(
      'another daemon answers',
      async () => (await app.run('daemon', 'status')).code === 0 && (await app.daemon()).pid !== daemon,
    );
    expect(await runs('web')).toMatchObject([{ run: 1, pid, state: 'running', startedBy: 'user' }]);
    await app.do('kill', 'web');
    await app.untilRun('web', 2);
    const [first, second, ...others] = await runs('web');
    expect(others).toEqual([]);
    expect(first).toMatchObject({ run: 1, pid, state: 'exited', endedBy: 'user', isFailed: false, cause: 'signal SIGKILL' });
    expect(second).toMatchObject({ run: 2, state: 'running', startCause: 'signal SIGKILL' });
  });

  it('says of a run that ended while nobody looked that nobody knows how', async () => {
    await app.up({ services: { web: { command: idle }, witness: { command: idle } } });
    const [{ pid: daemon, keeperPid }, web] = [await app.daemon(), await app.pid('web')];
    await killTogether(keeperPid, daemon, web);
    await app.do('daemon', 'start');
    await app.untilRun('web', 2);
    expect(await runs('web')).toMatchObject([
      { run: 1, pid: web, state: 'exited', exit: { code: null, signal: null }, cause: 'exit status unknown', isFailed: true },
      { run: 2, state: 'running' },
    ]);
    expect(await runs('witness')).toMatchObject([{ run: 1, state: 'running' }]);
  });

  it('knows services that are configured no more, and those of an application that is down while another one is up', async () => {
    const blog = new LiveApp({ home: app.home, folder: app.home.path('blog') });
    await app.up({ services: { web: { command: speaker }, old: { command: speaker } } });
    await app.untilSays('old', /run 1/);
    await blog.up({ services: { page: { command: idle } } });
    await app.up({ services: { web: { command: speaker } } });
    expect(short(await runs('old'))).toEqual(['old 1 stopped: removed from the configuration']);
    await app.do('down');
    for (const words of [['web'], ['project:web'], ['-p', 'project', 'web'], ['-A', 'project:web']])
      expect(short(await runs(...words))).toEqual(['web 1 stopped: the application stopped: stopped by hand']);
    expect(await runOf('old', 1)).toMatchObject({ run: { app: 'project', state: 'stopped' }, lastLines: [{ text: /^run 1/ }] });
    expect((await runs('-A')).map(({ app: of, path }) => `${of}:${path}`)).toEqual(['project:old', 'project:web', 'blog:page']);
  });

  it.each([
    ['--failed of entries', ['--failed', '--json'], 2, 'add --runs to --failed'],
    ['--run without a name', ['--run', '1'], 2, 'portsup history web --run 7'],
    ['--run of two names', ['web', 'web', '--run', '1'], 2, 'portsup history web --run 7'],
    ['--run with another filter', ['web', '--run', '1', '--since', '1h'], 2, 'leave out --since'],
    ['--events with --runs', ['--events', '--runs'], 2, 'give one of them'],
    ['a run that there never was', ['web', '--run', '9'], 5, 'lists what it knows'],
  ])('refuses %s', async (_what, args, code, hint) => {
    await app.up({ services: { web: { command: idle } } });
    const result = await app.run('history', ...args);
    expect(result).toMatchObject({ code, stdout: '' });
    expect(result.stderr).toContain(hint);
  });
});

describe('status', () => {
  it('ends with the last three exits and the last lines; a supervisor has none of them', async () => {
    await app.up({ intensity: 10, services: { web: { command: speaker } } });
    for (let run = 1; run <= 4; run += 1) {
      await app.untilRun('web', run);
      await app.untilSays('web', new RegExp(`run ${run} `));
      await app.do('kill', 'web');
    }
    await app.untilRun('web', 5);
    await app.untilSays('web', /run 5 /);
    const { lastExits } = JSON.parse((await app.do('status', 'web', '--json')).stdout) as StatusReply;
    expect(lastExits).toMatchObject(
      [2, 3, 4].map((run) => ({ run, cause: 'signal SIGKILL', state: 'exited', exit: { signal: 'SIGKILL' } })),
    );
    const { stdout } = await app.do('status', 'web');
    expect(stdout).toMatch(
      /\n\nlast exits:\n(?: {2}.* run [234] SIGKILL after \d+m?s: signal SIGKILL\n){3}\nlast output:\n(?: {2}.* out run \d of \d+\n)+$/,
    );
    const boss = JSON.parse((await app.do('status', 'project', '--json')).stdout) as StatusReply;
    expect(boss).toMatchObject({ kind: 'supervisor', lastExits: [], lastLines: [] });
  });
});

describe('up that fails', () => {
  it('shows the last lines of the child at fault: nested, or one because of which others go down, too', async () => {
    const dies = sh('echo "cannot reach the database"; exit 3');
    app.configure({
      strategy: 'rest_for_one',
      intensity: 1,
      services: { inner: { services: { db: { command: dies } }, intensity: 1 }, web: { command: idle } },
    });
    const nested = await app.run('up');
    expect(nested.code).toBe(1);
    expect(nested.stderr).toContain('\n  inner/db | cannot reach the database\n');
    await app.do('down');
    app.configure({ strategy: 'rest_for_one', intensity: 1, services: { db: { command: dies }, web: { command: idle } } });
    const flat = await app.run('up');
    expect(flat.code).toBe(1);
    expect(flat.stderr).toContain('\n  db | cannot reach the database\n');
  });

  it('shows only the beginning of a line that is too long to be looked at, with its size; so does the run', async () => {
    app.configure({
      services: { db: { command: sh("head -c 600k /dev/zero | tr '\\0' x; exit 3"), restart: 'temporary', ready: { exit: 0 } } },
    });
    const failed = await app.run('up');
    expect(failed.code).toBe(1);
    expect(failed.stderr).toMatch(/\n {2}db \| x{1000}… \(600 KB\)\n/);
    expect((await app.do('history', 'db', '--run', '1')).stdout).toMatch(/ out x{1000}… \(600 KB\)\n/);
    expect((await runOf('db', 1)).lastLines.at(-1)?.text).toHaveLength(600 * 1024);
  });

  it('shows no lines of a program that was not executed, also if it was before', async () => {
    await app.up({ services: { ghost: { command: speaker } } });
    await app.untilSays('ghost', /run 1/);
    await app.do('down');
    app.configure({ services: { ghost: { command: '/nowhere/ghost' } } });
    const { code, stderr } = await app.run('up');
    expect(code).toBe(1);
    expect(stderr).toContain('/nowhere/ghost');
    expect(stderr).not.toContain('ghost |');
  });
});
