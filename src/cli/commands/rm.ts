import { untilEnded } from '../../client/ended.js';
import { runAction } from '../action.js';
import { isGiven, numberOf } from '../arguments.js';
import type { Context } from '../context.js';
import { note } from '../note.js';
import { reportFailures } from '../report.js';
import { scopeOf } from '../scope.js';

/** `rm NAME...`: takes away services that were added by `run`; their logs and history stay. */
export async function rm(context: Context): Promise<number> {
  const { line, json, out } = context;
  const input = {
    ...scopeOf(context),
    names: line.operands,
    stop: isGiven(line, 'stop'),
    timeoutMs: numberOf(line, 'timeout'),
  };
  const result = await runAction(context, {
    route: 'POST /v1/remove',
    input,
    verb: 'removing',
    isRepeatable: false,
    interruptedHint: '"portsup ps" shows how far it is',
  });
  await untilEnded(result.ends);
  if (json) await out.print([JSON.stringify(result.rows, null, out.isTerminal ? 2 : undefined)]);
  else await note(context, `removed ${line.operands.join(', ')}`);
  await reportFailures(context, result.failures, 'stop');
  return result.failures.length === 0 ? 0 : 1;
}
