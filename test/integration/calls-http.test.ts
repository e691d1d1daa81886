import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTcpServer, type Server, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { type Json, MAX_ANSWER_BYTES } from '../../src/calls/answer.js';
import { callOverHttp, type HttpTarget } from '../../src/calls/http-call.js';
import { freePorts } from '../helpers/example.js';
import { until } from '../helpers/until.js';

const servers: Server[] = [];
const sockets = new Set<Socket>();
afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  await Promise.all(servers.splice(0).map((server) => new Promise((resolve) => server.close(resolve))));
});

/** Listens on a port of its own; gives its address. */
async function listening(server: Server): Promise<string> {
  servers.push(server);
  server.on('connection', (socket) => sockets.add(socket.on('close', () => sockets.delete(socket))));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
}

/** A server that answers each request in the same way. */
const answering = (answer: (request: IncomingMessage, response: ServerResponse, body: string) => void): Promise<string> =>
  listening(
    createServer((request, response) => {
      let body = '';
      request
        .setEncoding('utf8')
        .on('data', (part: string) => {
          body += part;
        })
        .on('end', () => answer(request, response, body));
    }),
  );

/** A server that does with each connection what no server of HTTP should do. */
const misbehaving = (act: (socket: Socket) => void): Promise<string> =>
  listening(createTcpServer((socket) => socket.on('error', () => undefined).once('data', () => act(socket))));

const call = (
  target: HttpTarget,
  args: readonly Json[] = [],
  { method = 'm', signal = new AbortController().signal }: { readonly method?: string; readonly signal?: AbortSignal } = {},
) => callOverHttp(target, { method, args }, signal);

const value11 = '<?xml version="1.0"?><methodResponse><params><param><value><int>11</int></value></param></params></methodResponse>';

describe('a call by XML-RPC', () => {
  it('sends its arguments and gives the value', async () => {
    let heard = '';
    let type: string | undefined;
    const url = await answering((request, response, body) => {
      heard = body;
      type = request.headers['content-type'];
      response.end(value11);
    });
    expect(await call({ by: 'xmlrpc', url }, [5, 4], { method: 'crunch' })).toEqual({ kind: 'value', value: 11 });
    expect(heard).toContain('<methodName>crunch</methodName>');
    expect(type).toBe('text/xml');
  });

  it('takes the encoding that the answer names', async () => {
    const latin = value11.replace('<int>11</int>', 'Jäger').replace('?>', ' encoding="ISO-8859-1"?>');
    const url = await answering((_request, response) => response.end(Buffer.from(latin, 'latin1')));
    expect(await call({ by: 'xmlrpc', url })).toEqual({ kind: 'value', value: 'Jäger' });
  });

  it.each([
    ['what is no XML', 'hello', 'its answer cannot be read: malformed XML: not one whole root element'],
    ['what is no UTF-8', Buffer.from([0xc3, 0x28]), 'its answer cannot be read: it is not valid UTF-8'],
    ['nothing', '', 'its answer cannot be read: malformed XML'],
  ])('understands that %s is no answer', async (_what, body, message) => {
    const url = await answering((_request, response) => response.end(body));
    expect(await call({ by: 'xmlrpc', url })).toMatchObject({
      kind: 'error',
      reason: 'unreadable',
      message: expect.stringContaining(message) as string,
    });
  });

  it('gives a status that is not good, with what is said about it', async () => {
    const url = await answering((_request, response) => {
      response.writeHead(404).end('no such\npage');
    });
    expect(await call({ by: 'xmlrpc', url })).toEqual({
      kind: 'error',
      reason: 'status',
      message: 'HTTP 404 Not Found: no such page',
      code: 404,
      data: 'no such\npage',
    });
  });
});

describe('a call by JSON-RPC', () => {
  const echoing = (reply: (id: unknown, params: unknown) => unknown, status = 200) =>
    answering((_request, response, body) => {
      const { id, params } = JSON.parse(body) as { readonly id: unknown; readonly params: unknown };
      response.writeHead(status).end(JSON.stringify(reply(id, params)));
    });

  it('gives the result', async () => {
    const url = await echoing((id, params) => ({ jsonrpc: '2.0', id, result: params }));
    expect(await call({ by: 'jsonrpc', url }, [{ a: [1, 'b', null] }])).toEqual({ kind: 'value', value: [{ a: [1, 'b', null] }] });
  });

  it('gives the error, also where its status is one of its own', async () => {
    const url = await echoing((id) => ({ jsonrpc: '2.0', id, error: { code: -32_602, message: 'Invalid params' } }), 400);
    expect(await call({ by: 'jsonrpc', url })).toMatchObject({ reason: 'fault', code: -32_602, message: 'Invalid params' });
  });

  it('takes the answer to another call for none', async () => {
    const url = await echoing(() => ({ jsonrpc: '2.0', id: 1, result: 5 }));
    expect(await call({ by: 'jsonrpc', url })).toMatchObject({
      reason: 'unreadable',
      message: expect.stringContaining('expected a response of JSON-RPC') as string,
    });
  });
});

