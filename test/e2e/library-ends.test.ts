/** `PortsupClient` when a call ends before it is done: its signal, its time, its reader. */
import { getEventListeners } from 'node:events';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { PortsupError } from '../../src/base/errors.js';
import { type ControlServer, type Handlers, startServer } from '../../src/control/server.js';
import type { LogLine } from '../../src/index.js';
import { fakeHandlers } from '../helpers/fake-daemon.js';
import type { TestHome } from '../helpers/home.js';
import { type LibraryWorld, library, libraryWorld, quiet, refusalOf, stubborn } from '../helpers/library.js';
import { sh } from '../helpers/live-app.js';
import { processesWith } from '../helpers/processes.js';
import { until } from '../helpers/until.js';

let world: LibraryWorld;
let server: ControlServer | undefined;

beforeEach(() => {
  world = libraryWorld();
});

afterEach(async () => {
  await server?.close(0);
  server = undefined;
  await world.dispose();
});

/** Stands in for the daemon, to see what a client does to it. */
async function serve(handlers: Partial<Handlers>, version = '0.1.0'): Promise<void> {
  mkdirSync(world.home.path('run'), { mode: 0o700 });
  server = await startServer({ socket: world.home.path('run', 'portsup.sock'), handlers: fakeHandlers(handlers), version });
}

const reason = new Error('the host has changed its mind');
const line = (text: string): LogLine => ({ at: new Date(0).toISOString(), app: 'app', path: 'web', run: 1, stream: 'out', text });

