/** Who runs where and until when: `whereis`, `wait`, `monitor`, with real programs. */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { reachableHome } from '../../src/client/reachable-home.js';
import { waitUntil } from '../../src/client/wait.js';
import type { WaitFor, WaitRow } from '../../src/control/registry-rows.js';
import { type LibraryWorld, library, libraryWorld, refusalOf } from '../helpers/library.js';
import { idle, LiveApp, sh } from '../helpers/live-app.js';
import { isAlive } from '../helpers/processes.js';
import { type Project, projectWith } from '../helpers/project.js';
import { hasTerminals, onTerminal, plainText } from '../helpers/terminal.js';
import { until } from '../helpers/until.js';

describe('whereis', () => {
  let project: Project;

  beforeAll(async () => {
    project = projectWith(`name: shop
services:
  web: { command: sleep 1000 }
  backend:
    services:
      db: { command: sleep 1000 }
  off: { command: sleep 1000, autostart: false }
`);
    await project.ok('up');
  });
  afterAll(() => project.dispose());

  it('prints the PID of the program itself, and nothing else', async () => {
    const { web, 'backend/db': db } = await project.pids();
    for (const [name, pid] of [
      ['web', web],
      ['db', db],
      ['backend/d*', db],
      ['shop:backend/db', db],
    ] as const)
      expect(await project.run('whereis', name)).toEqual({ code: 0, signal: null, stdout: `${pid}\n`, stderr: '' });
    expect(execFileSync('ps', ['-o', 'args=', '-p', String(web)], { encoding: 'utf8' }).trim()).toBe('sleep 1000');
    expect(JSON.parse((await project.ok('whereis', 'db', '--json')).stdout)).toEqual({ app: 'shop', path: 'backend/db', pid: db, run: 1 });
  });

  it('prints nothing of what is down, and exits with 1', async () => {
    expect(await project.run('whereis', 'off')).toEqual({ code: 1, signal: null, stdout: '', stderr: '' });
    const { code, stdout } = await project.run('whereis', 'off', '--json');
    expect([code, JSON.parse(stdout)]).toEqual([1, { app: 'shop', path: 'off', pid: null, run: 0 }]);
  });

  it.each([
    ['an unknown name', 'wbe', 5, 'error: no service or supervisor "wbe"\nhint: did you mean web?\n'],
    [
      'a supervisor',
      'backend',
      2,
      'error: backend is a supervisor, which has no process\nhint: "portsup ps -q backend" prints the PIDs of all below it\n',
    ],
    [
      'the application',
      'shop',
      2,
      'error: shop is a supervisor, which has no process\nhint: "portsup ps -q shop" prints the PIDs of all below it\n',
    ],
    ['a name of several', '*', 2, 'error: "*" is more than one\nhint: name one service\n'],
  ])('refuses %s', async (_what, name, code, stderr) => {
    expect(await project.run('whereis', name)).toEqual({ code, signal: null, stdout: '', stderr });
  });

  it('finds nothing where no daemon runs, and starts none', async () => {
    const alone = projectWith('services:\n  web: { command: sleep 1000 }\n');
    expect(await alone.run('whereis', 'web')).toEqual({ code: 1, signal: null, stdout: '', stderr: '' });
    expect(await alone.run('whereis', 'web', '--json')).toMatchObject({ code: 1, stdout: 'null\n' });
    expect(alone.running()).toEqual([]);
    await alone.dispose();
  });
});

