/** From a request to the input of its route: finds the route, reads and checks the body or the query. */
import type { IncomingMessage } from 'node:http';
import { messageOf, PortsupError } from '../base/errors.js';
import { bodies } from './bodies.js';
import type { RouteName } from './contract.js';
import { decodeQuery } from './queries.js';
import { isQueryRoute, isRoute, methodsOf } from './routes.js';

/** The largest body that is read: a configuration with 1000 services is about half a megabyte. */
const MAX_BODY_BYTES = 16 * 1024 * 1024;

/** A request that no error code of portsup fits exactly; `status` is HTTP's own word for it. */
export class HttpRefusal extends Error {
  override readonly name = 'HttpRefusal';
  readonly status: number;
  readonly reason: PortsupError;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, reason: PortsupError, headers: Readonly<Record<string, string>> = {}) {
    super(reason.message);
    this.status = status;
    this.reason = reason;
    this.headers = headers;
  }
}

/**
 * The route that a request names.
 *
 * @throws {@link HttpRefusal} 404 for an unknown path, 405 (with `Allow`) for a known path under another method.
 */
export function routeOf(request: IncomingMessage): RouteName {
  const path = pathOf(request);
  const route = `${request.method} ${path}`;
  if (isRoute(route)) return route;
  const methods = methodsOf(path);
  if (methods.length === 0)
    throw new HttpRefusal(404, new PortsupError('NOT_FOUND', `no such path: ${path}`, 'GET /v1/ps lists what runs'));
  throw new HttpRefusal(405, new PortsupError('USAGE', `${path} does not answer to ${request.method}`, `use ${methods.join(' or ')}`), {
    allow: methods.join(', '),
  });
}

/**
 * The checked input of a route.
 *
 * @throws {@link PortsupError} `USAGE` when it is not JSON or not what the route takes.
 * @throws {@link HttpRefusal} 413 when the body is over {@link MAX_BODY_BYTES}.
 */
export async function inputOf(route: RouteName, request: IncomingMessage): Promise<unknown> {
  if (isQueryRoute(route)) return decodeQuery(route, (request.url ?? '').split('?')[1] ?? '');
  const checked = bodies[route].safeParse(parseJson(await readBody(request)));
  if (checked.success) return checked.data;
  const [issue] = checked.error.issues;
  const place = issue?.path.map(String).join('.') || 'the body';
  throw new PortsupError(
    'USAGE',
    `${place} of ${route} is not valid: ${issue?.message ?? 'unknown reason'}`,
    'see control/contract.ts for what it takes',
  );
}

const pathOf = (request: IncomingMessage): string => (request.url ?? '/').split('?')[0] ?? '/';

async function readBody(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    bytes += part.length;
    if (bytes <= MAX_BODY_BYTES) parts.push(part);
    // The rest is still read, within reason: a Unix socket closed with unread bytes takes our answer away from the client.
    else if (bytes > 4 * MAX_BODY_BYTES) break;
  }
  if (bytes > MAX_BODY_BYTES) throw tooLarge();
  return Buffer.concat(parts).toString('utf8');
}

const tooLarge = (): HttpRefusal =>
  new HttpRefusal(413, new PortsupError('USAGE', `the body is larger than ${MAX_BODY_BYTES} bytes`, 'send less'), { connection: 'close' });

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text === '' ? '{}' : text);
  } catch (error) {
    throw new PortsupError('USAGE', `the body is not JSON: ${messageOf(error)}`, 'send one JSON object', { cause: error });
  }
}
