import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { callXml, exampleIn, freePorts, hasIpv6, post } from '../helpers/example.js';
import { temporaryHome } from '../helpers/home.js';

const hasPython = spawnSync('python3', ['--version']).status === 0;
const home = temporaryHome();
const example = exampleIn(home);
let env: Awaited<ReturnType<typeof freePorts>>;
let a: string;
let b: string;

beforeAll(async () => {
  env = await freePorts();
  a = `http://localhost:${env.SERVICE_A_PORT}`;
  b = `http://localhost:${env.SERVICE_B_PORT}`;
  await Promise.all([example.startListening('service_a', env), example.startListening('service_b', env)]);
});
afterAll(() => home.dispose());

it.each([
  ['add', 2, 3, 5],
  ['subtract', 2, 3, -1],
  ['multiply', 2, 3, 6],
  ['divide', 7, 2, 3],
  ['divide', -7, 2, -4],
  ['divide', 7, -2, -4],
  ['divide', -7, -2, 3],
  ['divide', -8, 2, -4],
  ['add', 2_147_483_647, -2_147_483_648, -1],
])('service_a: %s(%i, %i) is %i', async (method, x, y, result) => {
  expect(await post(a, callXml(method, x, y))).toContain(`<value><int>${result}</int></value>`);
});

it.each([
  ['division by zero', callXml('divide', 1, 0), 'ZeroDivisionError: division by zero'],
  ['a result beyond 32 bit', callXml('add', 2_147_483_647, 1), 'int exceeds XML-RPC limits'],
  ['a parameter beyond 32 bit', callXml('add', 2_147_483_648, 1), 'int exceeds XML-RPC limits'],
  ['an unknown method', callXml('power', 2, 3), 'method "power" is not supported'],
  ['introspection', callXml('system.listMethods'), 'method "system.listMethods" is not supported'],
  ['too few parameters', callXml('add', 1), 'add takes two numbers'],
  ['a string for a number', callXml('add', 1, 2).replace('<int>2</int>', '2'), 'add takes two numbers'],
  ['nil', callXml('add', 1, 2).replace('<int>2</int>', '<nil/>'), 'values of type &lt;nil&gt; are not supported'],
  ['an int that is none', callXml('add', 1, 2).replace('<int>2', '<int>2x'), 'not a valid int: "2x"'],
  ['an escaped name', callXml('&lt;&#65;&amp;<![CDATA[<b>]]>é'), 'method "&lt;A&amp;&lt;b&gt;é" is not supported'],
  ['text that is no XML', 'hello', 'malformed XML'],
  ['XML that is cut off', '<methodCall><methodName>add</methodName>', 'malformed XML'],
  ['XML that is no call', '<html/>', 'expected a methodCall, found &lt;html&gt;'],
  ['a document type', '<!DOCTYPE x><methodCall/>', 'malformed XML at character 0'],
  ['endless nesting', '<value>'.repeat(100_000), 'XML nested too deeply'],
  ['another encoding', '<?xml version="1.0" encoding="UTF-16"?><methodCall/>', 'encoding UTF-16 is not supported; send UTF-8'],
])('service_a answers %s with fault 1 and stays up', async (_what, body, message) => {
  const answer = await post(a, body);
  expect(answer).toContain('<name>faultCode</name><value><int>1</int></value>');
  expect(answer).toContain(message);
});

describe('over HTTP, the services', () => {
  it('answer what is not a call by its status', async () => {
    expect((await fetch(a)).status).toBe(405);
    expect((await fetch(`${a}/elsewhere`, { method: 'POST', body: callXml('add', 1, 2) })).status).toBe(404);
    expect((await fetch(a, { method: 'POST', body: 'x'.repeat(5_000_000) })).status).toBe(413);
  });

  it.each(['127.0.0.1', ...(hasIpv6 ? ['[::1]'] : [])])('are reached at %s', async (host) => {
    expect(await post(a.replace('localhost', host), callXml('add', 1, 2))).toContain('<int>3</int>');
  });

  it('answer 100 calls at once', async () => {
    const numbers = Array.from({ length: 50 }, (_, i) => i);
    const answers = await Promise.all([
      ...numbers.map((i) => post(a, callXml('add', i, 2))),
      ...numbers.map((i) => post(b, callXml('crunch', i, 2))),
    ]);
    const results = answers.map((answer) => Number(/<int>(-?\d+)</.exec(answer)?.[1]));
    expect(results).toEqual([...numbers.map((i) => i + 2), ...numbers.map((i) => i + 1)]);
  });

  it.skipIf(!hasPython)('agree with the xmlrpc.client of Python', async () => {
    const { stdout, stderr } = await example.run('python3', ['-c', PYTHON, a, b]);
    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toEqual({
      integers: [5, -1, 6, -4],
      double: 3.5,
      crunch: [11, 1, 10, 20, 4950, -4],
      multicall: [3, 12],
      mixed: [
        [3],
        { faultCode: 1, faultString: 'ZeroDivisionError: division by zero' },
        { faultCode: 1, faultString: 'int exceeds XML-RPC limits' },
        { faultCode: 1, faultString: 'method "<é😀&]]>" is not supported' },
        [6],
      ],
      fault: [1, 'method "system.listMethods" is not supported'],
    });
  });
});