describe('who has heard of an end', () => {
  let world: LibraryWorld;

  beforeEach(() => {
    world = libraryWorld();
  });
  afterEach(() => world.dispose());

  /** Ends without a pause for as long as it is let; what it leaves in its group has to be cleared away first. */
  const config = {
    intensity: 100_000,
    services: {
      a: { command: ['sleep', '1000'] },
      b: { command: sh('sleep 1000 & exec sleep 1000') },
      c: { command: ['sleep', '1000'], restart: 'temporary' as const },
    },
  };

  it('finds the dead one no more: over 150 kills, by monitor and by events', async () => {
    const client = world.client();
    await client.up(config, { startDaemon: true });
    const dead = new Set<number>();
    const found: number[] = [];
    const look = async (path: string | null): Promise<void> => {
      const pid = path === null ? null : await client.whereis(path);
      if (pid !== null && dead.has(pid)) found.push(pid);
    };
    const downs = client.monitor(['a', 'b', 'c']);
    const events = client.events();
    await Promise.all([downs.opened(), events.opened()]);
    const heard: string[] = [];
    const monitoring = (async () => {
      for await (const { path, pid, run } of downs) {
        if (pid === null) continue;
        dead.add(pid);
        await look(path);
        heard.push(`${path} ${run}`);
      }
    })();
    const listening = (async () => {
      for await (const { path, pid, event } of events) {
        if (event !== 'exited' || pid === null) continue;
        dead.add(pid);
        await look(path);
      }
    })();
    for (let round = 1; round <= 50; round += 1) {
      for (const path of ['a', 'b', 'c']) {
        const pid = await until(`${path} runs`, () => client.whereis(path));
        expect(dead.has(pid)).toBe(false);
        process.kill(pid, 'SIGKILL');
      }
      await until('all three ends are told', () => heard.length === 3 * round);
      await client.start('c');
    }
    await Promise.all([downs.return(), events.return()]);
    await Promise.all([monitoring, listening]);
    await client.down();
    expect(found).toEqual([]);
    const rounds = Array.from({ length: 50 }, (_, index) => index + 1);
    for (const path of ['a', 'b', 'c']) expect(heard.filter((one) => one.startsWith(path))).toEqual(rounds.map((run) => `${path} ${run}`));
  }, 60_000);

  it('whoever kills it finds no dead one either, though others of its group have to go first', async () => {
    const client = world.client();
    await client.up(config, { startDaemon: true });
    const pid = (await client.whereis('b')) ?? 0;
    process.kill(pid, 'SIGKILL');
    await until('it is dead', () => !isAlive(pid));
    const next = await until('another one', async () => {
      const now = await client.whereis('b');
      return now !== pid && now;
    });
    expect(isAlive(next)).toBe(true);
    await client.down();
  });
});

