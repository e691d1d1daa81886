import { PortsupError } from '../base/errors.js';
import { systemClock } from '../base/system-clock.js';
import type { DaemonStatus } from '../control/contract.js';
import { ask, type Caller } from './call.js';
import { isBack } from './keeper.js';
import { pause } from './pause.js';

/** Longest time for the new daemon to answer. */
const LIMIT_MS = 10_000;
const STEP_MS = 10;

/**
 * The status of the daemon that answers once `pid` has gone.
 *
 * @throws {@link PortsupError} `TIMEOUT` when there is none after 10 s; what calling the daemon throws; the signal's reason when it aborts.
 */
export async function successorOf(caller: Caller, pid: number, signal?: AbortSignal): Promise<DaemonStatus> {
  const deadline = systemClock.now() + LIMIT_MS;
  while (systemClock.now() < deadline) {
    signal?.throwIfAborted();
    const status = await statusNow(caller, signal);
    if (status && status.pid !== pid) return status;
    await pause(STEP_MS, signal);
  }
  throw new PortsupError('TIMEOUT', `no other daemon than ${pid} answers after ${LIMIT_MS / 1_000} s`, 'see "portsup daemon logs"');
}

async function statusNow(caller: Caller, signal: AbortSignal | undefined): Promise<DaemonStatus | undefined> {
  try {
    return await ask(caller, { route: 'GET /v1/daemon', signal }, {});
  } catch (error) {
    if (await isBack(caller.layout, error, signal)) return undefined;
    throw error;
  }
}
