import { PortsupError } from '../../base/errors.js';
import { type ResultLine, runAction } from '../action.js';
import { isGiven, numberOf } from '../arguments.js';
import type { Context } from '../context.js';
import { untilEnded } from '../ended.js';
import { isKept } from '../keeper.js';
import { note } from '../note.js';
import { forgetApps, type RememberedApp, rememberedApps } from '../remembered.js';
import { reportFailures } from '../report.js';
import { stoppedNotes } from '../results.js';
import { isEverything, noApplication, scopeOf } from '../scope.js';
import { isSupervised } from '../supervised.js';

/** `down`: stops the application in reverse order. Being down already is no failure. */
export async function down(context: Context): Promise<number> {
  const all = isGiven(context.line, 'all');
  const scope = all ? {} : scopeOf(context);
  if (!(await isSupervised(context))) return alreadyDown(context, all ? {} : scope);
  if (!all && isEverything(scope)) throw noApplication(context.cwd);
  const result = await stopApplication(context, { ...scope, all, timeoutMs: numberOf(context.line, 'timeout') });
  if (result === undefined) return alreadyDown(context, all ? {} : scope);
  await untilEnded(result.ends);
  if (context.json) await context.out.print([JSON.stringify(result.rows, null, context.out.isTerminal ? 2 : undefined)]);
  await context.err.print(stoppedNotes(result));
  await reportFailures(context, result.failures, 'stop');
  return result.failures.length === 0 ? 0 : 1;
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
    if (!(error instanceof PortsupError)) throw error;
    // A daemon that is lost on the way has a successor, which goes on with it; once keeper and all are gone it is done.
    const isDone = error.code === 'DAEMON_NOT_RUNNING' || (error.code === 'DAEMON_UNREACHABLE' && !isKept(context.layout));
    if (!isDone) throw error;
    return undefined;
  }
}

/** Nothing runs, but what was up before a reboot would be brought up again: that is taken down, too. */
async function alreadyDown(context: Context, { app, here }: Pick<DownInput, 'app' | 'here'>): Promise<number> {
  const isMeant = ({ name, file }: RememberedApp): boolean => (app === undefined ? here === undefined || file === here : name === app);
  const meant = rememberedApps(context.layout).filter(isMeant);
  const names = meant.map(({ name }) => name);
  if (names.length > 0) forgetApps(context.layout, names);
  if (context.json) await context.out.print(['[]']);
  await note(
    context,
    names.length === 0 ? 'nothing is running' : `nothing is running; what was up before is not brought up again: ${names.join(', ')}`,
  );
  return 0;
}
