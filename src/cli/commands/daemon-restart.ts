import { dirname, resolve } from 'node:path';
import { successorOf } from '../../client/successor.js';
import { ask, callerOf } from '../call.js';
import type { Context } from '../context.js';
import { note } from '../note.js';
import { printJson } from '../print-json.js';

/** `daemon restart`: another process of the same program; no service notices. */
export const daemonRestart = (context: Context): Promise<number> => replace(context, null);

/** `daemon upgrade`: the daemon of this very installation takes over; no service notices. */
export const daemonUpgrade = (context: Context): Promise<number> =>
  replace(context, resolve(dirname(context.keeperProgram), '..', 'dist', 'daemon.cjs'));

async function replace(context: Context, program: string | null): Promise<number> {
  const { pid } = await ask(context, 'POST /v1/daemon/restart', { program });
  const status = await successorOf(callerOf(context), pid);
  if (context.json) await printJson(context, status);
  await note(context, `the daemon is now process ${status.pid}, portsup ${status.version}; services run on`);
  return 0;
}
