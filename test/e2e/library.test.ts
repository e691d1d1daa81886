/** `PortsupClient` with a real daemon and real programs: what its methods do and give, and how they refuse. */
import { getEventListeners } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Progress } from '../../src/index.js';
import { portsup } from '../helpers/cli.js';
import { type LibraryWorld, library, libraryWorld, quiet, refusalOf } from '../helpers/library.js';
import { idle, sh } from '../helpers/live-app.js';
import { isAlive } from '../helpers/processes.js';
import { until } from '../helpers/until.js';

const started = { startDaemon: true } as const;
let world: LibraryWorld;

beforeEach(() => {
  world = libraryWorld();
});

afterEach(async () => {
  await world.dispose();
});

/** Writes a file into the folder of the world's clients. */
const write = (name: string, text: string): void => writeFileSync(world.home.path(name), text);

describe('without a daemon', () => {
  it('every call says so and starts none; down has nothing to do', async () => {
    const client = world.client();
    const calls = [
      client.up(quiet),
      client.plan(quiet),
      client.start('web'),
      client.stop('web'),
      client.restart('web'),
      client.kill('web'),
      client.signal('web', 'SIGHUP'),
      client.send('web', 'hello'),
      client.ps(),
      client.status('web'),
      client.history(),
      client.runs(),
      client.run('web'),
      client.alarms(),
      client.setAlarm('backup', 'none'),
      client.clearAlarm('backup'),
      client.flushLogs(),
      client.reopenLogs(),
      client.daemon(),
      client.restartDaemon(),
      client.logs()[Symbol.asyncIterator]().next(),
      client.events()[Symbol.asyncIterator]().next(),
    ];
    for (const refusal of await Promise.all(calls.map(refusalOf))) {
      expect(refusal).toBeInstanceOf(library.PortsupError);
      expect(refusal).toMatchObject({ code: 'DAEMON_NOT_RUNNING', hint: expect.stringContaining('startDaemon()') as unknown });
    }
    expect(await client.down()).toEqual({ app: 'app', rows: [], changes: [], failures: [] });
    expect(await client.stopDaemon()).toMatchObject({ rows: [] });
    expect([world.running(), existsSync(world.home.path('lock'))]).toEqual([[], false]);
  });

  it('startDaemon starts one, once for many who ask at the same time; stopDaemon ends it', async () => {
    const clients = Array.from({ length: 5 }, () => world.client());
    const daemons = await Promise.all(clients.map((client) => client.startDaemon()));
    expect(new Set(daemons.map(({ pid }) => pid)).size).toBe(1);
    expect(daemons[0]).toMatchObject({ apps: 0, home: world.home.home });
    await world.client().stopDaemon();
    expect(world.running()).toEqual([]);
  });

  it('has the home that it is told, by a relative path, too; services see it', async () => {
    const { PORTSUP_HOME: _, ...env } = world.home.env;
    const client = world.client({ env, home: 'own' });
    await client.up({ services: { web: { command: sh('echo "home $PORTSUP_HOME"; exec sleep 1000') } } }, started);
    expect(await client.daemon()).toMatchObject({ home: world.home.path('own') });
    for await (const { text } of client.logs({ follow: true })) {
      expect(text).toBe(`home ${world.home.path('own')}`);
      break;
    }
    await client.down();
  });
});