describe('a call by plain HTTP', () => {
  it.each([
    ['me:p%40ss', 'me:p@ss'],
    ['me:50%', 'me:50%'],
  ])('is made with the name and password of the address: %s', async (written, meant) => {
    const url = await answering((request, response) => response.end(JSON.stringify(request.headers.authorization)));
    const value = `Basic ${Buffer.from(meant).toString('base64')}`;
    expect(await call({ by: 'http', url: url.replace('//', `//${written}@`) })).toEqual({ kind: 'value', value });
  });

  it('posts the list of arguments below the address, and gives the body', async () => {
    let heard: unknown;
    const url = await answering((request, response, body) => {
      heard = [request.method, request.url, body];
      response.end('{"name": "Ada"}');
    });
    expect(await call({ by: 'http', url: `${url}/api/?v=1` }, [7, 'a b'], { method: 'user/re name' })).toEqual({
      kind: 'value',
      value: { name: 'Ada' },
    });
    expect(heard).toEqual(['POST', '/api/user/re%20name?v=1', '[7,"a b"]']);
  });

  it.each([
    ['text', 'hello\n', 'hello\n'],
    ['nothing', '', null],
    ['a number', '5', 5],
  ])('gives %s', async (_what, body, value) => {
    const url = await answering((_request, response) => response.end(body));
    expect(await call({ by: 'http', url })).toEqual({ kind: 'value', value });
  });

  it('gives an error with its status and body, and follows no redirect', async () => {
    const url = await answering((_request, response) => {
      response.writeHead(302, { location: '/elsewhere' }).end('{"to": "elsewhere"}');
    });
    expect(await call({ by: 'http', url })).toMatchObject({ reason: 'status', code: 302, data: { to: 'elsewhere' } });
  });

  it.each(['', '../other', 'a//b'])('takes "%s" for no method', async (method) => {
    await expect(call({ by: 'http', url: 'http://127.0.0.1:1' }, [], { method })).rejects.toThrow('is no method');
  });
});

describe('a connection that fails is an answer:', () => {
  it('nobody listens', async () => {
    const { SERVICE_A_PORT: port } = await freePorts();
    for (const host of ['127.0.0.1', 'localhost']) {
      expect(await call({ by: 'xmlrpc', url: `http://${host}:${port}` })).toMatchObject({
        reason: 'connection',
        message: `connection refused (${host}:${port})`,
      });
    }
  });

  it.each([
    ['it is closed at once', '', 'connection closed without an answer'],
    ['it is closed in the middle of the head', 'HTTP/1.1 200 OK\r\ncontent-le', 'connection closed without an answer'],
    ['it is closed in the middle of the body', 'HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n<x>', 'connection closed without an answer'],
    ['it speaks something else', 'SSH-2.0-OpenSSH_9.6\r\n', 'does not speak HTTP'],
  ])('%s', async (_what, said, message) => {
    const url = await misbehaving((socket) => socket.end(said));
    const answer = await call({ by: 'xmlrpc', url });
    expect(answer).toMatchObject({ reason: 'connection', message: expect.stringContaining(message) as string });
  });

  it('it is reset', async () => {
    const url = await misbehaving((socket) => socket.resetAndDestroy());
    expect(await call({ by: 'http', url })).toMatchObject({ reason: 'connection' });
  });

  it('it wants to become something else', async () => {
    const url = await misbehaving((socket) => socket.end('HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n'));
    expect(await call({ by: 'http', url })).toMatchObject({ kind: 'error' });
  });
});

describe('an answer without an end', () => {
  it('is read up to its limit, and then the connection is closed', async () => {
    let isClosed = false;
    const url = await misbehaving((socket) => {
      socket.on('close', () => {
        isClosed = true;
      });
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      const more = Buffer.alloc(64 * 1024, 'x');
      const write = (): void => {
        while (!socket.destroyed && socket.write(more));
        if (!socket.destroyed) socket.once('drain', write);
      };
      write();
    });
    expect(await call({ by: 'http', url })).toMatchObject({
      reason: 'unreadable',
      message: `its answer is longer than ${MAX_ANSWER_BYTES} bytes`,
    });
    await until('the connection closed', () => isClosed);
  });

  it('is waited for until the call is given up, and then the connection is closed', async () => {
    let isAsked = false;
    let isClosed = false;
    const url = await answering((_request, response) => {
      isAsked = true;
      response.on('close', () => {
        isClosed = true;
      });
      response.write(' ');
    });
    const given = new AbortController();
    const answered = call({ by: 'http', url }, [], { signal: given.signal });
    await until('the call heard', () => isAsked);
    given.abort();
    expect(await answered).toMatchObject({ kind: 'error' });
    await until('the connection closed', () => isClosed);
  });

  it('is not even asked for by a call that was given up before', async () => {
    let isAsked = false;
    const url = await misbehaving(() => {
      isAsked = true;
    });
    expect(await call({ by: 'http', url }, [], { signal: AbortSignal.abort() })).toMatchObject({ kind: 'error' });
    expect(isAsked).toBe(false);
  });
});

it.each(['ftp://localhost', 'localhost:8000', ''])('"%s" is no address of a service', async (url) => {
  await expect(call({ by: 'xmlrpc', url })).rejects.toThrow('is no address');
});
