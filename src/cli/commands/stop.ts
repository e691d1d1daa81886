import { runAction } from '../action.js';
import { numberOf } from '../arguments.js';
import type { Context } from '../context.js';
import { printResult } from '../results.js';
import { scopeOf } from '../scope.js';

/** `stop NAME...`: stops services by hand; they stay listed, and are not started again by themselves. */
export async function stop(context: Context): Promise<number> {
  const input = {
    ...scopeOf(context),
    names: context.line.operands,
    timeoutMs: numberOf(context.line, 'timeout'),
  };
  const result = await runAction(context, {
    route: 'POST /v1/stop',
    input,
    verb: 'stopping',
    isRepeatable: true,
    interruptedHint: '"portsup ps" shows how far it is',
  });
  return printResult(context, result, 'stop');
}