describe('up', () => {
  it('brings up a configuration that is a value, once; its folder and name are what the daemon knows it by', async () => {
    const client = world.client();
    const seen: Progress[] = [];
    const slow = { services: { a: { command: idle }, b: { command: idle } } };
    const first = await client.up(slow, { ...started, onProgress: (progress) => seen.push(progress) });
    expect(first).toMatchObject({
      app: 'app',
      failures: [],
      changes: [
        { path: 'a', action: 'added' },
        { path: 'b', action: 'added' },
      ],
    });
    const again = await world.client({ app: undefined }).up({ name: 'app', ...slow });
    expect(again.rows.map(({ pid }) => pid)).toEqual(first.rows.map(({ pid }) => pid));
    expect(again.changes.map(({ action }) => action)).toEqual(['unchanged', 'unchanged']);
    const other = await world.client({ app: 'other' }).up(slow);
    expect(other.rows[1]?.pid).not.toBe(first.rows[1]?.pid);
    expect((await client.ps({ all: true })).filter(({ kind }) => kind === 'service')).toHaveLength(4);
    expect(await client.ps({ names: 'b' })).toMatchObject([{ app: 'app', path: 'b' }]);
    expect(await client.plan({ services: { a: { command: idle } } })).toMatchObject([
      { path: 'a', action: 'unchanged' },
      { path: 'b', action: 'removed' },
    ]);
    for (const { total, done, waitingFor } of seen) expect([total, done + waitingFor.length <= 2]).toEqual([2, true]);
    expect((await client.down({ all: true })).rows.filter(({ kind }) => kind === 'service')).toHaveLength(4);
    expect(world.running()).toEqual([]);
  });

  it('refuses an application that is up from elsewhere, and one that is not the client’s', async () => {
    write('portsup.yaml', 'name: app\nservices: { web: { command: sleep 1000 } }\n');
    const client = world.client();
    await client.up(undefined, started);
    expect(await refusalOf(client.up(quiet))).toMatchObject({
      code: 'FAILED',
      message: `an application "app" is already up from ${world.home.path('portsup.yaml')}`,
    });
    expect(await refusalOf(client.up({ name: 'shop', ...quiet }))).toMatchObject({
      code: 'USAGE',
      message: expect.stringContaining('"shop"') as unknown,
    });
    expect(await refusalOf(world.client({ app: 'shop' }).up('portsup.yaml'))).toMatchObject({ code: 'USAGE' });
    await client.down();
  });

  it('has no file to tell of, where its configuration is a value', async () => {
    await world.client({ cwd: '/' }).up(quiet, started);
    const portsupIn = (...words: readonly string[]): ReturnType<typeof portsup> => portsup(world.home.env, world.home.home, ...words);
    write('portsup.yaml', 'name: app\nservices: { web: { command: sleep 1000 } }\n');
    expect(await portsupIn('up')).toMatchObject({
      code: 1,
      stderr:
        'error: an application "app" is already up as a program has given it for /\nhint: give one of them another "name", or "portsup down -p app" first\n',
    });
    expect(await portsupIn('rm', '-p', 'app', 'web')).toMatchObject({
      code: 1,
      stderr: 'error: web is configured by a program, for /\nhint: remove it from what that program gives to up()\n',
    });
    expect(await portsupIn('run', '-p', 'app', '--', 'sleep', '1000')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('hint: add it to what that program gives to up(), or choose another name') as unknown,
    });
    await world.client().down();
  });

  it('takes a file, the nearest, or a function; relative paths count from its folder', async () => {
    write('nearest.yaml', 'name: near\nservices: { web: { command: sh -c "pwd; exec sleep 1000" } }\n');
    const near = world.client({ app: undefined, file: 'nearest.yaml' });
    expect(await near.up(undefined, started)).toMatchObject({ app: 'near' });
    expect(await near.ps()).toMatchObject([
      { app: 'near', path: '' },
      { app: 'near', path: 'web' },
    ]);
    const made = world.client({ app: 'made' });
    await made.up(() => Promise.resolve({ services: { web: { command: ['/bin/pwd'], restart: 'temporary' as const, cwd: 'run' } } }), {
      wait: false,
    });
    const said = await until('it has said where it is', async () => (await made.status('web')).lastLines[0]?.text);
    expect(said).toBe(world.home.path('run'));
    expect(await refusalOf(world.client({ app: undefined }).up('nothing.yaml'))).toMatchObject({ code: 'CONFIG_MISSING' });
    expect(await refusalOf(world.client({ app: undefined, cwd: '/' }).up())).toMatchObject({ code: 'CONFIG_MISSING' });
    await made.down({ all: true });
  });

  it('runs a configuration that is a program apart from its host, whatever that does', async () => {
    write(
      'good.ts',
      "import { defineConfig } from 'portsup';\nsetInterval(() => undefined, 5);\nexport default defineConfig({ name: 'app', services: { web: { command: ['sh', '-c', `echo ${process.env.MARK}; exec sleep 1000`] } } });\n",
    );
    write('ends.mjs', 'process.exit(0);\n');
    write('throws.mjs', "setTimeout(() => { throw new Error('later'); }, 1);\nawait new Promise(() => undefined);\n");
    const client = world.client({ env: { ...world.home.env, MARK: 'seen' } });
    const names = ['exit', 'beforeExit', 'uncaughtException', 'unhandledRejection', 'SIGINT', 'SIGTERM'];
    const ofHost = (): string =>
      JSON.stringify([names.map((name) => process.listenerCount(name)), String(Object.getOwnPropertyDescriptor(process, 'exit')?.value)]);
    const seen = new Set([ofHost()]);
    const looking = setInterval(() => seen.add(ofHost()), 1);
    await client.up('good.ts', started);
    for await (const { text } of client.logs({ follow: true })) {
      expect(text).toBe('seen');
      break;
    }
    expect(await refusalOf(client.up('ends.mjs'))).toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringContaining('it calls process.exit') as unknown,
    });
    expect(await refusalOf(client.up('throws.mjs'))).toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringContaining('later') as unknown,
    });
    clearInterval(looking);
    expect([...seen]).toEqual([ofHost()]);
    await client.down();
  });

  it('rejects with every problem of a configuration, and nothing is changed', async () => {
    write('bad.yaml', 'services:\n  web:\n    comand: x\n  b: { command: y, restart: often }\n');
    const client = world.client();
    const { rows } = await client.up(quiet, started);
    const refusal = await refusalOf(client.up('bad.yaml'));
    expect(refusal).toMatchObject({
      code: 'CONFIG_INVALID',
      cause: {
        problems: [
          { line: 3, path: 'services.web.comand' },
          { line: 4, path: 'services.b.restart' },
        ],
      },
    });
    expect((refusal as Error).message).toMatch(/^bad\.yaml has 2 problems\n {2}bad\.yaml:3:5: .*\n {2}bad\.yaml:4:/);
    const wrong = { services: { web: { command: 5 } } } as unknown as typeof quiet;
    expect(await refusalOf(client.up(wrong))).toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringContaining('services.web.command') as unknown,
    });
    expect((await client.ps()).map(({ pid }) => pid)).toEqual(rows.map(({ pid }) => pid));
    await client.down();
  });

  it('rejects when something does not start, with cause and last words; the rest runs', async () => {
    const client = world.client();
    const dies = { command: sh('echo no luck; exit 3'), restart: 'temporary' as const };
    const refusal = await refusalOf(client.up({ services: { web: { command: idle }, job: dies } }, started));
    expect(refusal).toBeInstanceOf(library.ActionError);
    expect(refusal).toBeInstanceOf(library.PortsupError);
    expect(refusal).toMatchObject({
      name: 'PortsupError',
      code: 'START_FAILED',
      message: 'job failed to start: exit code 3',
      result: { app: 'app', failures: [{ path: 'job', cause: 'exit code 3', lastLines: [{ text: 'no luck' }] }] },
    });
    expect(await client.status('web')).toMatchObject({ state: 'running' });
    expect(await refusalOf(client.start('job'))).toMatchObject({ code: 'START_FAILED', result: { failures: [{ path: 'job' }] } });
    await client.down();
  });

  it('gives services the environment of its host, without what only describes that', async () => {
    const client = world.client({
      env: { ...world.home.env, COLOUR: 'red', npm_config_x: '1', NODE_OPTIONS: '--no-warnings', EMPTY: undefined },
    });
    await client.up({ services: { web: { command: sh('env > seen; exec sleep 1000'), env: { OWN: 1 } } } }, started);
    const seen = await until('its environment', () => existsSync(world.home.path('seen')) && readFileSync(world.home.path('seen'), 'utf8'));
    expect(seen).toMatch(/^COLOUR=red$/m);
    expect(seen).toMatch(/^OWN=1$/m);
    expect(seen).not.toMatch(/^(?:npm_|NODE_OPTIONS|EMPTY)/m);
    await client.down();
  });
});

