/** Actions: a stream of progress that ends with one result or one error. */
import { PortsupError } from '../base/errors.js';
import { stream } from '../control/client.js';
import type { ActionLine, Api, InputOf, StreamRoute } from '../control/contract.js';
import { type Caller, callOf } from './call.js';
import { isBack, noDaemon } from './keeper.js';
import { newToken } from './token.js';

/** Routes that do something and answer with the lines of an action. */
export type ActionRoute = { [R in StreamRoute]: Api[R]['line'] extends ActionLine ? R : never }[StreamRoute];
export type ResultLine = Extract<ActionLine, { readonly type: 'result' }>;
export type ProgressLine = Extract<ActionLine, { readonly type: 'progress' }>;

/** One action. */
export interface Action<R extends ActionRoute> {
  readonly route: R;
  readonly input: InputOf<R>;
  /** Is asking for it twice the same as asking once? So it is where the daemon goes by a token. */
  readonly isRepeatable: boolean;
  /** Where to see what came of it, when the daemon has ended during the call. */
  readonly laterHint: string;
  /** Ends the waiting; the action itself goes on. */
  readonly signal: AbortSignal;
  readonly onProgress: (line: ProgressLine) => void;
}

/**
 * Runs an action to its end. If the daemon dies or is replaced meanwhile, its successor is asked again, where asking twice is the same as asking once.
 *
 * @returns the result; undefined when `signal` has aborted.
 * @throws {@link PortsupError} the action's own error; what calling the daemon throws.
 */
export async function perform<R extends ActionRoute>(caller: Caller, action: Action<R>): Promise<ResultLine | undefined> {
  const asking = { ...action, input: onceOnly(action) };
  for (;;) {
    try {
      return await attempt(caller, asking);
    } catch (error) {
      await afterLoss(caller, asking, error);
    }
  }
}

/** What the daemon does only once for each token. */
const BY_TOKEN: ReadonlySet<ActionRoute> = new Set(['POST /v1/up', 'POST /v1/start', 'POST /v1/restart', 'POST /v1/breaker']);

const onceOnly = <R extends ActionRoute>({ route, input }: Action<R>): InputOf<R> =>
  BY_TOKEN.has(route) ? ({ ...(input as object), token: newToken() } as InputOf<R>) : input;

/** Asks once: whether somebody has heard it decides about asking again. */
async function attempt<R extends ActionRoute>(caller: Caller, action: Action<R>): Promise<ResultLine | undefined> {
  const { route, signal, input, onProgress } = action;
  const batches = stream(callOf(caller, { route, signal }, input)) as AsyncGenerator<readonly ActionLine[], void, void>;
  for await (const lines of batches) {
    for (const line of lines) {
      if (line.type === 'progress') onProgress(line);
      else if (line.type === 'error') throw new PortsupError(line.error.code, line.error.message, line.error.hint);
      else return line;
    }
  }
  if (signal.aborted) return undefined;
  throw new PortsupError('DAEMON_UNREACHABLE', 'the daemon ended before it said what came of it', 'see "portsup daemon logs"');
}

/** Returns if the action is to be tried again, or nobody waits for it any more; else throws what is to be said. */
async function afterLoss<R extends ActionRoute>({ layout }: Caller, action: Action<R>, error: unknown): Promise<void> {
  const code = error instanceof PortsupError ? error.code : undefined;
  const isMissing = code === 'DAEMON_NOT_RUNNING';
  if (!isMissing && code !== 'DAEMON_UNREACHABLE') throw error;
  const isThere = await isBack(layout, error, action.signal);
  // Asking again ends at once then.
  if (action.signal.aborted) return;
  if (!isThere) throw isMissing ? noDaemon(layout) : error;
  if (isMissing || action.isRepeatable) return;
  throw new PortsupError(
    'DAEMON_UNREACHABLE',
    'the daemon ended during the call and has been replaced; it may or may not have been done',
    action.laterHint,
  );
}
