/** The routes as values: what the type `Api` says, for the two ends of the socket at run time. Pure. */
import type { InputOf, ReplyRoute, RouteName, StreamRoute } from './contract.js';

type Answers = { readonly [R in ReplyRoute]: 'reply' } & { readonly [R in StreamRoute]: 'stream' };

/** How each route answers: with one JSON value, or with NDJSON. Its keys are all routes there are. */
export const routes: Answers = {
  'GET /v1/daemon': 'reply',
  'POST /v1/daemon/stop': 'stream',
  'POST /v1/daemon/restart': 'reply',
  'GET /v1/ps': 'reply',
  'GET /v1/status': 'reply',
  'GET /v1/history': 'reply',
  'GET /v1/runs': 'reply',
  'GET /v1/run': 'reply',
  'GET /v1/logs': 'stream',
  'POST /v1/logs/flush': 'reply',
  'POST /v1/logs/reopen': 'reply',
  'GET /v1/events': 'stream',
  'GET /v1/alarms': 'reply',
  'POST /v1/alarms/set': 'reply',
  'POST /v1/alarms/clear': 'reply',
  'POST /v1/up': 'stream',
  'POST /v1/run': 'stream',
  'POST /v1/remove': 'stream',
  'POST /v1/down': 'stream',
  'POST /v1/start': 'stream',
  'POST /v1/stop': 'stream',
  'POST /v1/restart': 'stream',
  'GET /v1/whereis': 'reply',
  'GET /v1/wait': 'stream',
  'GET /v1/monitor': 'stream',
  'GET /v1/explain': 'reply',
  'POST /v1/breaker': 'stream',
  'POST /v1/kill': 'reply',
  'POST /v1/signal': 'reply',
  'POST /v1/send': 'reply',
  'POST /v1/call': 'reply',
};

/** Routes that are asked with a query. */
export type QueryRoute = Extract<RouteName, `GET ${string}`>;

/** Is this a route of the control socket? */
export const isRoute = (text: string): text is RouteName => Object.hasOwn(routes, text);
/** Is this route asked with a query? */
export const isQueryRoute = (route: RouteName): route is QueryRoute => route.startsWith('GET ');
/** Does this route answer with NDJSON? */
export const isStreamRoute = (route: RouteName): route is StreamRoute => routes[route] === 'stream';

/** Methods under which a path is known, for the `Allow` header of a 405; empty: no such path. */
export const methodsOf = (path: string): readonly string[] => ['GET', 'POST'].filter((method) => isRoute(`${method} ${path}`));

/** A route's query as a query string without "?": arrays as repeated parameters, what is undefined left out. */
export function encodeQuery<R extends QueryRoute>(input: InputOf<R>): string {
  const parts: string[] = [];
  for (const [name, value] of Object.entries(input as Readonly<Record<string, unknown>>)) {
    for (const one of Array.isArray(value) ? value : [value]) {
      if (one !== undefined) parts.push(`${name}=${encodeURIComponent(String(one))}`);
    }
  }
  return parts.join('&');
}