describe('by hand', () => {
  const echo = { command: sh('echo ready; while read line; do echo "heard $line"; done') };
  const config = {
    services: {
      web: { command: idle },
      echo,
      pool: { strategy: 'simple_one_for_one' as const, template: { command: sh('echo "got $1"; exec sleep 1000') } },
    },
  };

  it('alarms are set, listed and cleared, of the application or of none', async () => {
    const client = world.client();
    await client.up(quiet, started);
    expect(await client.setAlarm('backup', 'none')).toMatchObject({ isNew: true, alarm: { id: 'backup', app: null, source: 'outside' } });
    expect(await client.setAlarm('backup', 'still none')).toMatchObject({ isNew: false, alarm: { text: 'still none' } });
    expect(await client.setAlarm('queue', 'full', { app: 'app' })).toMatchObject({ alarm: { id: 'app:queue', app: 'app' } });
    expect((await client.alarms()).map(({ id }) => id)).toEqual(['backup', 'app:queue']);
    expect((await world.client({ app: 'other' }).alarms()).map(({ id }) => id)).toEqual(['backup']);
    expect((await world.client({ app: 'other' }).alarms({ all: true })).map(({ id }) => id)).toEqual(['backup', 'app:queue']);
    expect((await client.status('app:')).alarms.map(({ id }) => id)).toEqual(['app:queue']);
    expect(await client.clearAlarm('queue', { app: 'app' })).toEqual({ id: 'app:queue', wasSet: true });
    expect(await client.clearAlarm('queue', { app: 'app' })).toEqual({ id: 'app:queue', wasSet: false });
    expect(await refusalOf(client.setAlarm('two words', 'x'))).toMatchObject({ code: 'USAGE' });
    expect(await refusalOf(client.setAlarm('x', 'y', { app: 'other' }))).toMatchObject({ code: 'NOT_FOUND' });
  });

  it('does what the command line does: start, stop, restart, kill, signal, send, status, runs, history', async () => {
    const client = world.client(started);
    await client.up(config);
    const pid = async (): Promise<number | null> => (await client.status('web')).pid;
    const first = await pid();
    expect(await client.stop('web', { graceMs: 1_000 })).toMatchObject({ rows: [{ path: 'web', state: 'stopped' }] });
    expect(await client.start(['web'])).toMatchObject({ rows: [{ path: 'web', state: 'running', run: 2 }] });
    expect(await client.restart('web')).toMatchObject({ rows: [{ path: 'web', state: 'running', run: 3 }] });
    expect(await client.kill('web', { killSignal: 'SIGTERM' })).toMatchObject([
      { path: 'web', consequence: expect.stringContaining('starts it again') as unknown },
    ]);
    await until('its next run', async () => (await client.status('web')).run === 4);
    expect(await pid()).not.toBe(first);
    expect(await client.signal('echo', 'SIGCONT')).toMatchObject([{ path: 'echo', consequence: null }]);
    await client.send('echo', 'a line');
    const heard = await until('it has heard', async () =>
      (await client.status('echo')).lastLines.find(({ text }) => text === 'heard a line'),
    );
    expect(heard).toMatchObject({ app: 'app', path: 'echo', run: 1, stream: 'out' });
    await client.start('pool', { args: ['seven'] });
    expect(await client.ps({ names: 'pool/*', usage: false })).toMatchObject([{ path: 'pool/1', state: 'running', cpuPercent: null }]);
    expect((await client.runs({ names: 'web' })).runs.map(({ run, state }) => [run, state])).toEqual([
      [1, 'stopped'],
      [2, 'stopped'],
      [3, 'exited'],
      [4, 'running'],
    ]);
    expect((await client.runs({ names: 'web', failed: true })).runs).toEqual([]);
    expect(await client.run('web', { run: 3 })).toMatchObject({
      run: { run: 3, exit: { signal: 'SIGTERM' } },
      lastLines: [{ text: 'ready' }],
    });
    expect(await client.history({ names: 'web', lines: 1 })).toMatchObject([{ event: 'restarted', run: 4 }]);
    expect(await client.history({ names: 'web', since: new Date(Date.now() + 60_000) })).toEqual([]);
    for (let count = 0; count < 60; count += 1) await client.signal('web', 'SIGCONT');
    expect(await client.history({ names: 'web' })).toHaveLength(50);
    expect((await client.history({ names: 'web', since: new Date(0) })).length).toBeGreaterThan(60);
    expect(await client.flushLogs({ names: 'web' })).toMatchObject({ services: 1 });
    expect(await client.reopenLogs()).toEqual({ files: 0 });
    await client.down();
  });

  it('refuses names and values that mean nothing, with the daemon’s remedy', async () => {
    const client = world.client(started);
    await client.up(config);
    expect(await refusalOf(client.status('wab'))).toMatchObject({ code: 'NOT_FOUND', hint: 'did you mean web?' });
    expect(await refusalOf(client.stop([]))).toMatchObject({ code: 'USAGE' });
    expect(await refusalOf(client.start('web', { args: ['x'] }))).toMatchObject({ code: 'USAGE' });
    expect(await refusalOf(client.signal('web', 'SIGNONE'))).toMatchObject({ code: 'USAGE' });
    expect(await refusalOf(client.history({ since: 'soon' }))).toMatchObject({ code: 'USAGE', message: 'since is no time: soon' });
    expect(await refusalOf(client.ps({ timeoutMs: Number.NaN }))).toMatchObject({ code: 'USAGE' });
    expect(await refusalOf(client.logs({ grep: /a/s }).next())).toMatchObject({ code: 'USAGE' });
    expect(await refusalOf(client.logs({ grep: '(' }).next())).toMatchObject({ code: 'USAGE' });
    expect(await refusalOf(world.client({ app: 'shop' }).ps())).toMatchObject({ code: 'NOT_FOUND' });
    expect(await refusalOf(world.client({ app: undefined, cwd: '/' }).down())).toMatchObject({ code: 'CONFIG_MISSING' });
    expect(await refusalOf(world.client({ app: undefined, file: 'no.yaml' }).ps())).toMatchObject({ code: 'CONFIG_MISSING' });
    await client.down();
  });
});

