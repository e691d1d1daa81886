import { placesAt } from '../../base/address.js';
import type { PsRow, SupervisorRow } from '../../control/contract.js';
import type { BreakerVerb } from '../../control/registry-rows.js';
import { type ResultLine, runAction } from '../action.js';
import { numberOf } from '../arguments.js';
import type { Context } from '../context.js';
import { printJson } from '../print-json.js';
import { renderBreaker } from '../render/breaker.js';
import { topRows } from '../render/row-tree.js';
import { reportFailures } from '../report.js';
import { scopeOf } from '../scope.js';
import { isSupervised } from '../supervised.js';

/** `breaker VERB NAME...`: works the circuit breakers of supervisors, and says what they are now. */
export const breaker =
  (verb: BreakerVerb) =>
  async (context: Context): Promise<number> => {
    const input = { ...scopeOf(context), names: context.line.operands, timeoutMs: numberOf(context.line, 'timeout'), verb };
    // Without a daemon the call says so itself.
    await isSupervised(context);
    const result = await runAction(context, {
      route: 'POST /v1/breaker',
      input,
      verb: verb === 'melt' || verb === 'disable' ? 'stopping' : 'starting',
      isRepeatable: true,
      interruptedHint: '"portsup ps" shows how far it is',
    });
    return printBreakers(context, result);
  };

async function printBreakers(context: Context, result: ResultLine): Promise<number> {
  const { json, out } = context;
  if (json) await printJson(context, result.rows);
  else {
    const paint = await out.paint();
    await out.print(namedAmong(result.rows, context.line.operands).map((row) => renderBreaker(row, paint)));
  }
  await reportFailures(context, result.failures, 'start');
  return result.failures.length === 0 ? 0 : 1;
}

/** Of what is named and all below it: what is named, each once, though one may be below another. */
function namedAmong(rows: readonly PsRow[], names: readonly string[]): readonly SupervisorRow[] {
  const places = rows.map((row) => ({ ...row, isService: row.kind === 'service' }));
  const inside = names.flatMap((name) => placesAt(places, name.slice(name.indexOf(':') + 1)));
  const named = [...topRows(rows), ...inside].filter((row) => row.kind === 'supervisor');
  return [...new Map(named.map((row) => [`${row.app}:${row.path}`, row])).values()];
}
