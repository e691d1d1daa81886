/**
 * The caller's end of the control socket. It speaks HTTP over node:net itself: node:http would cost a command line 5 ms.
 * One connection a request (`Connection: close`), so nothing is left open when the answer has come.
 */
import { lstatSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { ERRORS, type ErrorCode, errnoOf, messageOf, PortsupError, type WireError } from '../base/errors.js';
import { ALARMS_HEADER, CONDITIONS_HEADER, decodeAlarms, decodeConditions } from './conditions-header.js';
import type { Api, ConditionRow, InputOf, ReplyRoute, RouteName, StreamRoute } from './contract.js';
import { type AnswerHead, readAnswer } from './http-answer.js';
import { splitLines } from './line-splitter.js';
import { encodeQuery, isQueryRoute, type QueryRoute } from './routes.js';

export interface CallOptions {
  /** Ends the call: `request` throws `INTERRUPTED`, `stream` just ends. */
  readonly signal?: AbortSignal | undefined;
  /** Told the daemon's version when its answer begins. */
  readonly onVersion?: ((version: string) => void) | undefined;
  /** Told when a good answer begins, before anything of it has come. */
  readonly onOpen?: (() => void) | undefined;
  /** Told what is wrong with the daemon's surroundings, when an answer with one value begins and something is. */
  readonly onConditions?: ((conditions: readonly ConditionRow[]) => void) | undefined;
  /** Told how many other alarms are set, when an answer with one value begins and some are. */
  readonly onAlarms?: ((count: number) => void) | undefined;
  /** What nobody can know when the daemon ends before it has answered, such as "whether web has done it". Default, where something is to be done: "whether it has been done". */
  readonly unknown?: string | undefined;
}

/** What a caller hands over: the socket's path, the route, and its query or body. */
export interface Call<R extends RouteName> extends CallOptions {
  readonly socket: string;
  readonly route: R;
  readonly input: InputOf<R>;
}

/** What to do when no daemon is running, on a command line. */
export const START_HINT = 'start it with "portsup up"';

/**
 * Asks a route that answers with one value.
 *
 * @throws {@link PortsupError} `DAEMON_NOT_RUNNING` when nobody listens, `NOT_PERMITTED` when the socket is not ours,
 * `DAEMON_UNREACHABLE` when the answer breaks off, `INTERRUPTED` when `signal` aborts, and whatever the daemon answers.
 */
export async function request<R extends ReplyRoute>(call: Call<R>): Promise<Api[R]['reply']> {
  const parts: Buffer[] = [];
  for await (const part of exchange(call)) parts.push(part);
  if (call.signal?.aborted) throw new PortsupError('INTERRUPTED', 'interrupted', '');
  return parseJson(Buffer.concat(parts).toString('utf8')) as Api[R]['reply'];
}

/**
 * Asks a route that answers with lines; they are given out as soon as they have come, those that came together at once. Leaving the loop closes
 * the connection.
 *
 * @throws {@link PortsupError} as {@link request}, except that an abort just ends the lines.
 */
export async function* stream<R extends StreamRoute>(call: Call<R>): AsyncGenerator<readonly Api[R]['line'][], void, void> {
  const lines = splitLines();
  for await (const part of exchange(call)) {
    const whole = lines.push(part);
    if (whole.length > 0) yield whole.map((line) => parseJson(line) as Api[R]['line']);
  }
}

/** Does a daemon listen on this socket? Throws `NOT_PERMITTED` when the socket is not ours. */
export async function isListening(socket: string): Promise<boolean> {
  try {
    const connection = await open(socket, undefined);
    connection.destroy();
    return true;
  } catch (error) {
    if (error instanceof PortsupError && error.code === 'DAEMON_NOT_RUNNING') return false;
    throw error;
  }
}

/** Sends the request and gives out the parts of a good answer's body; anything else is thrown. */
async function* exchange<R extends RouteName>(call: Call<R>): AsyncGenerator<Buffer, void, void> {
  if (call.signal?.aborted) return;
  const connection = await open(call.socket, call.signal);
  const answer = readAnswer();
  const refusal: Buffer[] = [];
  let told = false;
  try {
    connection.write(requestText(call));
    for await (const bytes of partsOf(connection)) {
      const parts = answer.push(bytes);
      const head = answer.head();
      if (head && !told) tell(call, head);
      told ||= head !== undefined;
      if (head?.status === 200) yield* parts;
      else refusal.push(...parts);
      if (answer.isComplete(false)) break;
    }
  } catch (error) {
    if (call.signal?.aborted) return;
    throw error instanceof PortsupError ? error : brokenOff(call, error);
  } finally {
    connection.destroy();
  }
  if (call.signal?.aborted) return;
  if (!answer.isComplete(true)) throw brokenOff(call, undefined);
  if (answer.head()?.status !== 200) throw errorOf(Buffer.concat(refusal).toString('utf8'));
}

/** What comes over a connection, part by part; none is taken before it is asked for. Node's own iterator of streams takes 4 ms to load. */
async function* partsOf(connection: Socket): AsyncGenerator<Buffer, void, void> {
  const waiting: Buffer[] = [];
  let end: { readonly error: Error | undefined } | undefined;
  let wake = (): void => undefined;
  const finish = (error?: Error): void => {
    end ??= { error };
    wake();
  };
  connection.on('data', (bytes) => {
    waiting.push(bytes);
    connection.pause();
    wake();
  });
  connection.on('end', () => finish()).on('close', () => finish());
  connection.on('error', finish);
  for (;;) {
    const bytes = waiting.shift();
    if (bytes) {
      // Only who waits for an answer is kept running by it, not who has taken some lines and forgot about the rest.
      connection.unref();
      yield bytes;
      connection.ref().resume();
    } else if (end) {
      if (end.error) throw end.error;
      return;
    } else {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  }
}

function tell(call: CallOptions, head: AnswerHead): void {
  const version = head.headers.get('portsup-version');
  if (version !== undefined) call.onVersion?.(version);
  if (head.status === 200) call.onOpen?.();
  const conditions = decodeConditions(head.headers.get(CONDITIONS_HEADER));
  if (conditions.length > 0) call.onConditions?.(conditions);
  const alarms = decodeAlarms(head.headers.get(ALARMS_HEADER));
  if (alarms > 0) call.onAlarms?.(alarms);
}

function requestText<R extends RouteName>(call: Call<R>): string {
  const { route } = call;
  if (isQueryRoute(route)) {
    const query = encodeQuery(call.input as InputOf<QueryRoute>);
    return `${route}${query === '' ? '' : `?${query}`} HTTP/1.1\r\nHost: portsup\r\nConnection: close\r\n\r\n`;
  }
  const body = JSON.stringify(call.input);
  const length = Buffer.byteLength(body);
  return `${route} HTTP/1.1\r\nHost: portsup\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: ${length}\r\n\r\n${body}`;
}

/** Connects. The socket must belong to us: whoever owns it sees our environment and answers in the daemon's name. */
function open(socket: string, signal: AbortSignal | undefined): Promise<Socket> {
  try {
    const owner = lstatSync(socket).uid;
    if (owner !== process.getuid?.()) return Promise.reject(notOurs(socket, owner));
  } catch (error) {
    return Promise.reject(connectError(socket, error));
  }
  return new Promise((resolve, reject) => {
    const connection = connect(socket);
    const abort = (): void => {
      connection.destroy();
      reject(new PortsupError('INTERRUPTED', 'interrupted', ''));
    };
    signal?.addEventListener('abort', abort, { once: true });
    connection.once('close', () => signal?.removeEventListener('abort', abort));
    connection.on('error', (error) => {
      reject(connectError(socket, error));
    });
    connection.once('connect', () => {
      resolve(connection);
    });
  });
}

function connectError(socket: string, error: unknown): PortsupError {
  const errno = errnoOf(error);
  // ECONNRESET: it was closed before it took us, so it has heard nothing.
  const nobody = errno === 'ENOENT' || errno === 'ECONNREFUSED' || errno === 'ENOTDIR' || errno === 'ECONNRESET';
  if (nobody) return new PortsupError('DAEMON_NOT_RUNNING', 'no daemon is running', START_HINT, { cause: error });
  if (errno === 'EACCES' || errno === 'EPERM') {
    return new PortsupError(
      'NOT_PERMITTED',
      `no permission to use ${socket}`,
      'ask its owner, or set PORTSUP_HOME to a folder of your own',
      { cause: error },
    );
  }
  return new PortsupError('DAEMON_UNREACHABLE', `cannot connect to ${socket}: ${messageOf(error)}`, 'see "portsup daemon logs"', {
    cause: error,
  });
}

const notOurs = (socket: string, owner: number): PortsupError =>
  new PortsupError(
    'NOT_PERMITTED',
    `${socket} belongs to user ${owner}, not to you`,
    `set PORTSUP_HOME to a folder of your own, or ask user ${owner}`,
  );

function brokenOff({ route, unknown = 'whether it has been done' }: Call<RouteName>, cause: unknown): PortsupError {
  if (route.startsWith('GET '))
    return new PortsupError(
      'DAEMON_UNREACHABLE',
      'the daemon closed the connection in the middle of its answer',
      'see "portsup daemon logs"',
      {
        cause,
      },
    );
  const message = `portsup's daemon ended during the call; ${unknown} is not known`;
  return new PortsupError('DAEMON_UNREACHABLE', message, 'ask again if that is harmless; "portsup daemon logs" may tell more', { cause });
}

/** An error answer as the error it was before it travelled. */
function errorOf(body: string): PortsupError {
  const { error } = parseJson(body) as { readonly error?: Partial<WireError> };
  const code: ErrorCode = error?.code !== undefined && Object.hasOwn(ERRORS, error.code) ? error.code : 'FAILED';
  return new PortsupError(code, error?.message ?? 'the daemon refused without a reason', error?.hint ?? '');
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new PortsupError('DAEMON_UNREACHABLE', `the daemon's answer is not JSON: ${messageOf(error)}`, 'see "portsup daemon logs"', {
      cause: error,
    });
  }
}
