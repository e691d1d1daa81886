import { isEverything, noApplication } from '../../client/scope.js';
import { forgetMeant } from '../../client/take-down.js';
import type { Scope } from '../../control/contract.js';
import { isGiven, numberOf } from '../arguments.js';
import type { Context } from '../context.js';
import { note } from '../note.js';
import { printTakenDown, stoppedNotes } from '../results.js';
import { scopeOf } from '../scope.js';
import { takeDown } from '../take-down.js';

/** `down`: stops the application in reverse order. Being down already is no failure. */
export async function down(context: Context): Promise<number> {
  const all = isGiven(context.line, 'all');
  const scope = all ? {} : scopeOf(context);
  const result = await takeDown(context, () => {
    if (!all && isEverything(scope))
      throw noApplication(context.cwd, "go to the application's folder, or choose it with -f FILE or -p NAME");
    const input = { ...scope, all, timeoutMs: numberOf(context.line, 'timeout') };
    return { route: 'POST /v1/down', input, interruptedHint: '"portsup ps" shows how far it is' };
  });
  if (result === undefined) return alreadyDown(context, scope);
  return printTakenDown(context, result, stoppedNotes(result));
}

/** Nothing runs, but what was up before a reboot would be brought up again: that is taken down, too. */
async function alreadyDown(context: Context, scope: Scope): Promise<number> {
  const names = forgetMeant(context.layout, scope);
  if (context.json) await context.out.print(['[]']);
  await note(
    context,
    names.length === 0 ? 'nothing is running' : `nothing is running; what was up before is not brought up again: ${names.join(', ')}`,
  );
  return 0;
}
