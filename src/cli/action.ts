/** Actions: a stream of progress that ends with one result or one error. */
import { PortsupError } from '../base/errors.js';
import type { ActionLine, Api, InputOf, StreamRoute } from '../control/contract.js';
import { follow } from './call.js';
import type { Context } from './context.js';
import { listenForInterrupt } from './interrupt.js';
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
  /** What to advise when Ctrl-C ends the waiting; the action itself goes on. */
  readonly interruptedHint: string;
}

/**
 * Runs an action to its end, with a spinner on a terminal.
 *
 * @throws {@link PortsupError} the action's own error; `INTERRUPTED` after Ctrl-C; what calling the daemon throws.
 */
export async function runAction<R extends ActionRoute>(context: Context, action: Action<R>): Promise<ResultLine> {
  const interruption = listenForInterrupt();
  const progress = startProgress(context, action.verb);
  try {
    const lines = follow(context, { route: action.route, signal: interruption.signal }, action.input) as AsyncGenerator<
      ActionLine,
      void,
      void
    >;
    for await (const line of lines) {
      if (line.type === 'progress') progress.update(line);
      else if (line.type === 'error') throw new PortsupError(line.error.code, line.error.message, line.error.hint);
      else return line;
    }
  } finally {
    await progress.stop();
    interruption.release();
  }
  if (interruption.signal.aborted)
    throw new PortsupError('INTERRUPTED', `interrupted; ${action.verb} goes on in the background`, action.interruptedHint);
  throw new PortsupError('DAEMON_UNREACHABLE', 'the daemon ended before it said what came of it', 'see "portsup daemon logs"');
}
