import { once } from 'node:events';
import { mkdirSync, statSync, writeFileSync } from 'node:fs';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { connect, createServer } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, describe, expect, it } from 'vitest';
import { PortsupError } from '../../src/base/errors.js';
import { isListening, request, stream } from '../../src/control/client.js';
import type { LogLine } from '../../src/control/contract.js';
import { type ControlServer, type Handlers, startServer } from '../../src/control/server.js';
import { fakeHandlers } from '../helpers/fake-daemon.js';
import { temporaryHome } from '../helpers/home.js';
import { serviceRow } from '../helpers/rows.js';
import { until } from '../helpers/until.js';

const ends: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

interface Rig {
  readonly socket: string;
  readonly server: ControlServer;
}

async function serve(handlers: Partial<Handlers>): Promise<Rig> {
  const home = temporaryHome();
  ends.push(() => home.dispose());
  const socket = home.path('control.sock');
  const server = await startServer({ socket, handlers: fakeHandlers(handlers), version: '9.9.9' });
  ends.push(() => server.close(0));
  return { socket, server };
}

interface Raw {
  readonly method?: string;
  readonly body?: string | Buffer;
}

/** What a foreign HTTP client sees. */
async function raw(
  socket: string,
  path: string,
  { method = 'GET', body }: Raw = {},
): Promise<{ readonly status: number | undefined; readonly headers: object; readonly body: string }> {
  const sent = httpRequest({ socketPath: socket, path, method, agent: false });
  // After a body of megabytes Node's own client still writes an empty piece when the answer has already come and the connection gone.
  sent.on('error', () => undefined);
  sent.end(body);
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  return { status: response.statusCode, headers: response.headers, body: await text(response) };
}

const line = (index: number, content: string): LogLine => ({
  at: new Date(0).toISOString(),
  app: 'x',
  path: 'a',
  run: index,
  stream: 'out',
  text: content,
});
const logs = { names: [], follow: true, previous: false, ignoreCase: false, invert: false } as const;

