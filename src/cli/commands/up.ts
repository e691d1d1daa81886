import { PortsupError } from '../../base/errors.js';
import { upBody, withDaemon } from '../../client/bring-up.js';
import { isAlone, isDaemonThere, noDaemon } from '../../client/keeper.js';
import type { LoadedConfig } from '../../config/load.js';
import type { UpBody } from '../../control/contract.js';
import { type ResultLine, runAction } from '../action.js';
import { isGiven, numberOf, textOf } from '../arguments.js';
import type { Context } from '../context.js';
import { loadFor } from '../load.js';
import { note } from '../note.js';
import { plannedFromNothing } from '../planned.js';
import { printJson } from '../print-json.js';
import { renderPlan } from '../render/changes.js';
import { printResult } from '../results.js';

/**
 * `up [NAME...]`: starts the daemon if there is none, and brings the application to what its configuration says. The
 * configuration is read first: a mistake in it must start nothing.
 */
export async function up(context: Context): Promise<number> {
  const loaded = await loadFor(context);
  checkName(loaded, textOf(context.line, 'app'));
  const body = bodyOf(context, loaded);
  if (body.dryRun) return dryRun(context, loaded, body);
  const result = await bringUp(context, body);
  const code = await printResult(context, result, 'start');
  for (const row of result.rows) if (row.breaker === 'disabled') await noteDisabled(context, row.path || row.app);
  return code;
}

const noteDisabled = (context: Context, name: string): Promise<void> =>
  note(context, `note: ${name} is disabled, and was left as it is`, `"portsup breaker enable ${name}" has it started again`);

/** `-p` chooses among applications; it does not rename one. */
function checkName({ app, file }: LoadedConfig, wanted: string | undefined): void {
  if (wanted === undefined || wanted === app) return;
  throw new PortsupError(
    'USAGE',
    `${file} is the application "${app}", not "${wanted}"`,
    `leave out -p, or name the file of "${wanted}" with -f`,
  );
}

function bodyOf({ line, env }: Context, loaded: LoadedConfig): UpBody {
  return upBody(loaded, env, {
    names: line.operands,
    forceRecreate: isGiven(line, 'force-recreate'),
    updateEnv: isGiven(line, 'update-env'),
    dryRun: isGiven(line, 'dry-run'),
    wait: !isGiven(line, 'no-wait'),
    timeoutMs: numberOf(line, 'wait-timeout'),
  });
}

const bringUp = (context: Context, body: UpBody): Promise<ResultLine> =>
  withDaemon(context.layout.socket, {
    ensure: async () => (await import('../launch.js')).ensureDaemon(context),
    act: () =>
      runAction(context, { route: 'POST /v1/up', input: body, verb: 'starting', isRepeatable: true, interruptedHint: hintToStop(body) }),
  });

const hintToStop = ({ app }: UpBody): string => `"portsup down -p ${app}" stops it, "portsup ps -p ${app}" shows how far it is`;

async function dryRun(context: Context, loaded: LoadedConfig, body: UpBody): Promise<number> {
  const isThere = await isDaemonThere(context.layout);
  // What runs on without a daemon can only be compared by one.
  if (!isThere && isAlone(context.layout)) throw noDaemon(context.layout);
  const { changes, steps = [] } = isThere ? await bringUp(context, body) : plannedFromNothing(loaded.root, body.names);
  const { json, out } = context;
  if (json) await printJson(context, changes);
  else await out.print(renderPlan(changes, steps, await out.paint()));
  return 0;
}
