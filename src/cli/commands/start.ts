import { runAction } from '../action.js';
import { numberOf } from '../arguments.js';
import type { Context } from '../context.js';
import { printResult } from '../results.js';
import { scopeOf } from '../scope.js';
import { isSupervised } from '../supervised.js';

/** `start NAME... [-- ARG...]`: starts services by hand; of a pool one instance, with the words after "--" as arguments. */
export async function start(context: Context): Promise<number> {
  const input = {
    ...scopeOf(context),
    names: context.line.operands,
    args: context.line.passed.length === 0 ? undefined : context.line.passed,
    timeoutMs: numberOf(context.line, 'timeout'),
  };
  // Without a daemon the call says so itself.
  await isSupervised(context);
  const result = await runAction(context, {
    route: 'POST /v1/start',
    input,
    verb: 'starting',
    isRepeatable: true,
    interruptedHint: '"portsup ps" shows how far it is',
  });
  return printResult(context, result, 'start');
}