describe('the control socket', () => {
  it('answers a request with its value and its version', async () => {
    const rows = [serviceRow('ü/"a"')];
    const { socket } = await serve({ 'GET /v1/ps': () => Promise.resolve(rows) });
    const versions: string[] = [];
    const query = { names: [], all: false, usage: false };
    expect(await request({ socket, route: 'GET /v1/ps', input: query, onVersion: (version) => versions.push(version) })).toEqual(rows);
    expect(versions).toEqual(['9.9.9']);
  });

  it('is for its owner only', async () => {
    const { socket } = await serve({});
    expect(statSync(socket).mode & 0o777).toBe(0o600);
  });

  it('hands over queries and bodies as they were sent', async () => {
    const seen: unknown[] = [];
    const { socket } = await serve({
      'GET /v1/history': (input) => {
        seen.push(input);
        return Promise.resolve([]);
      },
      'POST /v1/send': (input) => {
        seen.push(input);
        return Promise.resolve([]);
      },
    });
    await request({ socket, route: 'GET /v1/history', input: { names: ['a b', 'c&d'], lines: 3, here: '/x/portsup.yaml' } });
    await request({ socket, route: 'POST /v1/send', input: { names: ['a'], text: 'line\n"ü"' } });
    expect(seen).toEqual([
      { names: ['a b', 'c&d'], lines: 3, here: '/x/portsup.yaml' },
      { names: ['a'], text: 'line\n"ü"' },
    ]);
  });

  it('brings errors over as they were, and bugs as FAILED', async () => {
    const { socket } = await serve({
      'GET /v1/status': () => Promise.reject(new PortsupError('NOT_FOUND', 'no "x"', 'nearest: "y"')),
      'GET /v1/daemon': () => Promise.reject(new TypeError('oops')),
    });
    await expect(request({ socket, route: 'GET /v1/status', input: { name: 'x' } })).rejects.toMatchObject({
      code: 'NOT_FOUND',
      message: 'no "x"',
      hint: 'nearest: "y"',
    });
    await expect(request({ socket, route: 'GET /v1/daemon', input: {} })).rejects.toMatchObject({
      code: 'FAILED',
      message: 'the daemon failed: oops',
    });
  });

  it('refuses unknown paths, wrong methods, wrong JSON, wrong bodies and too much', async () => {
    const { socket } = await serve({});
    expect(await raw(socket, '/v1/nothing')).toMatchObject({ status: 404, headers: { 'portsup-version': '9.9.9' } });
    expect(await raw(socket, '/v1/ps', { method: 'POST' })).toMatchObject({ status: 405, headers: { allow: 'GET' } });
    expect(await raw(socket, '/v1/kill', { method: 'POST', body: '{' })).toMatchObject({ status: 400 });
    const wrong = await raw(socket, '/v1/kill', { method: 'POST', body: '{"names":[1],"signal":"SIGKILL"}' });
    expect(wrong.status).toBe(400);
    expect(JSON.parse(wrong.body)).toMatchObject({
      error: { code: 'USAGE', message: expect.stringContaining('names.0 of POST /v1/kill') as unknown },
    });
    expect(await raw(socket, '/v1/ps?all=maybe')).toMatchObject({ status: 400 });
    expect(await raw(socket, '/v1/kill', { method: 'POST', body: Buffer.alloc(17 * 1024 * 1024, ' ') })).toMatchObject({ status: 413 });
  });

  it('streams each line as soon as it is written', async () => {
    const steps = [line(1, 'erste'), line(2, '日本語'), line(3, 'x'.repeat(200_000))];
    let release = (): void => undefined;
    const { socket } = await serve({
      'GET /v1/logs': async (_, out) => {
        for (const step of steps) {
          out.write(step);
          await new Promise<void>((resolve) => {
            release = resolve;
          });
        }
      },
    });
    const seen: LogLine[] = [];
    for await (const one of stream({ socket, route: 'GET /v1/logs', input: logs })) {
      seen.push(...one);
      release();
    }
    expect(seen).toEqual(steps);
  });

  it('answers with a plain error when a stream fails before its first line, and breaks off when it fails later', async () => {
    const { socket } = await serve({
      'GET /v1/events': () => Promise.reject(new PortsupError('NOT_FOUND', 'no such application', '')),
      'GET /v1/logs': (_, out) => {
        out.write(line(1, 'first'));
        return Promise.reject(new PortsupError('FAILED', 'disk gone', ''));
      },
    });
    await expect(stream({ socket, route: 'GET /v1/events', input: { all: false } }).next()).rejects.toMatchObject({ code: 'NOT_FOUND' });
    const lines = stream({ socket, route: 'GET /v1/logs', input: logs });
    expect((await lines.next()).value).toMatchObject([{ text: 'first' }]);
    await expect(lines.next()).rejects.toMatchObject({ code: 'DAEMON_UNREACHABLE' });
  });

  it('tells a handler that its client has gone, and one that does not read to wait', async () => {
    let gone: AbortSignal | undefined;
    let waited = 0;
    const { socket } = await serve({
      'GET /v1/logs': async (_, out) => {
        gone = out.signal;
        while (!out.signal.aborted) {
          if (out.write(line(1, 'x'.repeat(10_000)))) continue;
          waited += 1;
          await out.drained();
        }
      },
    });
    const deaf = connect(socket);
    deaf.write('GET /v1/logs?follow=true HTTP/1.1\r\nHost: x\r\n\r\n');
    await until('the handler waits for its reader', () => waited > 0);
    expect(gone?.aborted).toBe(false);
    deaf.destroy();
    await until('the handler knows', () => gone?.aborted);
  });

  it('ends a stream when the caller leaves the loop or aborts', async () => {
    const open = new Set<AbortSignal>();
    const { socket } = await serve({
      'GET /v1/logs': async (_, out) => {
        open.add(out.signal);
        out.write(line(1, 'x'));
        await once(out.signal, 'abort');
        open.delete(out.signal);
      },
    });
    for await (const _ of stream({ socket, route: 'GET /v1/logs', input: logs })) break;
    await until('the first is gone', () => open.size === 0);
    const abort = new AbortController();
    for await (const _ of stream({ socket, route: 'GET /v1/logs', input: logs, signal: abort.signal })) abort.abort();
    await until('the second is gone', () => open.size === 0);
  });

  it('closes: subscriptions are cut off, an action under way may say its result, the socket is gone', async () => {
    let finish = (): void => undefined;
    const { socket, server } = await serve({
      'GET /v1/events': async (_, out) => {
        out.open();
        await once(out.signal, 'abort');
      },
      'POST /v1/down': async (_, out) => {
        out.write({ type: 'progress', done: 0, total: 1, waitingFor: [] });
        await new Promise<void>((resolve) => {
          finish = resolve;
        });
        out.write({ type: 'result', app: 'x', rows: [], changes: [], failures: [], ends: [] });
      },
    });
    // Not ended: whoever follows is to ask the next daemon.
    const events = expect(stream({ socket, route: 'GET /v1/events', input: { all: true } }).next()).rejects.toMatchObject({
      code: 'DAEMON_UNREACHABLE',
    });
    const action = stream({ socket, route: 'POST /v1/down', input: { all: false } });
    await action.next();
    const closed = server.close();
    finish();
    expect((await action.next()).value).toMatchObject([{ type: 'result' }]);
    expect(await action.next()).toMatchObject({ done: true });
    await events;
    await closed;
    expect(await isListening(socket)).toBe(false);
  });

  it('closes only when a large answer that has been given is out, too', async () => {
    const cause = 'x'.repeat(4 * 1024 * 1024);
    const failures = [{ path: 'web', cause, lastLines: [] }];
    const { socket, server } = await serve({
      'POST /v1/down': (_, out) => {
        out.write({ type: 'result', app: 'x', rows: [], changes: [], failures, ends: [] });
        setImmediate(() => void server.close());
        return Promise.resolve();
      },
    });
    const lines: unknown[] = [];
    for await (const one of stream({ socket, route: 'POST /v1/down', input: { all: false } })) lines.push(...one);
    expect(lines).toEqual([{ type: 'result', app: 'x', rows: [], changes: [], failures, ends: [] }]);
  });

  it('takes the place of a socket that a dead daemon left behind', async () => {
    const home = temporaryHome();
    ends.push(() => home.dispose());
    const socket = home.path('control.sock');
    writeFileSync(socket, '');
    const server = await startServer({ socket, handlers: fakeHandlers({}), version: '1' });
    ends.push(() => server.close(0));
    expect(await isListening(socket)).toBe(true);
  });
});