describe('a signal', () => {
  it('that has aborted already ends every call before it begins', async () => {
    const client = world.client({ startDaemon: true });
    const signal = AbortSignal.abort(reason);
    const calls = [
      client.up(quiet, { signal }),
      client.up('portsup.yaml', { signal }),
      client.plan(quiet, { signal }),
      client.down({ signal }),
      client.start('web', { signal }),
      client.stop('web', { signal }),
      client.restart('web', { signal }),
      client.kill('web', { signal }),
      client.signal('web', 'SIGHUP', { signal }),
      client.send('web', 'x', { signal }),
      client.ps({ signal }),
      client.status('web', { signal }),
      client.history({ signal }),
      client.runs({ signal }),
      client.run('web', { signal }),
      client.flushLogs({ signal }),
      client.reopenLogs({ signal }),
      client.daemon({ signal }),
      client.startDaemon({ signal }),
      client.restartDaemon({ signal }),
      client.stopDaemon({ signal }),
      client.logs({ signal }).next(),
      client.events({ signal }).next(),
    ];
    for (const refusal of await Promise.all(calls.map(refusalOf))) expect(refusal).toBe(reason);
    expect(world.running()).toEqual([]);
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });

  it('ends what waits for an answer; the connection is closed', async () => {
    let gone = 0;
    let asked = 0;
    const hangs = (_: unknown, stream: { readonly signal: AbortSignal }): Promise<void> =>
      new Promise((resolve) => {
        asked += 1;
        stream.signal.addEventListener('abort', () => {
          gone += 1;
          resolve();
        });
      });
    const never = (): Promise<never> => {
      asked += 1;
      return new Promise(() => undefined);
    };
    await serve({
      'GET /v1/ps': never,
      'POST /v1/kill': never,
      'POST /v1/up': hangs,
      'POST /v1/stop': hangs,
      'GET /v1/logs': hangs,
      'GET /v1/events': hangs,
    });
    const client = world.client();
    const { signal, abort } = controllerOf();
    const calls = [
      client.ps({ signal }),
      client.kill('web', { signal }),
      client.up(quiet, { signal }),
      client.stop('web', { signal }),
      client.logs({ follow: true, signal }).next(),
      client.events({ signal }).next(),
    ].map(refusalOf);
    await until('all questions to be there', () => asked === 6);
    abort();
    for (const refusal of await Promise.all(calls)) expect(refusal).toBe(reason);
    await until('all connections to be closed', () => gone === 4);
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });

  /** The calls that start a daemon, and one that never gets its configuration; each as what it rejects with. */
  const starts = (env: TestHome['env'], signal: AbortSignal, onAsked: () => void = () => undefined): Promise<readonly unknown[]> => {
    const client = world.client({ startDaemon: true, env });
    const forever = (): Promise<typeof quiet> => {
      onAsked();
      return new Promise(() => undefined);
    };
    return Promise.all([client.up(quiet, { signal }), client.up(forever, { signal }), client.startDaemon({ signal })].map(refusalOf));
  };
  /** What was begun may go on: it ends as everything does. */
  const untilOver = async (): Promise<void> => {
    const client = world.client();
    await until('no start is under way', async () => (await client.startDaemon()).pid > 0);
    await client.stopDaemon();
    await until('nothing is left', () => world.running().length === 0);
  };

  it('ends the start of a daemon and the loading of a configuration as they begin', async () => {
    const { signal, abort } = controllerOf();
    const calls = starts(world.home.env, signal);
    abort();
    for (const refusal of await calls) expect(refusal).toBe(reason);
    await untilOver();
  });

  it('ends them while the configuration is waited for', async () => {
    const { signal, abort } = controllerOf();
    for (const refusal of await starts(world.home.env, signal, abort)) expect(refusal).toBe(reason);
    await untilOver();
  });

  it.runIf(process.platform === 'linux')('ends them while the keeper is just starting', async () => {
    const { signal, abort } = controllerOf();
    const tools = world.home.path('tools');
    mkdirSync(tools);
    // The first that a keeper does is to take its lock, by this program.
    writeFileSync(`${tools}/flock`, `#!/bin/sh\n: > ${tools}/called\nexec sleep 1000\n`, { mode: 0o755 });
    const calls = starts({ ...world.home.env, PATH: `${tools}:${world.home.env['PATH']}` }, signal);
    await until('a keeper hangs', () => existsSync(`${tools}/called`));
    abort();
    for (const refusal of await calls) expect(refusal).toBe(reason);
    await until('they have given up', () => {
      for (const { pid } of processesWith(world.home.home)) process.kill(pid, 'SIGKILL');
      return world.running().length === 0;
    });
    await untilOver();
  });

  it('ends the waiting for a stop; the stop itself goes on, and a second request overtakes it', async () => {
    const client = world.client({ startDaemon: true });
    await client.up(stubborn);
    const { signal, abort } = controllerOf();
    let states: readonly string[] = [];
    const stopping = refusalOf(
      client.stop('web', {
        signal,
        onProgress: ({ waitingFor }) => {
          states = waitingFor.map(({ path, state }) => `${path} ${state}`);
          abort();
        },
      }),
    );
    expect(await stopping).toBe(reason);
    expect(states).toEqual(['web stopping']);
    expect(await client.status('web')).toMatchObject({ state: 'stopping', desired: 'stopped' });
    expect(await client.down({ graceMs: 0 })).toMatchObject({ failures: [] });
  });

  it('is not needed to hold a host of calls', async () => {
    const thrown = new Error('not shown');
    const client = world.client({ startDaemon: true });
    await client.up(stubborn);
    const throws = (): never => {
      throw thrown;
    };
    expect(await refusalOf(client.stop('web', { onProgress: throws }))).toBe(thrown);
    await client.down({ graceMs: 0 });
  });
});

describe('a time limit', () => {
  it('ends a call that nobody answers, and says of up whom it waits for', async () => {
    await serve({ 'GET /v1/ps': () => new Promise(() => undefined) });
    expect(await refusalOf(world.client().ps({ timeoutMs: 30 }))).toMatchObject({
      code: 'TIMEOUT',
      message: 'not done after 30 ms; it goes on',
    });
    await server?.close(0);
    server = undefined;
    const client = world.client({ startDaemon: true });
    await client.up(stubborn);
    const other = { services: { web: { command: sh('exec sleep 1000') } } };
    expect(await refusalOf(client.up(other, { timeoutMs: 200 }))).toMatchObject({
      code: 'TIMEOUT',
      message: expect.stringContaining('web') as unknown,
    });
    expect(await refusalOf(client.stop('web', { timeoutMs: 50 }))).toMatchObject({ code: 'TIMEOUT' });
    await client.down({ graceMs: 0, timeoutMs: Number.POSITIVE_INFINITY });
  });
});

