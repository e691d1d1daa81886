import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fixture, idle, LiveApp, sh } from '../helpers/live-app.js';
import { isAlive, killTogether, processesWith } from '../helpers/processes.js';
import { until } from '../helpers/until.js';

let app: LiveApp;

beforeEach(() => {
  app = new LiveApp();
});

afterEach(async () => {
  await app.dispose();
});

const left = (): readonly string[] => processesWith(app.home.home).map(({ pid, command }) => `${pid} ${command}`);

/** Kills the keeper alone, and waits until another one with another daemon has taken over. */
async function killKeeper(of = app): Promise<void> {
  const { pid, keeperPid } = await of.daemon();
  process.kill(keeperPid, 'SIGKILL');
  await until('another daemon has taken over', async () => {
    const now = await of.daemon();
    return now.pid !== pid && now.keeperPid !== keeperPid;
  });
}

async function killDaemon(): Promise<void> {
  const { pid } = await app.daemon();
  process.kill(pid, 'SIGKILL');
  await until('another daemon has taken over', async () => (await app.daemon()).pid !== pid);
}

/** Kills keeper and daemon at the same moment: none of them sees the other one's end. */
async function killBoth(of = app): Promise<void> {
  const { pid, keeperPid } = await of.daemon();
  await killTogether(keeperPid, pid);
}

/** Path, process, run and state of each service. */
const services = async (): Promise<readonly string[]> =>
  (await app.rows()).flatMap(({ path, kind, pid, run, state }) => (kind === 'service' ? [`${path} ${pid} run ${run} ${state}`] : []));

const linesOf = (name: string): readonly string[] => app.read(name).split('\n').filter(Boolean);
const stateFile = (): string => app.home.path('state.ndjson');

