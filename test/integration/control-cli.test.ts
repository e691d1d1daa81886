import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { PortsupError } from '../../src/base/errors.js';
import type { ActionLine, ConditionRow, UpBody } from '../../src/control/contract.js';
import { type ControlServer, type Handlers, startServer } from '../../src/control/server.js';
import { type CliResult, portsup, portsupStart } from '../helpers/cli.js';
import { fakeHandlers } from '../helpers/fake-daemon.js';
import { type TestHome, temporaryHome } from '../helpers/home.js';
import { serviceRow, supervisorRow } from '../helpers/rows.js';
import { until } from '../helpers/until.js';

const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { readonly version: string };
const at = '2026-11-20T10:00:00.000Z';
const rows = [supervisorRow(), serviceRow('a'), serviceRow('b', { pid: 101 })];
const result = (changes: object = {}): ActionLine => ({
  type: 'result',
  app: 'example',
  rows,
  changes: [],
  failures: [],
  ends: [],
  ...changes,
});

let home: TestHome;
let server: ControlServer | undefined;
let conditions: readonly ConditionRow[];

beforeEach(() => {
  conditions = [];
  home = temporaryHome();
  mkdirSync(home.path('run'));
  mkdirSync(home.path('app'));
});

afterEach(async () => {
  await server?.close(0);
  server = undefined;
  await home.dispose();
});

async function serve(handlers: Partial<Handlers>, daemonVersion = version): Promise<void> {
  const socket = home.path('run', 'portsup.sock');
  server = await startServer({ socket, handlers: fakeHandlers(handlers), version: daemonVersion, conditions: () => conditions });
}

const run = (...args: readonly string[]): Promise<CliResult> => portsup(home.env, home.path('app'), ...args);

function configure(text: string): void {
  writeFileSync(home.path('app', 'portsup.yaml'), text);
}

const listing = { 'GET /v1/ps': () => Promise.resolve(rows) } satisfies Partial<Handlers>;

describe('ps', () => {
  it('prints a plain table to a pipe, pure JSON with --json, PIDs with -q', async () => {
    await serve(listing);
    const table = await run('ps');
    expect(table).toMatchObject({ code: 0, stderr: '' });
    expect(table.stdout.split('\n')[2]).toBe('  a      running  100   1m 5s         0  1.3%  4.2 MB');
    expect(JSON.parse((await run('ps', '--json')).stdout)).toEqual(rows);
    expect((await run('ps', '-q')).stdout).toBe('100\n101\n');
    expect((await run('ls', '--json')).stdout).toBe((await run('ps', '--json')).stdout);
  });

  it('says beside each answer what is wrong with the daemon, on standard error, for as long as it is so', async () => {
    await serve(listing);
    const usual = await run('ps');
    conditions = [
      { id: 'journal', since: at, text: 'history waits: ü\n; make room' },
      { id: 'logs', since: at, text: 'output waits; make room' },
    ];
    const stderr = 'note: history waits: ü\\n; make room\nnote: output waits; make room\n';
    expect(await run('ps')).toEqual({ ...usual, stderr });
    expect(await run('ps', '-q')).toMatchObject({ stdout: '100\n101\n', stderr });
    const json = await run('ps', '--json');
    expect([JSON.parse(json.stdout), json.stderr]).toEqual([rows, stderr]);
    const watching = portsupStart(home.env, home.path('app'), 'ps', '-w', '100ms', '--json');
    for (let turn = 0; turn < 3; turn += 1) expect(JSON.parse((await watching.nextLine()) ?? '')).toEqual(rows);
    conditions = [];
    for (let turn = 0; turn < 3; turn += 1) expect(JSON.parse((await watching.nextLine()) ?? '')).toEqual(rows);
    watching.kill('SIGINT');
    expect(await watching.ended).toMatchObject({ code: 0, stderr });
    expect(await run('ps')).toEqual(usual);
  });

  it('asks for the nearest configuration, the named application, or all', async () => {
    const asked: unknown[] = [];
    await serve({
      'GET /v1/ps': (query) => {
        asked.push(query);
        return Promise.resolve([]);
      },
    });
    configure('name: x');
    await run('ps');
    await run('ps', '-p', 'shop', 'web-*');
    await run('ps', '-A');
    expect(asked).toEqual([
      { here: home.path('app', 'portsup.yaml'), names: [], all: false, usage: true },
      { app: 'shop', names: ['web-*'], all: false, usage: true },
      { names: [], all: true, usage: true },
    ]);
  });

  it('says by its exit code whether what was named is up, and 4 for what is not known', async () => {
    await serve({
      'GET /v1/ps': ({ names: [name] }) =>
        name === 'no'
          ? Promise.reject(new PortsupError('NOT_FOUND', 'no service "no"', 'nearest: a'))
          : Promise.resolve([serviceRow('a', { state: name === 'up' ? 'running' : 'failed' })]),
    });
    expect((await run('ps', 'up')).code).toBe(0);
    expect((await run('ps', 'down')).code).toBe(3);
    expect((await run('ps')).code).toBe(0);
    expect(await run('ps', 'no')).toMatchObject({ code: 4, stdout: '', stderr: 'error: no service "no"\nhint: nearest: a\n' });
  });

  it('starts nothing when no daemon runs', async () => {
    expect(await run('ps')).toMatchObject({ code: 0, stdout: '', stderr: 'no daemon is running\nhint: start it with "portsup up"\n' });
    expect(await run('ps', '--json')).toMatchObject({ code: 0, stdout: '[]\n', stderr: '' });
    expect((await run('ps', 'a')).code).toBe(4);
    expect((await run('status', 'a')).code).toBe(4);
    expect((await run('tree')).code).toBe(7);
    expect((await run('daemon', 'status')).code).toBe(7);
  });

  it('watches: one array a line with --json, and ends well on Ctrl-C', async () => {
    await serve(listing);
    const watching = portsupStart(home.env, home.path('app'), 'ps', '-w', '100ms', '--json');
    for (let turn = 0; turn < 3; turn += 1) expect(JSON.parse((await watching.nextLine()) ?? '')).toEqual(rows);
    watching.kill('SIGINT');
    expect(await watching.ended).toMatchObject({ code: 0, signal: null, stderr: '' });
  });
});