describe('wait', () => {
  let app: LiveApp;

  beforeEach(() => {
    app = new LiveApp();
  });
  afterEach(() => app.dispose());

  /** Begins to wait, and gives what comes of it once the daemon has taken it. */
  async function waiting(what: WaitFor, ...names: readonly string[]): Promise<{ readonly rows: Promise<readonly WaitRow[] | undefined> }> {
    let isTaken = false;
    const onWaiting = (): void => {
      isTaken = true;
    };
    const { signal } = new AbortController();
    const rows = waitUntil({ layout: reachableHome(app.env) }, { scope: {}, names, until: what, limitMs: 20_000, signal, onWaiting });
    await until('the daemon has taken it', () => isTaken);
    return { rows };
  }
  const answerOf = async (...words: readonly string[]): Promise<readonly [number | null, string]> => {
    const { code, stdout, stderr } = await app.run(...words);
    return [code, stdout + stderr];
  };

  it('returns at once where it is so already', async () => {
    await app.up({
      services: { a: { command: idle }, off: { command: idle, autostart: false }, in: { services: { x: { command: idle } } } },
    });
    expect(await answerOf('wait', 'a', 'in', 'project:')).toEqual([0, '']);
    expect(await answerOf('wait', 'off', '--for', 'stopped')).toEqual([0, '']);
    expect(await answerOf('wait', 'nobody', '--for', 'gone')).toEqual([0, '']);
    expect(JSON.parse((await app.do('wait', 'a', 'x', '--json')).stdout)).toEqual([
      { app: 'project', path: 'a', run: 1, exit: null, code: null },
      { app: 'project', path: 'in/x', run: 1, exit: null, code: null },
    ]);
  });

  it('ends when it is so: ready, stopped, gone', async () => {
    const slow = sh('trap "until [ -e let ]; do sleep 0.01; done; exit" TERM; while :; do sleep 0.01; done');
    await app.up({
      strategy: 'one_for_all',
      services: { a: { command: idle }, off: { command: idle }, slow: { command: slow, shutdown: '1h' } },
    });
    process.kill(await app.pid('a'), 'SIGKILL');
    await app.untilService('slow', 'is being stopped', ({ state }) => state === 'stopping');
    const ready = await waiting('ready', 'slow', 'a');
    const gone = await waiting('gone', 'off', 'nobody', 'a');
    const stopped = await waiting('stopped', 'a');
    writeFileSync(app.path('let'), '');
    expect((await ready.rows)?.map(({ path, run }) => `${path} ${run}`)).toEqual(['slow 2', 'a 2']);
    await app.do('stop', 'a');
    expect(await stopped.rows).toEqual([{ app: 'project', path: 'a', run: 2, exit: null, code: null }]);
    app.configure({ services: { b: { command: idle } } });
    await app.do('up');
    expect((await gone.rows)?.map(({ app: name, path }) => `${name}:${path}`)).toEqual(['project:off', 'null:nobody', 'project:a']);
  });

  it('of what has a readiness of its own ends when that is so, or says why it will not be', async () => {
    const ready = { exec: ['test', '-e', 'ok'], interval: '50ms', timeout: '20s' };
    const never = { exec: ['false'], interval: '50ms', timeout: '500ms' };
    app.configure({
      services: { a: { command: idle, ready }, b: { command: idle, needs: ['a'] }, bad: { command: idle, ready: never, autostart: false } },
    });
    await app.do('up', '--no-wait');
    await app.untilService('a', 'is being looked at', ({ ready: isReady, pid }) => pid !== null && isReady === false);
    expect(await answerOf('wait', 'a', '-t', '300ms')).toEqual([
      124,
      'error: not ready after 300ms: a (starting)\nhint: wait longer, or see "portsup ps"\n',
    ]);
    const all = await waiting('ready', 'a', 'b', 'project:');
    writeFileSync(app.path('ok'), '');
    expect((await all.rows)?.map(({ path }) => path)).toEqual(['a', 'b', '']);
    const starting = app.start('start', 'bad');
    await app.untilService('bad', 'is not ready yet', ({ ready: isReady, pid }) => pid !== null && isReady === false);
    const { code, stderr } = await app.run('wait', 'bad');
    expect([code, stderr]).toEqual([
      1,
      expect.stringMatching(/^error: bad failed: not ready within 500ms.*\nhint: "portsup start bad" starts it/),
    ]);
    expect((await starting.ended).code).toBe(1);
    expect(await answerOf('wait', 'bad', '--for', 'exit')).toEqual([143, '143\n']);
  });

  it('is over when all is taken down', async () => {
    await app.up({ services: { a: { command: idle } } });
    const kinds = ['stopped', 'gone', 'exit'] as const;
    const waits = await Promise.all(kinds.map((kind) => waiting(kind, 'a')));
    await app.do('down');
    const rows = (await Promise.all(waits.map((one) => one.rows))).flatMap((found) => found ?? []);
    expect(rows.map(({ path, code }) => [path, code])).toEqual([
      ['a', null],
      ['a', null],
      ['a', 143],
    ]);
    expect(await answerOf('wait', 'a', '--for', 'stopped')).toEqual([0, '']);
    expect(await answerOf('wait', 'a', '--for', 'gone')).toEqual([0, '']);
    expect(await app.run('wait', 'a')).toMatchObject({ code: 7 });
  });

  it('says why when it cannot become ready any more', async () => {
    await app.up({
      services: {
        job: { command: sh('until [ -e go ]; do sleep 0.01; done; exit 3'), restart: 'temporary' },
        off: { command: idle, autostart: false },
      },
    });
    expect(await answerOf('wait', 'off')).toEqual([
      1,
      'error: off is stopped\nhint: "portsup start off" starts it, "portsup history off" tells more\n',
    ]);
    writeFileSync(app.path('go'), '');
    await app.untilService('job', 'has ended', ({ state }) => state === 'failed');
    expect(await answerOf('wait', 'job')).toEqual([
      1,
      'error: job failed: exit code 3\nhint: "portsup start job" starts it, "portsup history job" tells more\n',
    ]);
  });

  it('of a run prints its exit code and ends with it', async () => {
    const command = sh('until [ -e go ]; do sleep 0.01; done; exit 7');
    await app.up({ services: { a: { command, restart: 'temporary' }, b: { command: idle, restart: 'temporary' } } });
    const one = app.start('wait', 'a', '--for', 'exit');
    const both = app.start('wait', 'b', 'a', '--for', 'exit', '--json');
    writeFileSync(app.path('go'), '');
    expect(await one.ended).toMatchObject({ code: 7, stdout: '7\n', stderr: '' });
    await app.do('kill', 'b');
    const { code, stdout } = await both.ended;
    const facts = { coreDumped: false, outOfMemory: false };
    expect([code, JSON.parse(stdout)]).toEqual([
      137,
      [
        { app: 'project', path: 'b', run: 1, exit: { code: null, signal: 'SIGKILL', ...facts }, code: 137 },
        { app: 'project', path: 'a', run: 1, exit: { code: 7, signal: null, ...facts }, code: 7 },
      ],
    ]);
    expect(await answerOf('wait', 'b', 'a', '--for', 'exit')).toEqual([137, '137\n7\n']);
  });

  it('of a run is over with that run, though another one follows at once', async () => {
    await app.up({ intensity: 1_000, services: { a: { command: idle } } });
    for (let run = 1; run <= 10; run += 1) {
      const { rows } = await waiting('exit', 'a');
      process.kill(await app.pid('a'), 'SIGKILL');
      expect(await rows).toMatchObject([{ path: 'a', run, code: 137 }]);
      await app.untilRun('a', run + 1);
    }
  });

  it('of a run that is over prints how it ended, at once; one that is still to come is waited for', async () => {
    await app.up({
      services: {
        over: { command: sh('sleep 0.2; exit 0'), restart: 'temporary' },
        never: { command: sh('exit 9'), restart: 'temporary', autostart: false },
        bad: { command: ['./nothing'], restart: 'temporary', autostart: false },
      },
    });
    await app.untilService('over', 'has ended', ({ state }) => state === 'completed');
    expect(await answerOf('wait', 'over', '--for', 'exit')).toEqual([0, '0\n']);
    const never = await waiting('exit', 'never');
    await app.run('start', 'never');
    expect(await never.rows).toMatchObject([{ path: 'never', run: 1, code: 9 }]);
    await app.run('start', 'bad');
    expect(await app.run('wait', 'bad', '--for', 'exit')).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringMatching(/^error: bad could not be started: .*nothing.*\nhint: .*\n$/) as string,
    });
  });

  it('gives up after its time', async () => {
    await app.up({ services: { a: { command: idle }, b: { command: idle } } });
    expect(await answerOf('wait', 'a', 'b', '--for', 'stopped', '-t', '500ms')).toEqual([
      124,
      'error: not stopped after 500ms: a (running), b (running)\nhint: wait longer, or see "portsup ps"\n',
    ]);
  });

  it.skipIf(!hasTerminals)('shows on a terminal whom it waits for, and Ctrl-C ends it', async () => {
    const project = projectWith('services:\n  web: { command: sleep 1000 }\n');
    await project.ok('up');
    const cli = onTerminal(project, { columns: 60 }, 'wait', 'web', '--for', 'exit');
    await until('it says so', () => plainText(cli.screen()).includes('waiting 0/1: waiting for web (running)'));
    cli.type('\u0003');
    expect(await cli.ended).toBe(130);
    expect(plainText(cli.screen())).toContain('error: interrupted while waiting for web\r\n');
    expect(await project.service('web')).toMatchObject({ state: 'running', run: 1 });
    await project.dispose();
  });

  it('refuses what it cannot wait for', async () => {
    await app.up({ services: { a: { command: idle }, in: { services: { x: { command: idle } } } } });
    for (const [words, code, message] of [
      [['wbe'], 5, 'no service or supervisor "wbe"'],
      [['a', '--for', 'godot'], 2, '--for: "godot" cannot be waited for'],
      [['in', '--for', 'exit'], 2, 'in is a supervisor, which has no exit code'],
      [['wbe', '--for', 'stopped'], 5, 'no service or supervisor "wbe"'],
    ] as const)
      expect(await app.run('wait', ...words)).toMatchObject({
        code,
        stdout: '',
        stderr: expect.stringContaining(`error: ${message}`) as string,
      });
  });
});