describe('when the keeper is killed', () => {
  it('services go on under another keeper: same processes, same runs', async () => {
    await app.up({ services: { a: { command: idle }, inner: { services: { b: { command: ['cat'] } } } } });
    const before = await services();
    await killKeeper();
    expect(await services()).toEqual(before);
    expect((await app.history()).at(-1)).toMatchObject({
      event: 'daemon_started',
      cause: 'took back 2 running services of an earlier keeper',
    });
    const adopted = (await app.history()).filter(({ event }) => event === 'adopted');
    expect(adopted.map(({ path, pid, run, by }) => `${path} ${pid} run ${run} by ${by}`)).toEqual(
      before.map((line) => line.replace('running', 'by daemon')),
    );
    await app.do('down');
    expect(left()).toEqual([]);
  });

  it('the end of a service it has started is noticed, its exit is unknown and counts as a crash; of the next run all is known', async () => {
    await app.up({ intensity: 1, period: '60s', services: { a: { command: idle }, b: { command: idle } } });
    const other = await app.pid('b');
    await killKeeper();
    process.kill(await app.pid('a'), 'SIGKILL');
    expect(await app.untilRun('a', 2)).toMatchObject({ restarts: 1, exit: { code: null, signal: null }, why: 'exit status unknown' });
    expect(await app.pid('b')).toBe(other);
    process.kill(await app.pid('a'), 'SIGSEGV');
    const root = await until('it was one too many', async () => {
      const row = await app.supervisor('');
      return row.state === 'failed' && row;
    });
    expect(root.why).toMatch(/last a: signal SIGSEGV/);
    await until('b has ended, too', () => !isAlive(other));
  });

  it('standard inputs do not end, take lines, and end when they are to', async () => {
    await app.up({
      services: { reader: { command: sh('while read line; do echo "heard $line"; done; echo ended; exit 0'), shutdown: 'infinity' } },
    });
    await killKeeper();
    await killKeeper();
    await app.do('send', 'reader', 'hello');
    await app.untilSays('reader', /^heard hello$/);
    expect((await app.service('reader')).run).toBe(1);
    await app.do('stop', 'reader');
    expect((await app.logs('reader')).map(({ text }) => text)).not.toContain('heard');
    expect(await app.service('reader')).toMatchObject({ state: 'stopped', run: 1 });
  });

  it('no line of a program that prints all the time is lost, torn, doubled or out of order', async () => {
    await app.up({ services: { steady: { command: [process.execPath, fixture('e2e-steady.mjs')] } } });
    const service = await app.pid('steady');
    for (let death = 1; death <= 4; death += 1) await killKeeper();
    writeFileSync(app.path('pause'), '');
    const end = await app.untilSays('steady', /^pause 1 /);
    const count = Number(end.text.split(' ').at(-1));
    const lines = (await app.logs('steady', '--out')).map(({ text, run }) => `${run} ${text}`);
    expect(lines.slice(0, count)).toEqual(Array.from({ length: count }, (_, number) => `1 line ${number} end`));
    expect(await app.pid('steady')).toBe(service);
  });

  it('who follows logs and events goes on following, over the deaths of daemon and keeper, until all is down', async () => {
    await app.up({ services: { steady: { command: [process.execPath, fixture('e2e-steady.mjs')] } } });
    const logs = app.start('logs', '-f', '--out', '--json', '-n', 'all');
    const events = app.start('events', '--json');
    await logs.nextLine();
    for (const kill of [killKeeper, killDaemon, killKeeper]) await kill();
    await app.do('daemon', 'restart');
    await app.do('kill', 'steady');
    await app.untilRun('steady', 2);
    await app.do('down');
    const texts = (await logs.ended).stdout
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as { readonly run: number; readonly text: string })
      .filter(({ run }) => run === 1);
    expect(texts.length).toBeGreaterThan(100);
    const whole = texts.filter(({ text }) => text.endsWith(' end')).map(({ text }) => text);
    expect(new Set(whole).size).toBe(whole.length);
    expect(await logs.ended).toMatchObject({ code: 0, stderr: '' });
    const told = await events.ended;
    expect(told).toMatchObject({ code: 0, stderr: '' });
    expect(told.stdout).toContain('"event":"restarted"');
  });

  it('a stop goes on to its end: SIGKILL comes when its grace is over, and the waiting command says so', async () => {
    const deaf = sh("trap 'echo heard >> heard' TERM; echo ready; while :; do sleep 0.01; done");
    await app.up({ services: { deaf: { command: deaf, shutdown: '1500ms' } } });
    await app.untilSays('deaf', /ready/);
    const victim = await app.pid('deaf');
    const stop = app.start('stop', 'deaf');
    await until('it is asked to stop', () => linesOf('heard').length === 1);
    process.kill((await app.daemon()).keeperPid, 'SIGKILL');
    expect(await stop.ended).toMatchObject({ code: 0 });
    expect(isAlive(victim)).toBe(false);
    expect(await app.service('deaf')).toMatchObject({ state: 'stopped' });
    expect(linesOf('heard')).toHaveLength(1);
  });

  it('a group restart goes on: all are stopped and started once', async () => {
    const slow = sh(
      'echo $PORTSUP_RUN >> starts; trap "until [ -e let ]; do sleep 0.01; done; exit 0" TERM; echo ready; while :; do sleep 0.01; done',
    );
    await app.up({ strategy: 'one_for_all', services: { a: { command: idle }, slow: { command: slow, shutdown: '60s' } } });
    await app.untilSays('slow', /ready/);
    process.kill(await app.pid('a'), 'SIGSEGV');
    await app.untilService('slow', 'is being stopped', ({ state }) => state === 'stopping');
    await killKeeper();
    writeFileSync(app.path('let'), '');
    for (const path of ['a', 'slow']) await app.untilRun(path, 2);
    expect(linesOf('starts')).toEqual(['1', '2']);
    expect(await app.supervisor('')).toMatchObject({ restartsInWindow: 1 });
  });

  it('what it has left in its group or beyond is gone before the next run begins', async () => {
    const family = sh('setsid sleep 1001 & sleep 1002 & echo ready; exec sleep 1003');
    await app.up({ services: { family: { command: family } } });
    await app.untilSays('family', /ready/);
    const old = processesWith(app.home.home)
      .filter(({ name }) => name === 'sleep')
      .map(({ pid }) => pid);
    expect(old).toHaveLength(3);
    await killKeeper();
    process.kill(await app.pid('family'), 'SIGKILL');
    await app.untilRun('family', 2);
    expect(old.filter(isAlive)).toEqual([]);
  });

  it.each(['kill', 'leave'] as const)('the rest of its group is gone with "orphans: %s"', async (orphans) => {
    await app.up({ services: { family: { command: sh('setsid sleep 1001 & sleep 1002 & echo ready; exec sleep 1003'), orphans } } });
    await app.untilSays('family', /ready/);
    const argumentOf = (): readonly string[] =>
      processesWith(app.home.home)
        .filter(({ name }) => name === 'sleep')
        .map(({ command }) => command.split(' ')[1] ?? '')
        .sort();
    await killKeeper();
    await app.do('stop', 'family');
    expect(argumentOf()).toEqual(orphans === 'kill' ? [] : ['1001']);
  });
});

