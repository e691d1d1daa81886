/** Services that are started by calls, and stopped when nobody calls them; and many calls at once. Real services, by the library. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CallOutcome } from '../../src/control/contract.js';
import type { PortsupClient, ServiceCallOptions } from '../../src/index.js';
import { library, refusalOf } from '../helpers/library.js';
import { fixture, LiveApp, sh } from '../helpers/live-app.js';
import { until } from '../helpers/until.js';

const callee = [process.execPath, fixture('e2e-callee.mjs'), 'stdio'];

let app: LiveApp;
let client: PortsupClient;

beforeEach(async () => {
  app = new LiveApp();
  await app.up({
    intensity: 100,
    services: {
      lazy: { command: callee, start: 'on_demand', call: { jsonrpc: 'stdio' } },
      sleepy: { command: callee, start: 'on_demand', idle: '700ms', call: { jsonrpc: 'stdio' } },
      missing: { command: './is-not-there', start: 'on_demand', call: { jsonrpc: 'stdio' } },
      short: { command: sh('exit 4'), start: 'on_demand', restart: 'temporary', call: { jsonrpc: 'stdio' } },
      slow: { command: callee, backoff: { min: '2s' }, call: { jsonrpc: 'stdio' } },
    },
  });
  client = new library.PortsupClient({ cwd: app.folder, env: app.env });
});
afterEach(() => app.dispose());

const echo = (name: string, text: string, options: ServiceCallOptions = { timeoutMs: 10_000 }): Promise<CallOutcome> =>
  client.call(name, 'echo', [text], options);
const answered = (value: unknown): CallOutcome => ({ outcome: 'reply', kind: 'value', value });

describe('a service that is started on demand', () => {
  it('is started by the first call, and answers it', async () => {
    expect(await app.service('lazy')).toMatchObject({ state: 'stopped', run: 0 });
    expect(await echo('lazy', 'first')).toEqual(answered('first'));
    expect(await app.service('lazy')).toMatchObject({ state: 'running', run: 1 });
    expect(await echo('lazy', 'second')).toEqual(answered('second'));
  });

  it('is started once, however many call it at once', async () => {
    const names = Array.from({ length: 20 }, (_, index) => `call ${index}`);
    expect(await Promise.all(names.map((name) => echo('lazy', name)))).toEqual(names.map(answered));
    expect((await app.history('lazy')).map(({ event, run }) => [event, run])).toEqual([['started', 1]]);
  });

  it('is restarted after a crash without a call, as any other', async () => {
    expect(await client.call('lazy', 'die', [5], { timeoutMs: 10_000 })).toMatchObject({ outcome: 'down', cause: 'exit code 5', run: 1 });
    await app.untilRun('lazy', 2);
  });

  it('is not started by a call when a person has stopped it, until a person starts it', async () => {
    await echo('lazy', 'x');
    await app.do('stop', 'lazy');
    expect(await echo('lazy', 'x')).toMatchObject({ outcome: 'down', cause: 'noproc: stopped by hand', pid: null, run: 1 });
    await app.do('start', 'lazy');
    expect(await echo('lazy', 'again')).toEqual(answered('again'));
  });

  it('is not started by an up either, after which it can be called again', async () => {
    await echo('lazy', 'x');
    await app.do('stop', 'lazy');
    await echo('missing', 'x');
    await app.do('up');
    expect([await app.service('lazy'), await app.service('missing')]).toMatchObject([
      { state: 'stopped', run: 1 },
      { state: 'stopped', why: null },
    ]);
    expect(await echo('lazy', 'again')).toEqual(answered('again'));
    await app.do('up', '--force-recreate');
    expect([await app.service('lazy'), await app.service('sleepy')]).toMatchObject([{ run: 3 }, { state: 'stopped', run: 0 }]);
  });

  it('that cannot be started is down, with the reason, for each call anew', async () => {
    for (let time = 1; time <= 2; time += 1) {
      expect(await echo('missing', 'x')).toMatchObject({
        outcome: 'down',
        cause: expect.stringContaining('is-not-there') as string,
        pid: null,
        comesBack: false,
        hint: 'the next call starts it',
      });
    }
  });

  it('that ends before it can be asked is down', async () => {
    expect(await echo('short', 'x')).toMatchObject({ outcome: 'down', cause: expect.stringContaining('exit code 4') as string });
  });

  it('is stopped when nobody has called it for its time, and started by the next call', async () => {
    await echo('sleepy', 'x');
    const row = await app.untilService('sleepy', 'stopped', ({ state }) => state === 'stopped');
    expect(row).toMatchObject({ run: 1, why: 'idle for 700ms', desired: 'stopped' });
    expect(await echo('sleepy', 'awake')).toEqual(answered('awake'));
    expect(await app.service('sleepy')).toMatchObject({ run: 2 });
  });

  it('is not stopped while it is being called, however long that takes', async () => {
    expect(await client.call('sleepy', 'late', [1_500], { timeoutMs: 10_000 })).toEqual(answered('late'));
    expect(await app.service('sleepy')).toMatchObject({ run: 1, state: 'running' });
  });

  it('that was started by a person and never called is stopped as well, and so is one that the next daemon has taken over', async () => {
    await app.do('start', 'sleepy');
    await app.untilService('sleepy', 'stopped', ({ state }) => state === 'stopped');
    await app.do('start', 'sleepy');
    await app.do('daemon', 'restart');
    await app.untilService('sleepy', 'stopped', ({ state, run }) => state === 'stopped' && run === 2);
  });
});

describe('a service that waits for its next attempt', () => {
  beforeEach(async () => {
    await app.untilSays('slow', /^ready$/);
    await app.do('kill', 'slow');
    await app.untilService('slow', 'waiting', ({ state }) => state === 'waiting');
  });

  it('is waited for by a call', async () => {
    expect(await echo('slow', 'patience')).toEqual(answered('patience'));
    expect(await app.service('slow')).toMatchObject({ run: 2 });
  });

  it('is waited for no longer than the time of the call', async () => {
    expect(await echo('slow', 'impatience', { timeoutMs: 50 })).toEqual({ outcome: 'timeout', afterMs: 50, run: null });
  });
});

describe('calls', () => {
  it('take as arguments what JSON can carry, and as time any number', async () => {
    expect(await client.call('lazy', 'echo', [[1, null, { a: 'b' }]], { timeoutMs: Number.POSITIVE_INFINITY })).toEqual(
      answered([1, null, { a: 'b' }]),
    );
    expect(await refusalOf(client.call('lazy', 'echo', [1n]))).toMatchObject({ code: 'USAGE' });
    expect(await refusalOf(client.call('lazy', 'echo', [], { timeoutMs: -1 }))).toMatchObject({ code: 'USAGE' });
    expect(await refusalOf(client.call('nobody', 'echo'))).toMatchObject({ code: 'NOT_FOUND' });
    expect(await client.call('lazy', 'hang', [], { timeoutMs: 0 })).toMatchObject({ outcome: 'timeout', afterMs: 0 });
  });

  it('that hang hold up nobody, and are limited for each service', async () => {
    await echo('lazy', 'x');
    const given = new AbortController();
    const hanging = Array.from({ length: 64 }, () =>
      refusalOf(client.call('lazy', 'hang', [], { timeoutMs: 60_000, signal: given.signal })),
    );
    await until('all of them asked', async () => (await app.logs('lazy')).filter(({ text }) => text === 'asked hang').length === 64);
    expect(await refusalOf(echo('lazy', 'one too many'))).toMatchObject({
      code: 'FAILED',
      message: '64 calls of lazy are waiting for an answer already',
    });
    expect(await echo('sleepy', 'well')).toEqual(answered('well'));
    expect((await client.ps()).length).toBeGreaterThan(0);
    given.abort(new Error('enough'));
    expect(await Promise.all(hanging)).toEqual(Array.from({ length: 64 }, () => expect.objectContaining({ message: 'enough' }) as unknown));
    await until('there is room again', async () => {
      const outcome = await echo('lazy', 'room').catch(() => undefined);
      return outcome?.outcome === 'reply';
    });
  });

  it('that hang end with the daemon that another one replaces, and it runs on', async () => {
    await echo('lazy', 'x');
    const hanging = refusalOf(client.call('lazy', 'hang', [], { timeoutMs: 60_000 }));
    await app.untilSays('lazy', /^asked hang$/);
    await app.do('daemon', 'restart');
    expect(await hanging).toMatchObject({ code: 'DAEMON_UNREACHABLE' });
    expect(await echo('lazy', 'still')).toEqual(answered('still'));
  });

  it('that hang when the daemon is killed say that nobody knows whether it was done, on the command line and in programs', async () => {
    await echo('lazy', 'x');
    const hanging = refusalOf(client.call('lazy', 'hang', [], { timeoutMs: 60_000 }));
    const asking = app.run('call', 'lazy', 'hang', '-t', '1m', '--json');
    await until('both asked', async () => (await app.logs('lazy')).filter(({ text }) => text === 'asked hang').length === 2);
    const { pid } = await client.daemon();
    process.kill(pid, 'SIGKILL');
    const message = "portsup's daemon ended during the call; whether lazy has done it is not known";
    const hint = 'ask again if that is harmless; "portsup daemon logs" may tell more';
    expect(await hanging).toMatchObject({ code: 'DAEMON_UNREACHABLE', message, hint });
    expect(await asking).toMatchObject({ code: 1, stdout: '', stderr: `error: ${message}\nhint: ${hint}\n` });
    await until('another daemon answers', async () => (await client.daemon()).pid !== pid);
    expect(await echo('lazy', 'still')).toEqual(answered('still'));
  });

  it('that hang end with what is taken down', async () => {
    await echo('lazy', 'x');
    const hanging = client.call('lazy', 'hang', [], { timeoutMs: 60_000 });
    await app.untilSays('lazy', /^asked hang$/);
    await app.do('down');
    expect(await hanging).toMatchObject({ outcome: 'down', run: 1 });
  });
});
