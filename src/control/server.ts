/**
 * The daemon's end of the control socket: node:http over a Unix socket. Plain node:http, because a framework
 * built on the global Request and Response costs 7 MB and 18 ms. When nobody asks, nothing here wakes up:
 * every periodic check of node:http is off, and no `Date` header keeps a clock going.
 */
import { chmodSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Millis } from '../base/clock.js';
import { ERRORS, messageOf, PortsupError } from '../base/errors.js';
import { writeStderr } from '../base/stderr.js';
import { systemClock } from '../base/system-clock.js';
import { ALARMS_HEADER, CONDITIONS_HEADER, encodeConditions } from './conditions-header.js';
import type { Api, ConditionRow, InputOf, ReplyRoute, RouteName, StreamRoute } from './contract.js';
import { HttpRefusal, inputOf, routeOf } from './incoming.js';
import { isQueryRoute, isStreamRoute } from './routes.js';
import { type LineStream, type OpenStream, openStream } from './streams.js';

/** What answers each route; `gone` aborts when nobody waits for the answer any more. What it throws becomes the error answer. */
export type Handlers = {
  readonly [R in ReplyRoute]: (input: InputOf<R>, gone: AbortSignal) => Promise<Api[R]['reply']>;
} & {
  readonly [R in StreamRoute]: (input: InputOf<R>, stream: LineStream<Api[R]['line']>) => Promise<void>;
};

export interface ServerOptions {
  /** Path of the Unix socket; its folder exists and is 0700. Whatever lies there is removed: the caller holds the home's lock. */
  readonly socket: string;
  readonly handlers: Handlers;
  /** Sent with each answer as the header `portsup-version`. */
  readonly version: string;
  /** Sent with each value as the header `portsup-conditions`, where there are some. Default: none. */
  readonly conditions?: (() => readonly ConditionRow[]) | undefined;
  /** How many other alarms are set; sent with each value as the header `portsup-alarms`, unless there are none. Default: none. */
  readonly alarms?: (() => number) | undefined;
  /** A caller could not be let in (EMFILE); the next one may be. Default: nobody is told. */
  readonly onTrouble?: ((error: Error) => void) | undefined;
}

/** A listening control socket. */
export interface ControlServer {
  /**
   * Stops listening and removes the socket. Subscriptions (logs, events) are cut off, plainly not at their end; other answers under way may end,
   * for at most `graceMs` (default 1000); then what is left is cut off. Resolves when no connection is left.
   */
  close(graceMs?: Millis): Promise<void>;
}

/**
 * Listens on the control socket (0600).
 *
 * @throws {@link PortsupError} `FAILED` when the system does not let us listen there.
 */
export async function startServer(options: ServerOptions): Promise<ControlServer> {
  const subscriptions = new Set<OpenStream<unknown>>();
  const underWay = new Set<ServerResponse>();
  // The longest interval there is: node:http would otherwise look at its connections every 30 s.
  const server = createServer({ connectionsCheckingInterval: 2 ** 31 - 1, requestTimeout: 0, headersTimeout: 0, keepAliveTimeout: 1_000 });
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    response.sendDate = false;
    response.setHeader('portsup-version', options.version);
    underWay.add(response);
    response.once('close', () => underWay.delete(response));
    // Never rejects: whatever goes wrong becomes an answer.
    void answer(request, response, { options, subscriptions });
  });
  await listen(server, options.socket);
  // Without a listener it would end the process.
  server.on('error', (error) => {
    options.onTrouble?.(error);
  });
  return {
    close: async (graceMs = 1_000) => {
      removeSocket(options.socket);
      for (const subscription of subscriptions) subscription.abort();
      await answered(underWay, graceMs);
      await close(server);
    },
  };
}

/**
 * Resolves when these answers have gone out, or when the grace is over. node:http's own close takes a connection for idle as soon
 * as its answer has been written, and cuts off what of it is still on its way.
 */
function answered(underWay: ReadonlySet<ServerResponse>, graceMs: Millis): Promise<void> {
  if (underWay.size === 0) return Promise.resolve();
  return new Promise((resolve) => {
    const cancel = systemClock.after(graceMs, resolve);
    for (const response of underWay) {
      response.once('close', () => {
        if (underWay.size > 0) return;
        cancel();
        resolve();
      });
    }
  });
}

function listen(server: Server, socket: string): Promise<void> {
  rmSync(socket, { force: true });
  return new Promise((resolve, reject) => {
    server.once('error', (error) => {
      reject(
        new PortsupError('FAILED', `cannot listen on ${socket}: ${error.message}`, 'check the folder, or set PORTSUP_HOME to another one', {
          cause: error,
        }),
      );
    });
    server.listen(socket, () => {
      chmodSync(socket, 0o600);
      resolve();
    });
  });
}