describe('when keeper and daemon are killed together', () => {
  it('services live on, those who look are told that nobody supervises, and nothing is done by looking', async () => {
    await app.up({ services: { a: { command: idle } } });
    const pid = await app.pid('a');
    await killBoth();
    for (const [code, ...args] of [
      [4, 'ps'],
      [4, 'ps', '--json'],
      [4, 'status', 'a'],
      [7, 'history'],
      [7, 'stop', 'a'],
      [7, 'daemon', 'status'],
      [7, 'up', '--dry-run'],
    ] as const) {
      expect(await app.run(...args)).toMatchObject({
        code,
        stderr: `error: keeper and daemon are gone; project:a (${pid}) runs on, but nobody supervises it\nhint: "portsup daemon start" takes them back\n`,
      });
    }
    expect(isAlive(pid)).toBe(true);
    expect(left()).toHaveLength(1);
  });

  it.each([['up'], ['start', 'a'], ['daemon', 'start']] as const)(
    '"%s %s" takes them back: same processes, same runs, and what was stopped by hand stays so',
    async (...args) => {
      await app.up({ services: { a: { command: idle }, b: { command: idle }, c: { command: idle } } });
      await app.do('kill', 'a');
      await app.untilRun('a', 2);
      if (args[0] !== 'up') await app.do('stop', 'c');
      const before = await services();
      await killBoth();
      await app.do(...args.filter((arg) => arg !== undefined));
      expect(await services()).toEqual(before);
    },
  );

  it.each([['down'], ['daemon', 'stop']] as const)('"%s %s" takes them back and stops them in order', async (...args) => {
    await app.up({ services: { a: { command: idle }, b: { command: idle } } });
    await killBoth();
    await app.do(...args.filter((arg) => arg !== undefined));
    expect(left()).toEqual([]);
    expect((await app.run('ps')).stdout).toBe('');
  });

  it('what has ended meanwhile is started again, without a charge to the budget, as nobody knows when it was', async () => {
    const names = ['a', 'b', 'c'];
    await app.up({ intensity: 0, services: Object.fromEntries(names.map((name) => [name, { command: idle }])) });
    const pids = [await app.pid('a'), await app.pid('b')];
    const survivor = await app.pid('c');
    await killBoth();
    for (const pid of pids) process.kill(pid, 'SIGKILL');
    await until('they are gone', () => !pids.some(isAlive));
    await app.do('up');
    expect((await services()).map((row) => row.replace(/ \d+ run/, ' run'))).toEqual([
      'a run 2 running',
      'b run 2 running',
      'c run 1 running',
    ]);
    expect(await app.pid('c')).toBe(survivor);
    expect(await app.service('a')).toMatchObject({ exit: { code: null, signal: null } });
  });

  it('a job that has ended meanwhile is not done twice; where it has written its own end, that counts', async () => {
    const job = (line: string): readonly string[] =>
      sh(
        `echo $PORTSUP_SERVICE $PORTSUP_RUN >> starts; [ $PORTSUP_RUN -gt 1 ] && exec sleep 1000; until [ -e go ]; do sleep 0.01; done; ${line}`,
      );
    const restart = 'transient';
    await app.up({
      services: {
        silent: { command: job('exit 0'), restart },
        well: { command: job('echo 0 > "$PORTSUP_EXIT_FILE"'), restart },
        badly: { command: job('echo 3 > "$PORTSUP_EXIT_FILE"; exit 3'), restart },
        once: { command: job('exit 1'), restart: 'temporary' },
      },
    });
    const pids = await Promise.all(['silent', 'well', 'badly', 'once'].map((path) => app.pid(path)));
    await killBoth();
    writeFileSync(app.path('go'), '');
    await until('they have ended', () => !pids.some(isAlive));
    await app.do('daemon', 'start');
    await app.untilRun('badly', 2);
    const rows = await app.rows();
    const seen = rows.flatMap((row) => (row.kind === 'service' ? [`${row.path} ${row.state} ${row.exit?.code}`] : []));
    expect(seen).toEqual(['silent failed null', 'well completed 0', 'badly running 3', 'once failed null']);
    expect(linesOf('starts').filter((line) => line.endsWith(' 2'))).toEqual(['badly 2']);
  });

  it.runIf(process.platform === 'linux')('their pipes are found again by somebody with another XDG_RUNTIME_DIR', async () => {
    mkdirSync(app.home.path('xdg'), { mode: 0o700 });
    const of = (folder: string): LiveApp => new LiveApp({ home: app.home, env: { PORTSUP_HOME: '', XDG_RUNTIME_DIR: folder } });
    const [login, cron] = [of(app.home.path('xdg')), of('')];
    const talks = sh('echo "$PORTSUP_RUN"; while :; do read line && echo "heard $line" || sleep 0.01; done');
    await login.up({ services: { talks: { command: talks }, ends: { command: sh('echo "run $PORTSUP_RUN"; exec cat') } } });
    const pid = await login.pid('talks');
    await killBoth(login);
    await cron.do('daemon', 'start');
    expect(await cron.service('talks')).toMatchObject({ pid, run: 1 });
    // Its standard input has ended with both of them.
    await cron.untilRun('ends', 2);
    await cron.untilSays('ends', /^run 2$/);
    for (const line of ['one', 'two']) await cron.do('send', 'talks', line);
    await cron.untilSays('talks', /^heard two$/);
    await killKeeper(cron);
    await cron.do('send', 'talks', 'three');
    await cron.untilSays('talks', /^heard three$/);
    expect(await cron.service('talks')).toMatchObject({ pid, run: 1 });
    await cron.do('kill', 'talks');
    await cron.untilRun('talks', 2);
    await cron.do('send', 'talks', 'four');
    await cron.untilSays('talks', /^heard four$/);
    await cron.do('down');
  });

  it('over many deaths of every kind nothing ever runs twice', async () => {
    const names = ['a', 'b', 'c'];
    const config = {
      intensity: 100,
      services: Object.fromEntries(names.map((name) => [name, { command: [fixture('e2e-once.sh'), app.folder] }])),
    };
    await app.up(config);
    for (let round = 0; round < 4; round += 1) {
      await killBoth();
      const ups = [app.start('up'), app.start('up')];
      for (const up of ups) expect(await up.ended).toMatchObject({ code: 0 });
      await killKeeper();
      process.kill(await app.pid('b'), 'SIGKILL');
      process.kill((await app.daemon()).pid, 'SIGKILL');
      await app.untilRun('b', round + 2);
    }
    await app.do('down');
    for (const name of names) {
      expect(app.read(`${name}.twice`)).toBe('');
      expect(linesOf(`${name}.starts`)).toHaveLength(name === 'b' ? 5 : 1);
    }
    expect(left()).toEqual([]);
  });
});