describe('the caller', () => {
  it('says that no daemon runs: no folder, no socket, or nobody behind it', async () => {
    const home = temporaryHome();
    ends.push(() => home.dispose());
    mkdirSync(home.path('run'));
    writeFileSync(home.path('stale'), '');
    for (const socket of [home.path('no', 'where'), home.path('run', 'none'), home.path('stale')]) {
      await expect(request({ socket, route: 'GET /v1/daemon', input: {} })).rejects.toMatchObject({
        code: 'DAEMON_NOT_RUNNING',
        hint: 'start it with "portsup up"',
      });
    }
  });

  it('says that no daemon runs when it is just closing its socket, and has not heard of us', async () => {
    const home = temporaryHome();
    ends.push(() => home.dispose());
    const socket = home.path('closing.sock');
    const server = createServer().listen(socket);
    await once(server, 'listening');
    // Connected by the kernel within the call; closed before the server's turn to accept comes.
    const calls = [request({ socket, route: 'GET /v1/daemon', input: {} }), isListening(socket)] as const;
    server.close();
    await expect(calls[0]).rejects.toMatchObject({ code: 'DAEMON_NOT_RUNNING' });
    expect(await calls[1]).toBe(false);
  });

  it('says that an answer broke off, and what is no answer at all', async () => {
    const home = temporaryHome();
    ends.push(() => home.dispose());
    const answers = ['HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n[1', 'hello\r\n\r\n', ''];
    for (const [index, answer] of answers.entries()) {
      const socket = home.path(`${index}.sock`);
      const server = createServer((connection) => connection.end(answer));
      await new Promise<void>((resolve) => {
        server.listen(socket, resolve);
      });
      await expect(request({ socket, route: 'GET /v1/daemon', input: {} })).rejects.toMatchObject({ code: 'DAEMON_UNREACHABLE' });
      server.close();
    }
  });
});