describe('a reader', () => {
  it('that leaves closes the connection: out of the loop, by return() while a line is waited for, before the first', async () => {
    let open = 0;
    await serve({
      'GET /v1/logs': async (_, stream) => {
        open += 1;
        stream.write(line('one'));
        await new Promise<void>((resolve) => stream.signal.addEventListener('abort', () => resolve()));
        open -= 1;
      },
    });
    const client = world.client();
    for await (const { text } of client.logs({ follow: true })) {
      expect([text, open]).toEqual(['one', 1]);
      break;
    }
    await until('it is closed', () => open === 0);
    const lines = client.logs({ follow: true });
    expect(await lines.next()).toMatchObject({ value: { text: 'one' } });
    const pending = lines.next();
    expect(await lines.return()).toEqual({ done: true, value: undefined });
    expect(await pending).toEqual({ done: true, value: undefined });
    expect(await lines.next()).toEqual({ done: true, value: undefined });
    await until('it is closed', () => open === 0);
    const unread = client.logs({ follow: true });
    await unread.return();
    expect([await unread.next(), open]).toEqual([{ done: true, value: undefined }, 0]);
    await expect(
      (async () => {
        for await (const { text } of client.logs({ follow: true })) throw new Error(text);
      })(),
    ).rejects.toThrow('one');
    await until('it is closed', () => open === 0);
  });

  it('that is slow holds back who writes: nothing piles up here', async () => {
    let written = 0;
    const many = Array.from({ length: 100 }, () => line('x'.repeat(1_000)));
    await serve({
      'GET /v1/logs': async (_, stream) => {
        while (!stream.signal.aborted) {
          for (const one of many) if (!stream.write(one)) await stream.drained();
          written += many.length;
        }
      },
    });
    const lines = world.client().logs({ follow: true });
    let read = 0;
    await lines.next();
    // Nobody reads: what is written stands still once the pipe is full. Both ends are in this process, so only its turns can change that.
    await until('the writer is held', async () => {
      const before = written;
      for (let turn = 0; turn < 200; turn += 1) await new Promise((resolve) => setImmediate(resolve));
      return before === written;
    });
    const held = written;
    expect(held).toBeLessThan(5_000);
    for (; read < 3 * held; read += 1) await lines.next();
    expect(written).toBeGreaterThan(held);
    await lines.return();
  });

  it('that is slower than a flood is told how much it has missed, and gets the rest in order', async () => {
    const client = world.client({ startDaemon: true });
    await client.up({
      services: {
        loud: { command: sh('exec seq 1 1000000000'), logs: { max_size: '64kb', keep: 2, compress: false } },
      },
    });
    const newest = async (): Promise<number> => {
      for await (const { text } of client.logs({ lines: 1 })) return Number(text);
      return 0;
    };
    let last = 0;
    let hasMissed = false;
    for await (const { text } of client.logs({ follow: true, lines: 1 })) {
      hasMissed = text.startsWith('portsup: ');
      if (hasMissed) break;
      // More than fits into all that lies between, while nobody reads.
      if (last === 0) {
        await until('it to have printed', async () => (await newest()) > Number(text) + 100_000);
        await client.signal('loud', 'SIGSTOP');
      }
      expect(Number(text)).toBeGreaterThan(last);
      last = Number(text);
    }
    expect(hasMissed).toBe(true);
    await client.down({ graceMs: 0 });
  });
});

describe('another version', () => {
  it('of the daemon works, and its refusals say so', async () => {
    await serve(
      {
        'GET /v1/daemon': () => Promise.resolve({ pid: 1, version: '7.0.0', later: true } as never),
        'GET /v1/status': () => Promise.reject(new PortsupError('NOT_FOUND', 'no service "web"', 'look elsewhere')),
      },
      '7.0.0',
    );
    const client = world.client();
    expect(await client.daemon()).toMatchObject({ version: '7.0.0', later: true });
    const refusal = await refusalOf(client.status('web'));
    expect(refusal).toBeInstanceOf(library.PortsupError);
    expect(refusal).toMatchObject({
      code: 'NOT_FOUND',
      message: 'no service "web"',
      hint: expect.stringMatching(/^look elsewhere; the daemon is portsup 7\.0\.0, this library /) as unknown,
    });
  });
});

/** A signal that aborts with the reason of these tests. */
function controllerOf(): { readonly signal: AbortSignal; readonly abort: () => void } {
  const controller = new AbortController();
  return { signal: controller.signal, abort: () => controller.abort(reason) };
}
