import { isDown } from '../client/take-down.js';
import { type Action, type ResultLine, runAction } from './action.js';
import type { Context } from './context.js';
import { isSupervised } from './supervised.js';

type TakingDown = 'POST /v1/down' | 'POST /v1/daemon/stop';

/**
 * Takes down what a daemon holds; `action` is asked for only where there is one.
 *
 * @returns undefined where there was nothing to take down: no daemon, or it has ended before it was asked.
 * @throws {@link PortsupError} what `isSupervised` and `runAction` throw.
 */
export async function takeDown<R extends TakingDown>(
  context: Context,
  action: () => Pick<Action<R>, 'route' | 'input' | 'interruptedHint'>,
): Promise<ResultLine | undefined> {
  if (!(await isSupervised(context))) return undefined;
  const asked = action();
  try {
    return await runAction<R>(context, { ...asked, verb: 'stopping', isRepeatable: true });
  } catch (error) {
    if (!isDown(context.layout, error)) throw error;
    return undefined;
  }
}