describe('a state that cannot be trusted', () => {
  const upAndKilled = async (): Promise<readonly number[]> => {
    await app.up({ services: { a: { command: idle }, b: { command: idle } } });
    const pids = [await app.pid('a'), await app.pid('b')];
    await killBoth();
    return pids;
  };

  it('that has lost its last lines: the runs are found by their markers and taken back', async () => {
    const pids = await upAndKilled();
    const lines = readFileSync(stateFile(), 'utf8').split('\n');
    const first = lines.findIndex((line) => line.includes('"spawned"'));
    writeFileSync(stateFile(), `${lines.slice(0, first).join('\n')}\n`);
    await app.do('up');
    // Of b it was not even known that it had been decided to start it.
    expect(await app.service('a')).toMatchObject({ pid: pids[0], run: 1, state: 'running' });
    expect(isAlive(pids[1] ?? 0)).toBe(false);
    expect(await app.service('b')).toMatchObject({ run: 1, state: 'running' });
    expect(left().filter((row) => row.includes('sleep 1000'))).toHaveLength(2);
  });

  it.each([
    ['garbage', () => writeFileSync(stateFile(), 'garbage\n')],
    ['garbage in the middle', () => writeFileSync(stateFile(), readFileSync(stateFile(), 'utf8').replace('\n', '\n\u0000\u0000\n'))],
    ['a newer version', () => writeFileSync(stateFile(), readFileSync(stateFile(), 'utf8').replace('"version":1', '"version":99'))],
    [
      'sense',
      () =>
        writeFileSync(
          stateFile(),
          `${readFileSync(stateFile(), 'utf8').split('\n')[0]}\n{"remember":[["app x:","{\\"name\\":\\"x\\"}"],["node x:","7"]]}\n`,
        ),
    ],
    ['the whole file', () => rmSync(stateFile())],
  ])('(%s): what runs is ended, everything is started once, history says so, and nobody is needed', async (what, damage) => {
    const pids = await upAndKilled();
    damage();
    const said = await app.do('up');
    expect(pids.filter(isAlive)).toEqual([]);
    expect((await services()).map((row) => row.replace(/ \d+ run/, ' run'))).toEqual(['a run 1 running', 'b run 1 running']);
    expect(left().filter((row) => row.includes('sleep 1000'))).toHaveLength(2);
    expect(existsSync(`${stateFile()}.damaged`)).toBe(what !== 'the whole file');
    expect(said.stderr).toMatch(/note: .*ended what no state knows: project:a \(\d+\), project:b \(\d+\)\n/);
    const killed = (await app.history()).filter(({ event }) => event === 'killed');
    expect(killed.map(({ path, pid }) => `${path} ${pid}`).sort()).toEqual([`a ${pids[0]}`, `b ${pids[1]}`]);
    await killKeeper();
    await app.do('down');
    expect(left()).toEqual([]);
  });

  it('that names the process of somebody else: that one is never signalled', async () => {
    await app.up({ services: { a: { command: idle, shutdown: 'brutal_kill' } } });
    const pid = await app.pid('a');
    await killBoth();
    process.kill(pid, 'SIGKILL');
    await until('it is gone', () => !isAlive(pid));
    const stranger = spawn('sleep', ['1000'], { env: { ...app.env }, detached: true, stdio: 'ignore' });
    await once(stranger, 'spawn');
    writeFileSync(stateFile(), readFileSync(stateFile(), 'utf8').replaceAll(String(pid), String(stranger.pid)));
    expect((await app.run('ps')).stdout).toBe('');
    await app.do('up');
    expect(await app.service('a')).toMatchObject({ run: 2, state: 'running', exit: { code: null, signal: null } });
    await app.do('stop', 'a');
    await app.do('down');
    expect(isAlive(stranger.pid ?? 0)).toBe(true);
  });
});

