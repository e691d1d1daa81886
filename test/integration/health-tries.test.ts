/** One try of a probe against real servers, well-behaved and not. */
import { createServer as createHttpServer, type RequestListener } from 'node:http';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/base/system-clock.js';
import type { Answer, HttpProbe } from '../../src/health/answer.js';
import { Matcher } from '../../src/health/matcher.js';
import { statusIn } from '../../src/health/status-line.js';
import { tryProbe } from '../../src/health/try.js';
import { until } from '../helpers/until.js';

let matcher: Matcher;
let servers: Server[];
let sockets: Set<Socket>;

beforeEach(() => {
  matcher = new Matcher(systemClock);
  servers = [];
  sockets = new Set();
});

afterEach(async () => {
  matcher.close();
  for (const socket of sockets) socket.destroy();
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
});

const never = new AbortController().signal;
const tries = () => ({ clock: systemClock, exec: () => Promise.resolve({ ok: true } as const), matches: matcher.matches });

async function listen(server: Server, host: string): Promise<number> {
  servers.push(server);
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket)).on('error', () => undefined);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, host, resolve);
  });
  return (server.address() as AddressInfo).port;
}

const serve = (listener: RequestListener, host = '127.0.0.1'): Promise<number> => listen(createHttpServer(listener), host);
const serveRaw = (onSocket: (socket: Socket) => void): Promise<number> =>
  listen(
    createServer((socket) => {
      // Who does not read never hears of the end.
      onSocket(socket.resume());
    }),
    '127.0.0.1',
  );

const ask = (port: number, fields: Partial<HttpProbe> = {}): Promise<Answer> =>
  tryProbe({ by: 'http', url: `http://127.0.0.1:${port}/live?x=1`, statuses: null, body: null, tryMs: 5_000, ...fields }, tries(), never);
const noSocketLeft = (): Promise<boolean> => until('no connection is left', () => sockets.size === 0);
const no = (text: string): Answer => ({ ok: false, text });