describe('the client', () => {
  it.each([
    [5, 4, 11],
    [-5, 4, 1],
    [10, 1, 10],
    [0, 100, 4950],
  ])('prints crunch(%i, %i), which is %i', async (m, n, result) => {
    expect(await example.client(env, String(m), String(n))).toEqual({ code: 0, stdout: `${result}\n`, stderr: '' });
  });

  it.each([
    ['too few arguments', ['5'], /^usage: client M N/],
    ['too many arguments', ['5', '4', '3'], /^usage: client M N/],
    ['something that is no integer', ['5', '4.5'], /^client: "4\.5" is not an integer; usage: client M N/],
    ['an integer that is too large', ['9999999999', '1'], /int exceeds XML-RPC limits/],
    ['a fault', ['2147483647', '3'], /^client: crunch\(2147483647, 3\) failed with fault 1: int exceeds XML-RPC limits/],
  ])('says in one line what is wrong with %s, and exits 1', async (_what, words, message) => {
    const { code, stdout, stderr } = await example.client(env, ...words);
    expect({ code, stdout, lines: stderr.trimEnd().split('\n').length }).toEqual({ code: 1, stdout: '', lines: 1 });
    expect(stderr).toMatch(message);
  });

  it('says that nobody listens, and how to change that', async () => {
    const { code, stderr } = await example.client(await freePorts(), '5', '4');
    expect(code).toBe(1);
    expect(stderr).toMatch(/^client: nobody listens at .*\(connection refused\); start service_b with "npx portsup up"\n$/);
  });

  it('tells a foreign server from service_b', async () => {
    const ports = await freePorts();
    const server = createServer((socket) => socket.end('HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n'));
    await once(server.listen(Number(ports.SERVICE_B_PORT), '127.0.0.1'), 'listening');
    const { code, stderr } = await example.client(ports, '5', '4');
    server.close();
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining('HTTP status 404; is that service_b?') });
  });
});

describe('when a service dies', () => {
  it('during a crunch whose second argument is below 1, the client says so', async () => {
    const ports = await freePorts();
    const service = await example.startListening('service_b', ports);
    const { code, stdout, stderr } = await example.client(ports, '5', '0');
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/^client: service_b ended during the call crunch\(5, 0\).*"npx portsup history service_b".*\n$/);
    expect({ ended: await service.ended, stderr: service.stderr() }).toEqual({ ended: 1, stderr: 'm must be positive\n' });
  });

  it('service_b survives the loss of service_a, and works again when it is back', async () => {
    const ports = await freePorts();
    const service = await example.startListening('service_b', ports);
    const refused = { code: 1, stdout: '', stderr: expect.stringMatching(/fault 1: .*Connection refused/) };
    expect(await example.client(ports, '5', '4')).toEqual(refused);
    const lost = await example.startListening('service_a', ports);
    expect((await example.client(ports, '5', '4')).stdout).toBe('11\n');
    lost.child.kill('SIGKILL');
    await lost.ended;
    expect(await example.client(ports, '5', '4')).toEqual(refused);
    await example.startListening('service_a', ports);
    expect((await example.client(ports, '5', '4')).stdout).toBe('11\n');
    expect(service.stderr()).toBe('');
  });
});

const PYTHON = `
import json, sys, xmlrpc.client
a, b = (xmlrpc.client.ServerProxy(url) for url in sys.argv[1:])
def fault_of(method):
    try:
        method()
    except xmlrpc.client.Fault as fault:
        return [fault.faultCode, fault.faultString]
calls = xmlrpc.client.MultiCall(a)
calls.add(1, 2)
calls.multiply(3, 4)
mixed = [('add', [1, 2]), ('divide', [1, 0]), ('add', [2147483647, 1]), ('<\\u00e9\\U0001f600&]]>', []), ('add', [2, 4])]
print(json.dumps({
    'integers': [a.add(2, 3), a.subtract(2, 3), a.multiply(2, 3), a.divide(-7, 2)],
    'double': a.add(2.5, 1),
    'crunch': [b.crunch(n, m) for n, m in [(5, 4), (-5, 4), (10, 1), (10, 5), (0, 100), (-7, 3)]],
    'multicall': list(calls()),
    'mixed': a.system.multicall([{'methodName': name, 'params': params} for name, params in mixed]),
    'fault': fault_of(a.system.listMethods),
}))
`;
