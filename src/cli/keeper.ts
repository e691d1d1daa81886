/** What can be told of this home's keeper without a daemon to ask: is there one, and has it given up on daemons? */
import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { errnoOf, PortsupError } from '../base/errors.js';
import type { HomeLayout } from '../base/home.js';
import { systemClock } from '../base/system-clock.js';
import { isListening } from '../control/client.js';

/** A daemon that has died is replaced within 0.3 s; on a very busy machine it may take seconds. */
const LIMIT_MS = 10_000;
const STEP_MS = 10;

/** A keeper without a daemon, and why it starts none any more. */
export interface Failure {
  readonly pid: number;
  readonly why: string;
}

/** Why services run on without a daemon; undefined when that is not so. */
export function failureOf(layout: HomeLayout): Failure | undefined {
  const [pid, why = ''] = linesOf(layout.failure);
  return pid !== undefined && Number(pid) === keeperPid(layout) ? { pid: Number(pid), why } : undefined;
}

/** The error of a call that found no daemon, with the reason where there is one. */
export function noDaemon(layout: HomeLayout): PortsupError {
  const failure = failureOf(layout);
  if (!failure && isKept(layout)) {
    return new PortsupError('DAEMON_UNREACHABLE', `the daemon has not answered for ${LIMIT_MS / 1_000} s`, 'see "portsup daemon logs"');
  }
  if (!failure) return new PortsupError('DAEMON_NOT_RUNNING', 'no daemon is running', 'start it with "portsup up"');
  return new PortsupError(
    'DAEMON_NOT_RUNNING',
    `the daemon keeps ending and is not started any more (${failure.why}); services run on without it`,
    '"portsup daemon logs" may say why; "portsup up" tries again',
  );
}

/** Does a daemon listen, now or in a moment: one that is being replaced, or that has just been started? */
export async function isDaemonThere(layout: HomeLayout): Promise<boolean> {
  const deadline = systemClock.now() + LIMIT_MS;
  while (!(await isListening(layout.socket))) {
    if (keeperPid(layout) === undefined || failureOf(layout) || systemClock.now() > deadline) return false;
    await delay(STEP_MS);
  }
  return true;
}

/** Was the daemon only missing for a moment, so that the call may be made again? */
export async function isBack(layout: HomeLayout, error: unknown): Promise<boolean> {
  const isMissing = error instanceof PortsupError && (error.code === 'DAEMON_NOT_RUNNING' || error.code === 'DAEMON_UNREACHABLE');
  return isMissing && (await isDaemonThere(layout));
}

/** Does a keeper live, so that services may run although no daemon answers? */
export const isKept = (layout: HomeLayout): boolean => keeperPid(layout) !== undefined;

/** PID of the keeper that holds the home's lock; undefined when none lives. */
function keeperPid(layout: HomeLayout): number | undefined {
  const pid = Number(linesOf(layout.lock)[0]);
  return Number.isInteger(pid) && pid > 0 && isKeeper(pid) ? pid : undefined;
}

/** A keeper that has ended, or whose number is somebody else's by now, has another name. */
function isKeeper(pid: number): boolean {
  if (process.platform === 'linux') return (linesOf(`/proc/${pid}/cmdline`)[0] ?? '').startsWith('portsup-keeper');
  try {
    return process.kill(pid, 0);
  } catch (error) {
    if (errnoOf(error) === 'ESRCH' || errnoOf(error) === 'EPERM') return false;
    throw error;
  }
}

function linesOf(path: string): readonly string[] {
  try {
    return readFileSync(path, 'utf8').split('\n');
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === 'ENOENT' || errno === 'ENOTDIR' || errno === 'EACCES' || errno === 'ESRCH') return [];
    throw error;
  }
}
