/**
 * Starts the keeper, which starts the daemon: `up` comes here when nobody listens. The keeper answers on its file descriptor 3 as soon as the daemon listens, so nothing is polled on the
 * normal way; polling is for the case that somebody else is starting one at the same time, or that one is just ending.
 */
import { closeSync, openSync, statSync } from 'node:fs';
import { errnoOf, messageOf, PortsupError, shortageOf } from '../base/errors.js';
import { makeFolder } from '../base/folders.js';
import type { HomeLayout } from '../base/home.js';
import type { LaunchAnswer } from '../base/launch-answer.js';
import { launchKeeper } from '../base/launch-keeper.js';
import { systemClock } from '../base/system-clock.js';
import { type Environment, inheritedEnvironment } from '../config/environment.js';
import { isListening } from '../control/client.js';
import { failureOf, lookForDaemon } from './keeper.js';
import { pause } from './pause.js';

const LIMIT_MS = 10_000;
const STEP_MS = 10;
/** Somebody else's daemon that does not listen after this long may be one that is ending: then we try to start ours again. */
const TAKEN_MS = 250;

/** What a daemon is started with. */
export interface Launch {
  readonly layout: HomeLayout;
  /** Environment of who starts it, with the paths that decide about the home made absolute. */
  readonly env: Environment;
  /** Path of `bin/portsupd.js`, which starts the keeper. */
  readonly keeperProgram: string;
  /** Told in one line what a new daemon has taken over, if it has. */
  readonly onNote?: ((note: string) => Promise<void>) | undefined;
  /** Ends the waiting; what has been started goes on. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Makes sure that a daemon listens on the home's socket.
 *
 * @throws {@link PortsupError} `FAILED` with the keeper's reason and the path of the daemon's log, `NOT_PERMITTED` when the home
 * or the socket is not ours, `TIMEOUT` when somebody holds the home's lock but nobody listens for 10 s; the signal's reason when it aborts.
 */
export async function ensureDaemon(launch: Launch): Promise<void> {
  const { layout, signal } = launch;
  // One that is just being replaced needs no other keeper, nor a log that can be written.
  if ((await lookForDaemon(layout, signal)) === 'there') return;
  const deadline = systemClock.now() + LIMIT_MS;
  while (!(await isListening(layout.socket))) {
    signal?.throwIfAborted();
    if (systemClock.now() > deadline) throw neverListens(layout.lock, layout.daemonLog);
    const answer = await answerOf(launch);
    signal?.throwIfAborted();
    if (answer.launch === 'ready' && answer.note !== undefined) await launch.onNote?.(answer.note);
    if (answer.launch === 'failed') throw launchError(answer, layout.daemonLog);
    if (answer.launch === 'taken') {
      const failure = failureOf(layout);
      // A keeper that has given up on daemons tries again when it is told to.
      if (failure) process.kill(failure.pid, 'SIGHUP');
      await untilListening(layout.socket, systemClock.now() + TAKEN_MS);
    }
  }
}

function launchError({ message, error }: Extract<LaunchAnswer, { launch: 'failed' }>, log: string): PortsupError {
  if (error) return new PortsupError(error.code, error.message, error.hint);
  return new PortsupError('FAILED', `the daemon did not start: ${message}`, `see ${log}`);
}

async function untilListening(socket: string, until: number): Promise<void> {
  while (systemClock.now() < until && !(await isListening(socket))) await pause(STEP_MS, undefined);
}

async function answerOf({ layout, env, keeperProgram, signal }: Launch): Promise<LaunchAnswer> {
  const log = openLog(layout.home, layout.daemonLog);
  try {
    return await launchKeeper({ program: keeperProgram, env: environmentOf(env), log, signal });
  } finally {
    closeSync(log);
  }
}

/** The keeper makes and checks the other folders; this one has to be there for its log. */
function openLog(home: string, path: string): number {
  try {
    makeFolder(home);
  } catch (error) {
    throw homeError(`cannot make the home ${home}`, error);
  }
  try {
    // In a home that is not ours alone the keeper writes nothing, and neither do we: a link there leads where somebody else wants it to.
    return openSync(isOursAlone(home) ? path : '/dev/null', 'a', 0o600);
  } catch (error) {
    throw homeError(`cannot write to the home ${home}`, error);
  }
}

function isOursAlone(folder: string): boolean {
  const { uid, mode } = statSync(folder);
  return uid === process.getuid?.() && (mode & 0o077) === 0;
}

/** Errors of a place where no home can be; whatever else it is (a full disk), another place need not help. */
const NO_PLACE: readonly (string | undefined)[] = ['EACCES', 'EPERM', 'EROFS', 'ENOENT', 'ENOTDIR', 'EEXIST', 'EISDIR', 'ELOOP'];

function homeError(what: string, error: unknown): PortsupError {
  const errno = errnoOf(error);
  const shortage = shortageOf(error);
  if (shortage) return new PortsupError('FAILED', `${what}: ${shortage.what}`, shortage.hint, { cause: error });
  return new PortsupError(
    NO_PLACE.includes(errno) ? 'NOT_PERMITTED' : 'FAILED',
    `${what} (${errno ?? messageOf(error)})`,
    'set PORTSUP_HOME to a folder that you may write to',
    { cause: error },
  );
}

/**
 * The keeper gets the environment of who starts it, so that whoever marks what it starts by a variable finds it again (tests,
 * benchmarks, session managers). Except what is meant for another Node: NODE_EXTRA_CA_CERTS alone would cost 30 ms at each start.
 * Services get nothing of it: theirs is what `up` sends.
 */
const environmentOf = (env: Environment): Record<string, string> =>
  Object.fromEntries(Object.entries(inheritedEnvironment(env)).filter(([name]) => !name.startsWith('NODE_')));

const neverListens = (lock: string, log: string): PortsupError =>
  new PortsupError('TIMEOUT', `another portsup holds ${lock}, but nobody answered for ${LIMIT_MS / 1_000} s`, `see ${log}`);
