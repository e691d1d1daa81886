/** Actions on behalf of a command: with a spinner, until Ctrl-C. */
import { PortsupError } from '../base/errors.js';
import { type ActionRoute, perform, type ResultLine } from '../client/action.js';
import type { InputOf } from '../control/contract.js';
import { callerOf } from './call.js';
import type { Context } from './context.js';
import { listenForInterrupt } from './interrupt.js';
import { startProgress } from './progress.js';

export type { ResultLine } from '../client/action.js';

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
 * Runs an action to its end, with a spinner on a terminal; see `perform` of client/action.ts.
 *
 * @throws {@link PortsupError} what `perform` throws; `INTERRUPTED` after Ctrl-C.
 */
export async function runAction<R extends ActionRoute>(context: Context, action: Action<R>): Promise<ResultLine> {
  const { route, input, verb, isRepeatable, interruptedHint } = action;
  const interruption = listenForInterrupt();
  const progress = startProgress(context, verb);
  try {
    const result = await perform(callerOf(context), {
      route,
      input,
      isRepeatable,
      laterHint: interruptedHint,
      signal: interruption.signal,
      onProgress: (line) => progress.update(line),
    });
    if (result) return result;
    throw new PortsupError('INTERRUPTED', `interrupted; ${verb} goes on in the background`, interruptedHint);
  } finally {
    await progress.stop();
    interruption.release();
  }
}