describe('an http probe', () => {
  it('takes any 2xx for well, asks for the whole path, and keeps no connection', async () => {
    const asked: string[] = [];
    const port = await serve((request, response) => {
      asked.push(`${request.method} ${request.url} ${request.headers.connection}`);
      response.writeHead(204).end();
    });
    expect(await ask(port)).toEqual({ ok: true });
    expect(asked).toEqual(['GET /live?x=1 close']);
    await noSocketLeft();
  });

  it.each([500, 302, 404])('takes %i for bad, and follows nothing', async (status) => {
    let count = 0;
    const port = await serve((_request, response) => {
      count += 1;
      response.writeHead(status, { location: '/elsewhere' }).end('moved');
    });
    expect(await ask(port)).toEqual(no(`HTTP ${status}`));
    expect(count).toBe(1);
  });

  it('takes the statuses that are named, and only those', async () => {
    const port = await serve((_request, response) => void response.writeHead(401).end());
    expect(await ask(port, { statuses: [200, 401] })).toEqual({ ok: true });
    expect(await ask(port, { statuses: [200] })).toEqual(no('HTTP 401'));
  });

  it('compares the body with a regular expression', async () => {
    const port = await serve((_request, response) => void response.end('{"status": "ok", "n": 12}'));
    expect(await ask(port, { body: '"status":\\s*"ok"' })).toEqual({ ok: true });
    expect(await ask(port, { body: 'ok' })).toEqual({ ok: true });
    expect(await ask(port, { body: '"n": \\D' })).toEqual(no('body does not match /"n": \\D/'));
  });

  it('says that the expression takes too long on a body', async () => {
    const port = await serve((_request, response) => void response.end(`${'a'.repeat(60)}b`));
    const text = 'body cannot be compared with /^(a+)+$/: the expression takes too long; make it simpler';
    expect(await ask(port, { body: '^(a+)+$' })).toEqual({ ...no(text), isOurs: true });
  });

  it('looks at 64 KB of a body that does not end', async () => {
    const port = await serve((_request, response) => {
      const more = (): void => {
        if (!response.destroyed) response.write('x'.repeat(16_384), more);
      };
      response.write('begin ');
      more();
    });
    expect(await ask(port, { body: '^begin x+$' })).toEqual({ ok: true });
    expect(await ask(port, { body: 'end' })).toEqual(no('body does not match /end/'));
    await noSocketLeft();
  });

  it('is not held by a body that drips', async () => {
    const port = await serve((_request, response) => {
      const drip = setInterval(() => response.write('.'), 20);
      response.on('close', () => clearInterval(drip));
    });
    const begun = performance.now();
    expect(await ask(port, { body: 'ok', tryMs: 300 })).toEqual(no('HTTP 200, but its body did not end within 300ms'));
    expect(performance.now() - begun).toBeLessThan(2_000);
    await noSocketLeft();
    expect(await ask(port)).toEqual({ ok: true });
  });

  it('is not held by headers that drip, nor by who says nothing', async () => {
    const dripping = await serveRaw((socket) => {
      socket.write('HTTP/1.1 200 OK\r\n');
      const drip = setInterval(() => socket.write('a: b\r\n'), 20);
      socket.on('close', () => clearInterval(drip));
    });
    expect(await ask(dripping, { tryMs: 300 })).toEqual(no('no answer within 300ms'));
    const silent = await serveRaw(() => undefined);
    expect(await ask(silent, { tryMs: 300 })).toEqual(no('no answer within 300ms'));
    await noSocketLeft();
  });

  it('tells a refused, a reset and a torn connection, and what is no HTTP', async () => {
    const gone = await listen(createServer(), '127.0.0.1');
    await new Promise((resolve) => servers.pop()?.close(resolve));
    expect(await ask(gone)).toEqual(no(`connection refused (127.0.0.1:${gone})`));
    const reset = await serveRaw((socket) => socket.resetAndDestroy());
    expect(await ask(reset)).toEqual(no(`connection closed without an answer (127.0.0.1:${reset})`));
    const torn = await serve((_request, response) => {
      response.writeHead(200, { 'content-length': 100 }).write('half', () => response.socket?.resetAndDestroy());
    });
    expect(await ask(torn, { body: 'whole' })).toEqual(no(`connection closed without an answer (127.0.0.1:${torn})`));
    const strange = await serveRaw((socket) => socket.end('220 mail.example ESMTP\r\n'));
    expect(await ask(strange)).toEqual(no(`no HTTP answer (127.0.0.1:${strange})`));
    expect(await ask(strange, { body: 'x' })).toEqual(no(`no HTTP answer (127.0.0.1:${strange})`));
    const short = await serveRaw((socket) => socket.end('HTTP/1.1 200 OK\r\n'));
    expect(await ask(short)).toEqual(no(`connection closed without an answer (127.0.0.1:${short})`));
  });

  it('finds "localhost" by IPv4 and by IPv6, and never tells a password', async () => {
    const ok: RequestListener = (_request, response) => void response.end();
    const [four, six] = [await serve(ok, '127.0.0.1'), await serve(ok, '::1')];
    for (const port of [four, six]) expect(await ask(port, { url: `http://localhost:${port}/` })).toEqual({ ok: true });
    expect(await ask(six, { url: `http://[::1]:${six}/` })).toEqual({ ok: true });
    expect(await ask(six, { url: 'http://me:secret@127.0.0.1:1/' })).toEqual(no('connection refused (127.0.0.1:1)'));
  });

  it('tells a host that there is not', async () => {
    const answer = await ask(0, { url: 'http://nowhere.invalid/' });
    expect(answer).toMatchObject({ ok: false, text: expect.stringContaining('(nowhere.invalid)') as string });
  });

  it('is given up when nobody wants to know, and nothing of it is left', async () => {
    const port = await serveRaw(() => undefined);
    const over = new AbortController();
    const answer = tryProbe(
      { by: 'http', url: `http://127.0.0.1:${port}/`, statuses: null, body: null, tryMs: 60_000 },
      tries(),
      over.signal,
    );
    await until('it is connected', () => sockets.size === 1);
    over.abort();
    expect(await answer).toEqual(no('no answer'));
    await noSocketLeft();
  });
});