describe('after a reboot', () => {
  const reboot = async (): Promise<void> => {
    const state = readFileSync(stateFile(), 'utf8');
    await killBoth();
    for (const { pid } of processesWith(app.home.home)) process.kill(pid, 'SIGKILL');
    await until('all are gone', () => left().length === 0);
    writeFileSync(stateFile(), state.replace(/"boot":"[^"]*"/, '"boot":"an earlier one 1"'));
  };

  it('nothing runs and nothing is claimed; up starts afresh, history goes on', async () => {
    await app.up({ intensity: 0, services: { a: { command: idle }, b: { command: idle } } });
    await app.do('stop', 'a');
    await reboot();
    expect(await app.run('ps')).toMatchObject({
      stdout: '',
      stderr: expect.stringMatching(/^no daemon is running; up before: project\nhint: "portsup daemon start"/),
    });
    await app.do('up');
    expect((await services()).map((row) => row.replace(/ \d+ run/, ' run'))).toEqual(['a run 1 running', 'b run 1 running']);
    expect((await app.history('a')).map(({ event }) => event)).toEqual(['started', 'stopping', 'stopped', 'started']);
    const runs = JSON.parse((await app.do('history', 'b', '--runs', '--json')).stdout) as readonly unknown[];
    expect(runs).toMatchObject([
      { run: 1, state: 'lost', endedAt: null, exit: null, isFailed: false },
      { run: 1, state: 'running' },
    ]);
  });

  it('"daemon start" brings up what was up, in its environment; what was stopped by hand stays stopped', async () => {
    const tells = sh('echo "$COLOUR"; exec sleep 1000');
    const green = new LiveApp({ home: app.home, folder: app.home.path('green'), env: { COLOUR: 'green' } });
    await app.up({
      services: { a: { command: idle }, inner: { services: { b: { command: idle } } }, job: { command: ['true'], restart: 'transient' } },
    });
    await green.up({
      services: {
        tells: { command: tells },
        off: { command: tells },
        lazy: { command: tells, start: 'on_demand', call: { jsonrpc: 'stdio' } },
      },
    });
    await app.do('stop', 'a');
    await green.do('stop', 'off', 'lazy');
    await reboot();
    expect((await app.do('daemon', 'start')).stderr).toContain('note: brings up again what was up before: project, green\n');
    await app.untilRun('inner/b', 1);
    expect(await app.service('a')).toMatchObject({ state: 'stopped', run: 0 });
    await app.untilService('job', 'is done again', ({ state }) => state === 'completed');
    await green.untilRun('tells', 1);
    expect(await green.service('off')).toMatchObject({ state: 'stopped', run: 0 });
    // Else a call would start it.
    expect(await green.service('lazy')).toMatchObject({ state: 'stopped', why: 'stopped by hand' });
    await until('it says so again', async () => (await green.logs('tells')).map(({ text }) => text).join() === 'green,green');
    await app.do('down', '--all');
  });

  it('an up of one application brings up the others, too; what is taken down then is not brought up any more', async () => {
    const others = ['one', 'two', 'three'].map((name) => new LiveApp({ home: app.home, folder: app.home.path(name) }));
    for (const other of others) await other.up({ services: { a: { command: idle } } });
    const [one, two, three] = others as [LiveApp, LiveApp, LiveApp];
    const names = async (): Promise<readonly string[]> =>
      (JSON.parse((await one.do('ps', '--json', '-A')).stdout) as readonly { readonly app: string; readonly path: string }[]).flatMap(
        ({ app: name, path }) => (path === '' ? [name] : []),
      );
    await reboot();
    expect((await two.do('down')).stderr).toBe('nothing is running; what was up before is not brought up again: two\n');
    await one.do('up');
    expect(await names()).toEqual(['one', 'three']);
    await three.untilRun('a', 1);
    await reboot();
    await one.do('down', '--all');
    await one.do('daemon', 'start');
    expect(await one.daemon()).toMatchObject({ apps: 0 });
    await one.do('daemon', 'stop');
    expect(left()).toEqual([]);
  });
});

describe('SIGTERM to the keeper', () => {
  it('stops everything, to be brought up by the next "daemon start"; what is down stays down', async () => {
    const other = new LiveApp({ home: app.home, folder: app.home.path('other') });
    await app.up({ services: { a: { command: idle } } });
    await other.up({ services: { b: { command: idle } } });
    await other.do('down');
    process.kill((await app.daemon()).keeperPid, 'SIGTERM');
    await until('all has ended', () => left().length === 0);
    await app.do('daemon', 'start');
    await app.untilRun('a', 1);
    const stopped = (await app.history('a')).find(({ event }) => event === 'stopped');
    expect(stopped).toMatchObject({ cause: 'the application stopped: portsup was asked to end', by: 'supervisor' });
    // Also of a keeper that has only taken over, and has had nothing to write since.
    await killBoth();
    await app.do('daemon', 'start');
    process.kill((await app.daemon()).keeperPid, 'SIGTERM');
    await until('all has ended', () => left().length === 0);
    await app.do('daemon', 'start');
    expect(await app.untilRun('a', 1)).toMatchObject({ restarts: 0, exit: null });
    expect((await app.rows()).map(({ app: name, path }) => `${name}:${path}`)).toEqual(['project:', 'project:a']);
    await app.do('down');
    await until('the daemon has ended', () => left().length === 0);
    await app.do('daemon', 'start');
    expect(await app.daemon()).toMatchObject({ apps: 0 });
    await app.do('daemon', 'stop');
    expect(left()).toEqual([]);
  });
});
