/** Actions: a stream of progress that ends with one result or one error. */
import { PortsupError } from '../base/errors.js';
import type { ActionLine, Api, InputOf, StreamRoute } from '../control/contract.js';
import { follow } from './call.js';
import type { Context } from './context.js';
import { listenForInterrupt } from './interrupt.js';
import { isBack, noDaemon } from './keeper.js';
import { startProgress } from './progress.js';

/** Routes that do something and answer with the lines of an action. */
export type ActionRoute = { [R in StreamRoute]: Api[R]['line'] extends ActionLine ? R : never }[StreamRoute];
export type ResultLine = Extract<ActionLine, { readonly type: 'result' }>;

/** One action for one command. */
export interface Action<R extends ActionRoute> {
  readonly route: R;
  readonly input: InputOf<R>;
  /** "starting", "stopping", "restarting": said while it lasts. */
  readonly verb: string;
  /** Is asking for it twice the same as asking once? */
  readonly isRepeatable: boolean;
  /** What to advise when Ctrl-C ends the waiting; the action itself goes on. */
  readonly interruptedHint: string;
}

/**
 * Runs an action to its end, with a spinner on a terminal. If the daemon dies meanwhile, its successor is asked again, where asking
 * twice is the same as asking once.
 *
 * @throws {@link PortsupError} the action's own error; `INTERRUPTED` after Ctrl-C; what calling the daemon throws.
 */
export async function runAction<R extends ActionRoute>(context: Context, action: Action<R>): Promise<ResultLine> {
  const interruption = listenForInterrupt();
  const progress = startProgress(context, action.verb);
  try {
    for (;;) {
      try {
        const result = await attempt(context, action, { signal: interruption.signal, onProgress: (line) => progress.update(line) });
        if (result) return result;
        throw new PortsupError('INTERRUPTED', `interrupted; ${action.verb} goes on in the background`, action.interruptedHint);
      } catch (error) {
        await afterLoss(context, action, error);
      }
    }
  } finally {
    await progress.stop();
    interruption.release();
  }
}

interface Attempt {
  readonly signal: AbortSignal;
  readonly onProgress: (line: Extract<ActionLine, { readonly type: 'progress' }>) => void;
}

/** Undefined: it was interrupted. */
async function attempt<R extends ActionRoute>(
  context: Context,
  action: Action<R>,
  { signal, onProgress }: Attempt,
): Promise<ResultLine | undefined> {
  const batches = follow(context, { route: action.route, signal }, action.input) as AsyncGenerator<readonly ActionLine[], void, void>;
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

/** Returns if the action is to be tried again; else throws what is to be said. */
async function afterLoss<R extends ActionRoute>(context: Context, action: Action<R>, error: unknown): Promise<void> {
  if (!(error instanceof PortsupError) || !(await isBack(context.layout, error))) {
    const isMissing = error instanceof PortsupError && error.code === 'DAEMON_NOT_RUNNING';
    throw isMissing ? noDaemon(context.layout) : error;
  }
  if (error.code === 'DAEMON_NOT_RUNNING' || action.isRepeatable) return;
  throw new PortsupError(
    'DAEMON_UNREACHABLE',
    'the daemon ended during the call and has been replaced; it may or may not have been done',
    action.interruptedHint,
  );
}
