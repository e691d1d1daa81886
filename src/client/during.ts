/** A program's call, from its beginning to whatever ends it: its answer, its signal, or its time. */
import { PortsupError } from '../base/errors.js';
import { LONGEST_DELAY_MS, systemClock } from '../base/system-clock.js';
import { version } from '../base/version.js';
import type { Environment } from '../config/environment.js';
import { problemLine, problemsOf } from '../config/problems.js';
import { START_HINT } from '../control/client.js';
import { ActionError } from './action-error.js';
import type { Caller } from './call.js';
import { endingOf } from './ending.js';
import type { OpenLines } from './lines.js';
import type { CallOptions } from './options.js';
import { reachableHome, withAbsoluteHomes } from './reachable-home.js';
import type { Settings } from './settings.js';

/** What a call has while it lasts. */
export interface Ongoing extends Caller {
  /** With the paths that decide about the home made absolute. */
  readonly env: Environment;
  /** Aborted when the call is over before it is done, with what it is to reject with. */
  readonly signal: AbortSignal;
}

/** What ends a call. */
export interface Limits extends CallOptions {
  /** Beyond `timeoutMs`: time for a daemon that keeps to it itself to say what it has waited for. Default 0. */
  readonly answerMs?: number | undefined;
}

/**
 * Runs a call until it is done, its signal aborts, or its time is over. Afterwards nothing of it is left that could keep the host running.
 *
 * @throws the signal's reason; {@link PortsupError} `TIMEOUT` when its time is over, `USAGE` for a time that is none, and what `run` throws, in words for
 * programs.
 */
export async function during<T>(
  settings: Settings,
  { signal, timeoutMs, answerMs = 0 }: Limits,
  run: (call: Ongoing) => Promise<T>,
): Promise<T> {
  const ending = endingOf(signal);
  const heard: Heard = { version: undefined };
  let cancel: (() => void) | undefined;
  try {
    if (timeoutMs !== undefined) cancel = endAfter(ending.controller, timeoutMs, answerMs);
    ending.controller.signal.throwIfAborted();
    // What does not listen to the signal (a function of the host that makes a configuration) must not hold the call.
    return await Promise.race([ending.ended, run(begin(settings, ending.controller.signal, heard))]);
  } catch (error) {
    throw ending.controller.signal.aborted ? ending.controller.signal.reason : inWords(error, heard.version);
  } finally {
    cancel?.();
    ending.release();
  }
}

/** Who reads lines: a signal that also aborts when the reader leaves, and who is told that the daemon has let it in. */
export type Reader = Parameters<OpenLines<unknown>>;

/** As {@link during}, for lines: without a time limit. */
export async function* linesDuring<T>(
  settings: Settings,
  [signal, onOpen]: Reader,
  run: (call: Ongoing) => AsyncGenerator<readonly T[], void, void>,
): AsyncGenerator<T, void, void> {
  const heard: Heard = { version: undefined };
  try {
    signal.throwIfAborted();
    for await (const lines of run({ ...begin(settings, signal, heard), onOpen })) {
      for (const line of lines) yield line;
    }
    signal.throwIfAborted();
  } catch (error) {
    throw signal.aborted ? signal.reason : inWords(error, heard.version);
  }
}

function endAfter(controller: AbortController, timeoutMs: number, answerMs: number): () => void {
  if (!(timeoutMs >= 0)) throw new PortsupError('USAGE', `timeoutMs is ${String(timeoutMs)}`, 'give milliseconds, 0 or more');
  // A longer one than a timer can have is none.
  if (timeoutMs > LONGEST_DELAY_MS) return () => undefined;
  return systemClock.after(timeoutMs + answerMs, () => {
    controller.abort(
      new PortsupError('TIMEOUT', `not done after ${timeoutMs} ms; it goes on`, 'wait longer with timeoutMs, or look with ps()'),
    );
  });
}

/** The version of the daemon that has answered, once it has. */
interface Heard {
  version: string | undefined;
}

function begin({ env: given, home, cwd }: Settings, signal: AbortSignal, heard: Heard): Ongoing {
  const env = withAbsoluteHomes({ ...(given ?? process.env), ...(home === undefined ? {} : { PORTSUP_HOME: home }) }, cwd);
  const onVersion = (daemon: string): void => {
    heard.version = daemon;
  };
  return { layout: reachableHome(env), env, signal, onVersion };
}

/**
 * An error as a program can use it: with all problems of a configuration, the methods that start a daemon where none runs, and a daemon of another
 * version. Other hints are those of the command line.
 */
function inWords(error: unknown, daemon: string | undefined): unknown {
  if (!(error instanceof PortsupError)) return error;
  const { code, message, hint, cause } = error;
  const problems = problemsOf(error);
  if (problems.length > 0) {
    const lines = problems.map((problem) => `\n  ${problemLine(problem)}`);
    return new PortsupError(code, `${message}${lines.join('')}`, 'nothing was changed', { cause });
  }
  if (code === 'DAEMON_NOT_RUNNING' && hint === START_HINT) {
    return new PortsupError(code, message, 'start it with startDaemon(), up(..., { startDaemon: true }) or "portsup up"', { cause });
  }
  if (daemon === undefined || daemon === version || error instanceof ActionError) return error;
  const note = `the daemon is portsup ${daemon}, this library ${version}; "portsup daemon upgrade" makes them one`;
  return new PortsupError(code, message, hint === '' ? note : `${hint}; ${note}`, { cause });
}