describe('up', () => {
  const yaml = 'name: example\nservices:\n  a: { command: sleep 5 }\n';

  it('sends the configuration and prints the table', async () => {
    const bodies: UpBody[] = [];
    await serve({
      'POST /v1/up': (body, out) => {
        bodies.push(body);
        out.write({ type: 'progress', done: 0, total: 1, waitingFor: [{ path: 'a', state: 'starting', killInMs: null }] });
        out.write(result());
        return Promise.resolve();
      },
    });
    configure(yaml);
    const up = await run('up', 'a', '--wait-timeout', '5s', '--force-recreate', '-d');
    expect(up).toMatchObject({ code: 0, stderr: '' });
    expect(up.stdout).toContain('running  100');
    expect(bodies[0]).toMatchObject({
      app: 'example',
      file: home.path('app', 'portsup.yaml'),
      names: ['a'],
      wait: true,
      timeoutMs: 5_000,
      forceRecreate: true,
    });
    expect(bodies[0]?.env).toMatchObject({ PORTSUP_HOME: home.home });
    expect(JSON.parse((await run('up', '--json')).stdout)).toEqual(rows);
  });

  it('says what failed, why, and with which last words; the exit code is 1', async () => {
    const lastLines = [{ at, app: 'example', path: 'a', run: 1, stream: 'err', text: 'cannot bind' }] as const;
    await serve({
      'POST /v1/up': (_, out) => {
        out.write(result({ failures: [{ path: 'a', cause: 'exit code 3', lastLines }] }));
        return Promise.resolve();
      },
    });
    configure(yaml);
    const hint = 'hint: "portsup history a" and "portsup logs a" tell more\n';
    expect(await run('up')).toMatchObject({ code: 1, stderr: `error: a failed to start: exit code 3\n  a | cannot bind\n${hint}` });
  });

  it('ends with 124 when the daemon has waited long enough, and with 130 on Ctrl-C, saying that it goes on', async () => {
    let waiting = false;
    await serve({
      'POST /v1/up': async (body, out) => {
        if (body.timeoutMs === 1_000) {
          out.write({ type: 'error', error: { code: 'TIMEOUT', message: 'a is not up after 1s', hint: 'see "portsup logs a"' } });
          return;
        }
        out.open();
        waiting = true;
        await until('the client has gone', () => out.signal.aborted);
      },
    });
    configure(yaml);
    expect(await run('up', '--wait-timeout', '1s')).toMatchObject({
      code: 124,
      stdout: '',
      stderr: 'error: a is not up after 1s\nhint: see "portsup logs a"\n',
    });
    const up = portsupStart(home.env, home.path('app'), 'up');
    await until('up waits', () => waiting);
    up.kill('SIGINT');
    expect(await up.ended).toMatchObject({ code: 130, stdout: '' });
    expect((await up.ended).stderr).toContain('goes on in the background\nhint: "portsup down -p example" stops it');
  });

  it('refuses a wrong configuration with all its problems, and starts nothing', async () => {
    configure('services:\n  a: { comand: x }\n');
    const up = await run('up');
    expect(up).toMatchObject({ code: 6, stdout: '' });
    expect(up.stderr).toMatch(/^portsup\.yaml:2:\d+: .*comand/);
    expect(up.stderr).toMatch(/\nerror: portsup\.yaml has .*\nhint: .*\n$/);
    expect((await run('check', '--json')).code).toBe(6);
    expect((await run('ps', '--json')).stdout).toBe('[]\n');
  });

  it('plans without a daemon, and starts none for it', async () => {
    configure(yaml);
    expect(await run('up', '--dry-run')).toMatchObject({ code: 0, stdout: '+ a  added\nin this order: start a\n', stderr: '' });
    expect((await run('ps', '--json')).stdout).toBe('[]\n');
    expect((await run('check')).stdout).toBe('ok: 1 service\n');
  });

  it('does not take another name for the application of the file', async () => {
    configure(yaml);
    expect(await run('up', '-p', 'other')).toMatchObject({ code: 2, stdout: '' });
  });
});