describe('logs and events', () => {
  it('give the last lines, those that fit, and with follow what comes; leaving a loop ends them', async () => {
    const client = world.client(started);
    await client.up({ services: { a: { command: sh('echo one; echo two >&2; echo THREE; exec sleep 1000') }, b: { command: idle } } });
    const texts = async (options: Parameters<typeof client.logs>[0]): Promise<readonly string[]> => {
      const found: string[] = [];
      for await (const { text } of client.logs(options)) found.push(text);
      return found;
    };
    await until('all lines', async () => (await texts({ names: 'a' })).length === 3);
    expect((await texts({ names: 'a' })).toSorted()).toEqual(['THREE', 'one', 'two']);
    expect(await texts({ names: 'a', stream: 'err' })).toEqual(['two']);
    expect(await texts({ names: 'a', stream: 'out', lines: 1 })).toEqual(['THREE']);
    expect(await texts({ names: 'a', grep: /three/i })).toEqual(['THREE']);
    expect(await texts({ names: 'a', grep: 'e$', stream: 'out', invert: true })).toEqual(['THREE']);
    expect(await texts({ names: 'a', since: new Date(Date.now() + 60_000) })).toEqual([]);
    expect(await texts({ names: 'a', run: 7 })).toEqual([]);
    expect(await texts({ lines: Number.POSITIVE_INFINITY })).toHaveLength(4);
    await client.down();
  });

  it('tell of events from opened() on, typed; several readers each get all', async () => {
    const client = world.client(started);
    await client.up(quiet);
    const readers = Array.from({ length: 3 }, () => client.events());
    await Promise.all(readers.map((reader) => reader.opened()));
    await client.kill('web');
    const all = readers.map(async (reader) => {
      const seen: string[] = [];
      for await (const { event, path, type } of reader) {
        seen.push(`${event} ${path} ${type}`);
        if (event === 'restarted') break;
      }
      return seen;
    });
    for (const seen of await Promise.all(all))
      expect(seen).toEqual(['killed web info', 'exited web child_terminated', 'restarted web progress']);
    const left = client.events();
    await left.return();
    expect(await left.next()).toEqual({ done: true, value: undefined });
    expect(await refusalOf(client.logs({ follow: true, names: 'nobody' }).opened())).toMatchObject({ code: 'NOT_FOUND' });
    await client.down();
  });

  it('tell a reader of events that is too slow how many it has missed', async () => {
    const client = world.client(started);
    await client.up(quiet);
    const events = client.events();
    await events.opened();
    // What lies between takes some, the daemon keeps a thousand more.
    for (let round = 0; round < 60; round += 1) await Promise.all(Array.from({ length: 100 }, () => client.signal('web', 'SIGCONT')));
    let read = 0;
    for await (const { event, cause } of events) {
      if (event === 'entries_lost') {
        const [, missed] = /^(\d+) events were not read in time/.exec(cause ?? '') ?? [];
        expect(read + Number(missed)).toBe(6_000);
        break;
      }
      read += 1;
    }
    await client.down();
  });
});

it('one client takes many calls at once, and leaves nothing on their signal', async () => {
  const warnings: unknown[] = [];
  const onWarning = (warning: unknown): void => void warnings.push(warning);
  process.on('warning', onWarning);
  const { signal } = new AbortController();
  const client = world.client(started);
  await client.up(quiet, { signal });
  const all = await Promise.all(
    Array.from({ length: 100 }, (_, index) => (index % 2 === 0 ? client.ps({ signal }) : client.daemon({ signal }))),
  );
  expect(all).toHaveLength(100);
  const { pid } = await client.daemon();
  await client.down({ signal });
  expect(isAlive(pid)).toBe(false);
  expect(getEventListeners(signal, 'abort')).toEqual([]);
  process.off('warning', onWarning);
  expect(warnings).toEqual([]);
});
