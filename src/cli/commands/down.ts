import { isEverything, noApplication } from '../../client/scope.js';
import { forgetMeant, isDown } from '../../client/take-down.js';
import type { Scope } from '../../control/contract.js';
import { type ResultLine, runAction } from '../action.js';
import { isGiven, numberOf } from '../arguments.js';
import type { Context } from '../context.js';
import { note } from '../note.js';
import { printTakenDown, stoppedNotes } from '../results.js';
import { scopeOf } from '../scope.js';
import { isSupervised } from '../supervised.js';

/** `down`: stops the application in reverse order. Being down already is no failure. */
export async function down(context: Context): Promise<number> {
  const all = isGiven(context.line, 'all');
  const scope = all ? {} : scopeOf(context);
  if (!(await isSupervised(context))) return alreadyDown(context, all ? {} : scope);
  if (!all && isEverything(scope)) throw noApplication(context.cwd, "go to the application's folder, or choose it with -f FILE or -p NAME");
  const result = await stopApplication(context, { ...scope, all, timeoutMs: numberOf(context.line, 'timeout') });
  if (result === undefined) return alreadyDown(context, all ? {} : scope);
  return printTakenDown(context, result, stoppedNotes(result));
}

type DownInput = {
  readonly app?: string | undefined;
  readonly here?: string | undefined;
  readonly all: boolean;
  readonly timeoutMs: number | undefined;
};

/** Undefined: there was nothing to stop; the daemon has just ended. */
async function stopApplication(context: Context, input: DownInput): Promise<ResultLine | undefined> {
  try {
    return await runAction(context, {
      route: 'POST /v1/down',
      input,
      verb: 'stopping',
      isRepeatable: true,
      interruptedHint: '"portsup ps" shows how far it is',
    });
  } catch (error) {
    if (!isDown(context.layout, error)) throw error;
    return undefined;
  }
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