describe('the other actions', () => {
  it('down says what was stopped, and is content when nothing runs', async () => {
    expect(await run('down', '--all')).toMatchObject({ code: 0, stdout: '', stderr: 'nothing is running\n' });
    expect(await run('daemon', 'stop', '--json')).toMatchObject({ code: 0, stdout: '[]\n' });
    await serve({
      'POST /v1/down': (_, out) => {
        out.write(result());
        return Promise.resolve();
      },
    });
    expect(await run('down')).toMatchObject({ code: 6 });
    expect(await run('down', '-p', 'example')).toMatchObject({ code: 0, stdout: '', stderr: 'example: stopped 2 services\n' });
    expect(JSON.parse((await run('down', '--all', '--json')).stdout)).toEqual(rows);
  });

  it('what could not be taken down is told, and is not said to be', async () => {
    const failures = [{ path: 'b', cause: 'it was wanted again meanwhile', lastLines: [] }];
    const act = (_: unknown, out: { write(line: ActionLine): boolean }): Promise<void> => {
      out.write(result({ failures }));
      return Promise.resolve();
    };
    await serve({ 'POST /v1/remove': act, 'POST /v1/daemon/stop': act });
    const error = 'error: b failed to stop: it was wanted again meanwhile\n';
    expect(await run('rm', 'a', 'b')).toMatchObject({ code: 1, stdout: '', stderr: `removed a\n${error}` });
    expect(await run('daemon', 'stop')).toMatchObject({ code: 1, stdout: '', stderr: error });
    expect(await run('rm', 'a', 'b', '--json')).toMatchObject({ code: 1, stdout: `${JSON.stringify(rows)}\n`, stderr: error });
  });

  it('start passes arguments on, stop its limit; both print the rows', async () => {
    const seen: unknown[] = [];
    const act = (body: unknown, out: { write(line: ActionLine): boolean }): Promise<void> => {
      seen.push(body);
      out.write(result({ rows: [serviceRow('a')] }));
      return Promise.resolve();
    };
    await serve({ 'POST /v1/start': act, 'POST /v1/stop': act });
    expect((await run('start', 'pool', '--', '-x', '1')).stdout).toContain('a     running');
    await run('stop', 'a', '-t', '10s');
    expect(seen).toEqual([
      { names: ['pool'], args: ['-x', '1'], token: expect.any(String) },
      { names: ['a'], timeoutMs: 10_000 },
    ]);
  });

  it('kill, signal and send say what they reached', async () => {
    const seen: unknown[] = [];
    const reach = (consequence: string | null) => (body: unknown) => {
      seen.push(body);
      return Promise.resolve([{ app: 'example', path: 'a', pid: 7, consequence }]);
    };
    await serve({ 'POST /v1/kill': reach('it is started again'), 'POST /v1/signal': reach(null), 'POST /v1/send': reach(null) });
    expect((await run('kill', 'a')).stdout).toBe('a (pid 7): SIGKILL sent; it is started again\n');
    expect((await run('signal', 'hup', 'a', 'b')).stdout).toBe('a (pid 7): SIGHUP sent\n');
    expect((await run('send', 'a', 'some text')).stdout).toBe('a (pid 7): line sent\n');
    await run('send', 'a', 'some', 'more', '--', '-x');
    expect(seen).toEqual([
      { names: ['a'], signal: 'SIGKILL' },
      { names: ['a', 'b'], signal: 'SIGHUP' },
      { names: ['a'], text: 'some text' },
      { names: ['a'], text: 'some more -x' },
    ]);
    expect(await run('signal', 'NOPE', 'a')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('"NOPE" is not a signal') as unknown,
    });
  });
});

