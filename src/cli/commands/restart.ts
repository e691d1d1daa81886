import { runAction } from '../action.js';
import { numberOf } from '../arguments.js';
import type { Context } from '../context.js';
import { printResult } from '../results.js';
import { scopeOf } from '../scope.js';

/** `restart NAME...`: stops services and starts them again. */
export async function restart(context: Context): Promise<number> {
  const input = {
    ...scopeOf(context),
    names: context.line.operands,
    timeoutMs: numberOf(context.line, 'timeout'),
  };
  const result = await runAction(context, {
    route: 'POST /v1/restart',
    input,
    verb: 'restarting',
    isRepeatable: true,
    interruptedHint: '"portsup ps" shows how far it is',
  });
  return printResult(context, result, 'restart');
}
