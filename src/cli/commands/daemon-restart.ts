import { dirname, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { PortsupError } from '../../base/errors.js';
import { systemClock } from '../../base/system-clock.js';
import { isBack } from '../../client/keeper.js';
import type { DaemonStatus } from '../../control/contract.js';
import { ask } from '../call.js';
import type { Context } from '../context.js';
import { note } from '../note.js';

/** Longest time for the new daemon to answer. */
const LIMIT_MS = 10_000;
const STEP_MS = 10;

/** `daemon restart`: another process of the same program; no service notices. */
export const daemonRestart = (context: Context): Promise<number> => replace(context, null);

/** `daemon upgrade`: the daemon of this very installation takes over; no service notices. */
export const daemonUpgrade = (context: Context): Promise<number> =>
  replace(context, resolve(dirname(context.keeperProgram), '..', 'dist', 'daemon.cjs'));

async function replace(context: Context, program: string | null): Promise<number> {
  const { pid } = await ask(context, 'POST /v1/daemon/restart', { program });
  const status = await successorOf(context, pid);
  if (context.json) await context.out.print([JSON.stringify(status, null, context.out.isTerminal ? 2 : undefined)]);
  await note(context, `the daemon is now process ${status.pid}, portsup ${status.version}; services run on`);
  return 0;
}

/** The status of the daemon that answers once `pid` has gone. */
async function successorOf(context: Context, pid: number): Promise<DaemonStatus> {
  const deadline = systemClock.now() + LIMIT_MS;
  while (systemClock.now() < deadline) {
    const status = await statusNow(context);
    if (status && status.pid !== pid) return status;
    await delay(STEP_MS);
  }
  throw new PortsupError('TIMEOUT', `no other daemon than ${pid} answers after ${LIMIT_MS / 1_000} s`, 'see "portsup daemon logs"');
}

async function statusNow(context: Context): Promise<DaemonStatus | undefined> {
  try {
    return await ask(context, 'GET /v1/daemon', {});
  } catch (error) {
    if (await isBack(context.layout, error)) return undefined;
    throw error;
  }
}