describe('streams', () => {
  const logLine = { at, app: 'example', path: 'a', run: 1, stream: 'out' } as const;
  const lines = ['one', 'two\u001b[2J'].map((text) => ({ ...logLine, text }));

  it('logs prints the last lines, and follows until Ctrl-C', async () => {
    let following = false;
    await serve({
      ...listing,
      'GET /v1/logs': async (query, out) => {
        for (const line of lines) out.write(line);
        following = query.follow;
        if (query.follow) await until('the client has gone', () => out.signal.aborted, 10_000);
      },
    });
    expect(await run('logs')).toMatchObject({ code: 0, stdout: 'a | one\na | two\u001b[2J\n', stderr: '' });
    expect((await run('logs', '--json', '-n', '2')).stdout).toBe(lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
    const tail = portsupStart(home.env, home.path('app'), 'logs', '-f', '--no-prefix');
    expect([await tail.nextLine(), await tail.nextLine()]).toEqual(['one', 'two\u001b[2J']);
    expect(following).toBe(true);
    tail.kill('SIGINT');
    expect(await tail.ended).toMatchObject({ code: 0, signal: null, stderr: '' });
  });

  it('events prints each report when it happens', async () => {
    const event = {
      at,
      app: 'example',
      path: 'a',
      event: 'started',
      pid: 1,
      run: 1,
      exit: null,
      cause: null,
      by: 'user',
      type: 'progress',
      supervisor: '',
    } as const;
    await serve({
      'GET /v1/events': (_, out) => {
        out.write(event);
        return Promise.resolve();
      },
    });
    expect(await run('events', '--json')).toMatchObject({ code: 0, stdout: `${JSON.stringify(event)}\n` });
    expect((await run('events')).stdout).toMatch(/ progress {10}example:a {2}started \(run 1, pid 1\) {2}by user\n$/);
  });

  it('end quietly when their reader has had enough', async () => {
    await serve({
      ...listing,
      'GET /v1/logs': async (_, out) => {
        while (!out.signal.aborted) if (!out.write({ ...logLine, text: 'again' })) await out.drained();
      },
    });
    const tail = portsupStart(home.env, home.path('app'), 'logs', '-f');
    await tail.nextLine();
    tail.closeOutput();
    expect(await tail.ended).toMatchObject({ code: 0, stderr: '' });
  });
});

describe('mistakes', () => {
  it('are one line each for cause and remedy, with exit code 2; the stack only with --verbose', async () => {
    expect(await run('pss')).toMatchObject({
      code: 2,
      stdout: '',
      stderr: 'error: unknown command "pss"\nhint: did you mean "ps"? see --help\n',
    });
    expect((await run('pss', '--verbose')).stderr).toContain('    at ');
    expect(await run()).toMatchObject({ code: 2, stdout: '' });
    expect((await run('--help')).stdout).toContain('Usage: portsup COMMAND');
    expect((await run('logs', '-h')).stdout).toContain('\n  portsup logs -f service_a');
    expect((await run('--version')).stdout).toBe(`${version}\n`);
    expect((await run('--json', '--version')).stdout).toBe(`"${version}"\n`);
  });

  it('say so when the daemon is of another version, and go on', async () => {
    await serve(listing, '0.0.1');
    const ps = await run('ps', '--json');
    expect(ps.code).toBe(0);
    expect(JSON.parse(ps.stdout)).toEqual(rows);
    expect(ps.stderr).toContain('the daemon is portsup 0.0.1');
  });
});

describe('run --once', () => {
  it('tries other names where its own is taken, unless a person has chosen it', async () => {
    const asked: string[] = [];
    await serve({
      'POST /v1/run': ({ root }) => {
        const [service] = root.children;
        asked.push(service?.name ?? '');
        if (asked.length === 3) return Promise.reject(new PortsupError('FAILED', 'no more', ''));
        return Promise.reject(new PortsupError('NAME_TAKEN', 'in whatever words', ''));
      },
    });
    expect(await run('run', '--once', '--', 'true')).toMatchObject({ code: 1, stderr: 'error: no more\n' });
    expect(asked).toEqual(['true', 'true-2', 'true-3']);
    asked.length = 0;
    expect(await run('run', '--once', '--name', 'mine', '--', 'true')).toMatchObject({ code: 1, stderr: 'error: in whatever words\n' });
    expect(asked).toEqual(['mine']);
  });
});