describe('monitor', () => {
  let app: LiveApp;

  beforeEach(() => {
    app = new LiveApp();
  });
  afterEach(() => app.dispose());

  it('tells at once what does not run, and then every end with its cause, until Ctrl-C', async () => {
    await app.up({
      services: { a: { command: idle }, in: { services: { x: { command: idle }, off: { command: idle, autostart: false } } } },
    });
    const pid = { a: await app.pid('a'), x: await app.pid('in/x') };
    const monitor = app.start('monitor', 'a', 'in');
    expect(await monitor.nextLine()).toBe('DOWN in/off: noproc');
    await app.do('kill', 'a');
    expect(await monitor.nextLine()).toBe(`DOWN a pid ${pid.a} run 1: signal SIGKILL`);
    await app.do('stop', 'x');
    expect(await monitor.nextLine()).toBe(`DOWN in/x pid ${pid.x} run 1: stopped by hand (SIGTERM)`);
    const second = (await app.untilRun('a', 2)).pid;
    await app.do('restart', 'a');
    expect(await monitor.nextLine()).toBe(`DOWN a pid ${second} run 2: restarted by hand (SIGTERM)`);
    await app.do('start', 'off');
    const off = await app.pid('in/off');
    process.kill(off, 'SIGSEGV');
    expect(await monitor.nextLine()).toMatch(new RegExp(`^DOWN in/off pid ${off} run 1: signal SIGSEGV`));
    monitor.kill('SIGINT');
    expect(await monitor.ended).toMatchObject({ code: 0, stderr: '' });
  });

  it('tells once of a run that was not ready in time, when it has ended, and of one that ended before it was ready', async () => {
    const never = { exec: ['false'], interval: '50ms', timeout: '200ms' };
    await app.up({
      services: {
        late: { command: idle, ready: never, autostart: false },
        early: { command: sh('exit 3'), ready: { ...never, timeout: '20s' }, autostart: false },
        missing: { command: ['./nothing'], autostart: false },
      },
    });
    const monitor = app.start('monitor', 'late', 'early', 'missing');
    const told: (string | undefined)[] = [];
    for (let line = 0; line < 3; line += 1) told.push(await monitor.nextLine());
    for (let run = 1; run <= 2; run += 1) {
      for (const name of ['late', 'early', 'missing']) {
        await app.run('start', name);
        told.push(await monitor.nextLine());
      }
    }
    monitor.kill('SIGINT');
    expect((await monitor.ended).stdout.trim().split('\n')).toEqual(told);
    const facts = told.map((line) => line?.replace(/ pid \d+/, ' pid N').replace(/(missing run \d:).*/, '$1'));
    const runs = (run: number): readonly string[] => [
      `DOWN late pid N run ${run}: not ready within 200ms: exit code 1 (SIGTERM)`,
      `DOWN early pid N run ${run}: exit code 3`,
      `DOWN missing run ${run}:`,
    ];
    expect(facts).toEqual(['DOWN late: noproc', 'DOWN early: noproc', 'DOWN missing: noproc', ...runs(1), ...runs(2)]);
  });

  it('tells also what comes later in a supervisor, as JSON, and ends with down', async () => {
    const pool = { strategy: 'simple_one_for_one', template: { command: ['sleep'], restart: 'temporary' } };
    await app.up({ services: { pool } });
    const monitor = app.start('monitor', 'pool', '--json');
    // Whether it has begun to listen cannot be seen from outside: one instance after the other, until one is told.
    const told = new AbortController();
    const first = monitor.nextLine().finally(() => {
      told.abort();
    });
    for (let instance = 1; !told.signal.aborted; instance += 1) {
      await app.run('start', 'pool', '--', '1000');
      await app.run('kill', `pool/${instance}`);
    }
    const line = await first;
    expect(JSON.parse(line ?? '')).toEqual({
      at: expect.stringMatching(/^\d{4}-.*Z$/) as string,
      app: 'project',
      path: expect.stringMatching(/^pool\/\d+$/) as string,
      pid: expect.any(Number) as number,
      run: 1,
      exit: { code: null, signal: 'SIGKILL', coreDumped: false, outOfMemory: false },
      cause: 'signal SIGKILL',
      by: 'user',
    });
    monitor.kill('SIGTERM');
    expect(await monitor.ended).toMatchObject({ code: 0, stderr: '' });
  });

  it('ends when nobody reads any more, and when all is taken down', async () => {
    await app.up({ services: { a: { command: idle }, off: { command: idle, autostart: false } } });
    const left = app.start('monitor', 'a', 'off');
    const stays = app.start('monitor', 'a', 'off');
    await left.nextLine();
    await stays.nextLine();
    left.closeOutput();
    await app.do('kill', 'a');
    expect(await left.ended).toMatchObject({ code: 0, stderr: '' });
    await app.do('down');
    const { code, stdout, stderr } = await stays.ended;
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout.trim().split('\n').at(-1)).toMatch(/^DOWN a pid \d+ run 2: the application stopped: stopped by hand \(SIGTERM\)$/);
  });

  it.each([
    [['monitor', 'wbe'], 5, 'no service or supervisor "wbe"'],
    [['monitor'], 2, '"monitor" needs NAME...'],
  ])('%j is refused with %i', async (words, code, message) => {
    await app.up({ services: { a: { command: idle } } });
    expect(await app.run(...words)).toMatchObject({ code, stdout: '', stderr: expect.stringContaining(`error: ${message}`) as string });
  });
});

it('without a daemon the library says so, but of what is stopped or gone', async () => {
  const world = libraryWorld();
  const client = world.client();
  const calls = [
    client.whereis('a'),
    client.wait('a'),
    client.wait('a', { for: 'exit' }),
    client.monitor('a').next(),
    client.breaker('melt', 'a'),
    client.explain('a'),
  ];
  for (const refusal of await Promise.all(calls.map(refusalOf))) {
    expect(refusal).toBeInstanceOf(library.PortsupError);
    expect(refusal).toMatchObject({ code: 'DAEMON_NOT_RUNNING', hint: expect.stringContaining('startDaemon()') as unknown });
  }
  const nobody = [{ app: null, path: 'a', run: null, exit: null, code: null }];
  expect(await client.wait('a', { for: 'stopped' })).toEqual(nobody);
  expect(await client.wait('a', { for: 'gone' })).toEqual(nobody);
  await world.dispose();
});