describe('the beginning of an answer', () => {
  it.each([
    ['', 'more'],
    ['HTT', 'more'],
    ['HTTP/1.1 2', 'more'],
    ['HTTP/1.1 200 OK\r\na: b\r\n', 'more'],
    ['HTTP/1.1 200 OK\r\na: b\r\n\r\nbody', 200],
    ['HTTP/1.0 503\r\n\r\n', 503],
    ['HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\n', 'more'],
    ['HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 404 Not Found\r\n\r\n', 404],
    ['HTTP/2 200\r\n\r\n', 'none'],
    ['SSH-2.0-OpenSSH', 'none'],
    ['HTTP/1.1 2000 x', 'none'],
    [`HTTP/1.1 200 OK\r\na: ${'b'.repeat(70_000)}`, 'none'],
  ])('%j is %s', (head, status) => {
    expect(statusIn(head)).toBe(status);
  });

  it.each([
    ['me:p%40ss', 'me:p@ss'],
    ['me:50%', 'me:50%'],
    ['m%C3%BC', 'mü:'],
  ])('is asked for with the name and password of its URL: %s', async (written, meant) => {
    let given: string | undefined;
    const port = await serve((request, response) => {
      given = `${request.headers.authorization} ${request.headers.host}`;
      response.end('hello');
    });
    for (const body of [null, 'hel+o']) {
      expect(await ask(port, { url: `http://${written}@localhost:${port}`, body })).toEqual({ ok: true });
      expect(given).toBe(`Basic ${Buffer.from(meant).toString('base64')} localhost:${port}`);
    }
    await until('no connection is left', () => sockets.size === 0);
  });
});

describe('a tcp probe', () => {
  const connect = (port: number, host = 'localhost', tryMs = 5_000): Promise<Answer> =>
    tryProbe({ by: 'tcp', host, port, tryMs }, tries(), never);

  it('takes whoever listens for well, on IPv4 and IPv6, and closes the connection', async () => {
    const four = await serveRaw(() => undefined);
    const six = await listen(
      createServer((socket) => socket.resume()),
      '::1',
    );
    expect([await connect(four), await connect(six), await connect(six, '::1')]).toEqual([{ ok: true }, { ok: true }, { ok: true }]);
    await noSocketLeft();
  });

  it('tells a refused connection with whom it was', async () => {
    expect(await connect(1)).toEqual(no('connection refused (localhost:1)'));
    expect(await connect(1, '::1')).toEqual(no('connection refused ([::1]:1)'));
  });
});

describe('a command that asks', () => {
  it('is given up in time', async () => {
    const exec = (_probe: unknown, signal: AbortSignal): Promise<Answer> =>
      new Promise((resolve) => {
        signal.addEventListener('abort', () => resolve(no('no answer')));
      });
    const answer = tryProbe({ by: 'exec', command: ['true'], tryMs: 100 }, { ...tries(), exec }, never);
    expect(await answer).toEqual(no('no answer within 100ms'));
  });
});

describe('the matcher', () => {
  it('ends an expression that takes for ever, and goes on with the others', async () => {
    const [slow, after] = [matcher.matches('^(a+)+$', `${'a'.repeat(60)}b`), matcher.matches('^b+$', 'bbb')];
    await expect(slow).rejects.toThrow('takes too long');
    expect(await after).toBe(true);
    expect(await matcher.matches('^c+$', 'bbb')).toBe(false);
  });

  it('takes what is no expression for an error of whoever asks', async () => {
    await expect(matcher.matches('(', 'a')).rejects.toThrow('Invalid regular expression');
    expect(await matcher.matches('^a', 'ab')).toBe(true);
  });
});
