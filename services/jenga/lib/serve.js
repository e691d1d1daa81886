// @ts-check
/** A small HTTP server: POST /METHOD with a JSON list of arguments, GET for probes. */
import { createServer } from 'node:http';
import process from 'node:process';

/** @typedef {(...args: any[]) => any} Method */

/**
 * Listens on 127.0.0.1, and ends with its standard input.
 *
 * @param {number} port
 * @param {{ readonly methods: Readonly<Record<string, Method>>, readonly probes: Readonly<Record<string, () => boolean>> }} what
 */
export function serve(port, { methods, probes }) {
  const server = createServer((request, response) => {
    const name = request.url?.slice(1) ?? '';
    const [method, probe] = [methods, probes].map((known) => (Object.hasOwn(known, name) ? known[name] : undefined));
    if (request.method === 'GET' && probe) response.writeHead(probe() ? 200 : 503).end();
    else if (request.method === 'POST' && method) void answer(method, request, response);
    else response.writeHead(404).end(`there is no "${name}" here`);
  });
  server.listen(port, '127.0.0.1', () => process.stdout.write(`listening on port ${port}\n`));
  process.stdin.on('end', () => process.exit(0)).resume();
}

/**
 * Never rejects: what fails is the answer.
 *
 * @param {Method} method
 * @param {import('node:http').IncomingMessage} request
 * @param {import('node:http').ServerResponse} response
 */
async function answer(method, request, response) {
  try {
    const value = await method(...JSON.parse(await bodyOf(request)));
    response.end(JSON.stringify(value ?? null));
  } catch (error) {
    response.writeHead(500).end(error instanceof Error ? error.message : String(error));
  }
}

/**
 * @param {import('node:http').IncomingMessage} request
 * @returns {Promise<string>}
 */
async function bodyOf(request) {
  let body = '';
  for await (const part of request.setEncoding('utf8')) body += part;
  return body;
}
