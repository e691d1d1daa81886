import { type ResultLine, runAction } from '../action.js';
import { isGiven, numberOf } from '../arguments.js';
import type { Context } from '../context.js';
import { printTakenDown } from '../results.js';
import { scopeOf } from '../scope.js';

/** `rm NAME...`: takes away services that were added by `run`; their logs and history stay. */
export async function rm(context: Context): Promise<number> {
  const { line } = context;
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
  const removed = removedOf(result, line.operands);
  return printTakenDown(context, result, context.json || removed.length === 0 ? [] : [`removed ${removed.join(', ')}`]);
}

/** As they were named; where something failed, what is gone all the same. */
function removedOf({ rows, failures }: ResultLine, operands: readonly string[]): readonly string[] {
  if (failures.length === 0) return operands;
  const kept = new Set(failures.map(({ path }) => path));
  return rows.flatMap(({ kind, path }) => (kind === 'supervisor' || kept.has(path) || kept.has('') ? [] : [path]));
}
