import { PortsupError } from '../../base/errors.js';
import { isAlone } from '../../client/keeper.js';
import type { Whereabouts } from '../../control/registry-rows.js';
import { ask } from '../call.js';
import type { Context } from '../context.js';
import { printJson } from '../print-json.js';
import { scopeOf } from '../scope.js';

/** It has no process. */
const DOWN = 1;

/** `whereis NAME`: prints the PID of a service's program. Without one nothing, and exit code 1; never starts a daemon. */
export async function whereis(context: Context): Promise<number> {
  const { json, out } = context;
  const found = await placeOf(context);
  if (json) await printJson(context, found ?? null);
  else if (found && found.pid !== null) await out.print([String(found.pid)]);
  return found && found.pid !== null ? 0 : DOWN;
}

/** Undefined: no daemon runs, and so nothing does. */
async function placeOf(context: Context): Promise<Whereabouts | undefined> {
  const [name = ''] = context.line.operands;
  try {
    return await ask(context, 'GET /v1/whereis', { ...scopeOf(context), name });
  } catch (error) {
    // Services that run on without a daemon are not down.
    if (error instanceof PortsupError && error.code === 'DAEMON_NOT_RUNNING' && !isAlone(context.layout)) return undefined;
    throw error;
  }
}