/** One that cannot be removed (EROFS, EACCES) is a socket on which nobody listens: that ends nobody. */
function removeSocket(socket: string): void {
  try {
    rmSync(socket, { force: true });
  } catch (error) {
    writeStderr(`cannot remove ${socket}: ${messageOf(error)}`);
  }
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => {
      resolve();
    });
    server.closeAllConnections();
  });
}

interface Answering {
  readonly options: Pick<ServerOptions, 'handlers' | 'conditions' | 'alarms'>;
  readonly subscriptions: Set<OpenStream<unknown>>;
}

async function answer(request: IncomingMessage, response: ServerResponse, context: Answering): Promise<void> {
  // A client that goes away in the middle of its request or of our answer is no error of ours.
  request.on('error', () => undefined);
  response.on('error', () => undefined);
  try {
    const route = routeOf(request);
    const input = await inputOf(route, request);
    if (isStreamRoute(route)) await answerStream(route, input, { response, context });
    else {
      const reply = await handlerOf(context.options.handlers, route)(input, goneOf(response));
      const conditions = context.options.conditions?.() ?? [];
      if (conditions.length > 0) response.setHeader(CONDITIONS_HEADER, encodeConditions(conditions));
      const alarms = context.options.alarms?.() ?? 0;
      if (alarms > 0) response.setHeader(ALARMS_HEADER, String(alarms));
      sendJson(response, 200, reply);
    }
  } catch (error) {
    if (!request.readableAborted) sendError(response, error);
  }
}

/** Aborts when the response is over, answered or not. */
function goneOf(response: ServerResponse): AbortSignal {
  const gone = new AbortController();
  if (response.destroyed) gone.abort();
  response.once('close', () => {
    gone.abort();
  });
  return gone.signal;
}

async function answerStream(
  route: StreamRoute,
  input: unknown,
  to: { readonly response: ServerResponse; readonly context: Answering },
): Promise<void> {
  const stream = openStream<unknown>(to.response);
  const { subscriptions } = to.context;
  if (isQueryRoute(route)) subscriptions.add(stream);
  try {
    await handlerOf(to.context.options.handlers, route)(input, stream);
    stream.open();
    // Who is cut off because this daemon ends has not been told everything: without its last chunk the answer is plainly not whole.
    if (stream.signal.aborted) to.response.socket?.end();
    else to.response.end();
  } catch (error) {
    if (isQueryRoute(route) || !to.response.headersSent) throw error;
    // An action that has told of its progress still ends with one line: the error takes the place of the result.
    const { code, message, hint } = refusalOf(error).reason;
    stream.write({ type: 'error', error: { code, message, hint } });
    to.response.end();
  } finally {
    subscriptions.delete(stream);
  }
}

// TypeScript cannot follow that `input` was checked for this very `route`; `inputOf` guarantees it.
const handlerOf = (handlers: Handlers, route: RouteName): ((input: unknown, to: LineStream<unknown> | AbortSignal) => Promise<unknown>) =>
  handlers[route] as (input: unknown, to: LineStream<unknown> | AbortSignal) => Promise<unknown>;

/** An error before the answer began is the answer; later it can only be seen in that the answer is cut off. */
function sendError(response: ServerResponse, error: unknown): void {
  const { status, reason, headers } = refusalOf(error);
  if (response.headersSent) {
    writeStderr(`an answer broke off: ${reason.message}`);
    // Not destroy(), which would take back the lines that were written; without its last chunk the answer is plainly not whole.
    response.socket?.end();
    return;
  }
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  sendJson(response, status, { error: { code: reason.code, message: reason.message, hint: reason.hint } });
}

function refusalOf(error: unknown): HttpRefusal {
  if (error instanceof HttpRefusal) return error;
  if (error instanceof PortsupError) return new HttpRefusal(ERRORS[error.code].status, error);
  // A bug: the person who asked gets one line, the daemon's log gets the stack.
  writeStderr(error instanceof Error ? (error.stack ?? error.message) : String(error));
  return new HttpRefusal(500, new PortsupError('FAILED', `the daemon failed: ${messageOf(error)}`, 'see "portsup daemon logs"'));
}

function sendJson(response: ServerResponse, status: number, value: unknown): void {
  const body = Buffer.from(`${JSON.stringify(value)}\n`);
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': body.length });
  response.end(body);
}
