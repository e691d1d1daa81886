/** What can be told of this home without a daemon to ask: is there a keeper, has it given up on daemons, do services run without one? */
import { readFileSync } from 'node:fs';
import { errnoOf, PortsupError } from '../base/errors.js';
import type { HomeLayout } from '../base/home.js';
import { bootOf, isRunning } from '../base/machine.js';
import { isSameBoot, readState } from '../base/run-state.js';
import { systemClock } from '../base/system-clock.js';
import { isListening, START_HINT } from '../control/client.js';
import { pause } from './pause.js';

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

/** Services that live on although their keeper and its daemon have been killed, as "app:path (PID)"; none while there is a keeper. */
function unsupervised(layout: HomeLayout): readonly string[] {
  if (keeperPid(layout) !== undefined) return [];
  const boot = bootOf();
  const read = readState(textOf(layout.state), boot);
  if (read.kind !== 'state' || read.state.isHalted || !isSameBoot(read.state.boot, boot)) return [];
  return [...read.state.held.values()].filter(isRunning).map(({ key, pid }) => `${key} (${pid})`);
}

/** The error of a call that found no daemon, with the reason where there is one. */
export function noDaemon(layout: HomeLayout): PortsupError {
  const alone = unsupervised(layout);
  if (alone.length > 0) {
    const [first] = alone;
    const whom =
      alone.length === 1
        ? `${first} runs on, but nobody supervises it`
        : `${alone.length} services run on, but nobody supervises them: ${listed(alone)}`;
    return new PortsupError('DAEMON_NOT_RUNNING', `keeper and daemon are gone; ${whom}`, '"portsup daemon start" takes them back');
  }
  const failure = failureOf(layout);
  if (!failure) return new PortsupError('DAEMON_NOT_RUNNING', 'no daemon is running', START_HINT);
  return new PortsupError(
    'DAEMON_NOT_RUNNING',
    `the daemon keeps ending and is not started any more (${failure.why}); services run on without it`,
    '"portsup daemon logs" may say why; "portsup up" tries again',
  );
}

/** there: a daemon listens; absent: nobody is at work, or a keeper starts none any more, or nobody waits; silent: there is a keeper, but for 10 s no daemon. */
export type Presence = 'there' | 'absent' | 'silent';

/** Waits for a daemon that is being replaced, or that has just been started. An aborted `signal` ends the waiting. */
export async function lookForDaemon(layout: HomeLayout, signal?: AbortSignal): Promise<Presence> {
  const deadline = systemClock.now() + LIMIT_MS;
  while (!(await isListening(layout.socket))) {
    if ((keeperPid(layout) === undefined && !isRelayed(layout)) || failureOf(layout)) return 'absent';
    if (systemClock.now() > deadline) return 'silent';
    await pause(STEP_MS, signal);
    if (signal?.aborted) return 'absent';
  }
  return 'there';
}

/**
 * Is there a daemon to ask, as {@link lookForDaemon} finds it? Where it was absent, {@link isAlone} tells why; a keeper that is found later may be one that
 * somebody else has started since.
 *
 * @throws {@link PortsupError} `DAEMON_UNREACHABLE` when it is silent.
 */
export async function isDaemonThere(layout: HomeLayout, signal?: AbortSignal): Promise<boolean> {
  const presence = await lookForDaemon(layout, signal);
  if (presence !== 'silent') return presence === 'there';
  throw new PortsupError('DAEMON_UNREACHABLE', `the daemon has not answered for ${LIMIT_MS / 1_000} s`, 'see "portsup daemon logs"');
}

/** Was the daemon only missing for a moment, so that the call may be made again? Throws what {@link isDaemonThere} throws. */
export async function isBack(layout: HomeLayout, error: unknown, signal?: AbortSignal): Promise<boolean> {
  const code = error instanceof PortsupError ? error.code : undefined;
  if (code !== 'DAEMON_NOT_RUNNING' && code !== 'DAEMON_UNREACHABLE') return false;
  // What is killed closes one descriptor after the other: the socket of a dead daemon may let us in for another moment.
  if (code === 'DAEMON_UNREACHABLE') await pause(STEP_MS, signal);
  return isDaemonThere(layout, signal);
}

/** May services run that no daemon looks after: has their keeper given up on daemons, or been killed with its daemon? */
export const isAlone = (layout: HomeLayout): boolean => failureOf(layout) !== undefined || unsupervised(layout).length > 0;

/** May services run although no daemon answers: with a keeper, or even without one? */
export const isKept = (layout: HomeLayout): boolean => keeperPid(layout) !== undefined || unsupervised(layout).length > 0;

/** PID of the keeper that holds the home's lock; undefined when none lives. */
export function keeperPid(layout: Pick<HomeLayout, 'lock'>): number | undefined {
  const pid = Number(linesOf(layout.lock)[0]);
  return Number.isInteger(pid) && pid > 0 && isNamed(pid, 'portsup-keeper') ? pid : undefined;
}

/** One that has ended, or whose number is somebody else's by now, has another name. */
function isNamed(pid: number, name: 'portsup-keeper' | 'portsupd'): boolean {
  if (process.platform === 'linux') return textOf(`/proc/${pid}/cmdline`).startsWith(name);
  try {
    return process.kill(pid, 0);
  } catch (error) {
    if (errnoOf(error) === 'ESRCH' || errnoOf(error) === 'EPERM') return false;
    throw error;
  }
}

/** Is a daemon just starting another keeper in the place of one that was killed? */
function isRelayed(layout: HomeLayout): boolean {
  const pid = Number(linesOf(layout.relay)[0]);
  return Number.isInteger(pid) && pid > 0 && isNamed(pid, 'portsupd');
}

const MOST_LISTED = 5;

const listed = (names: readonly string[]): string =>
  names.length <= MOST_LISTED ? names.join(', ') : `${names.slice(0, MOST_LISTED).join(', ')} and ${names.length - MOST_LISTED} more`;

const linesOf = (path: string): readonly string[] => textOf(path).split('\n').filter(Boolean);

/** What is no file of ours says nothing. */
const UNREADABLE: ReadonlySet<string> = new Set(['ENOENT', 'ENOTDIR', 'EISDIR', 'EACCES', 'ESRCH']);

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const errno = errnoOf(error);
    if (errno !== undefined && UNREADABLE.has(errno)) return '';
    throw error;
  }
}
