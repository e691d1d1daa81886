/**
 * Runs that are on their way: of one that other programs stand before (see ports/launch-chain.ts) the keeper tells the start of the first of them. It
 * is started for supervision when it has become the program itself; if it ends before that was seen, it may have failed to.
 */
import type { Clock, Millis } from '../base/clock.js';
import { commandLineOf } from '../ports/command-line.js';

/** The chain takes some milliseconds: it is looked again after 1, and after slowly growing times where something holds it up. A look takes 10 us. */
const FIRST_MS: Millis = 1;
const LONGEST_MS: Millis = 100;

export class Starting {
  readonly #clock: Clock;
  readonly #waiting = new Map<string, () => void>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * Calls `onStarted` once the process of a port is none of those before its program: at once, where there are none.
   *
   * @param before - their command lines.
   */
  began(key: string, run: { readonly pid: number; readonly before: readonly string[] }, onStarted: () => void): void {
    this.ended(key);
    if (run.before.length === 0 || process.platform !== 'linux') return onStarted();
    this.#look(key, { ...run, onStarted }, FIRST_MS);
  }

  /** It has ended, or nobody wants to know any more. Was it still waited for? */
  ended(key: string): boolean {
    this.#waiting.get(key)?.();
    return this.#waiting.delete(key);
  }

  #look(
    key: string,
    run: { readonly pid: number; readonly before: readonly string[]; readonly onStarted: () => void },
    waitMs: Millis,
  ): void {
    if (isThrough(run)) {
      this.#waiting.delete(key);
      return run.onStarted();
    }
    const cancel = this.#clock.after(waitMs, () => this.#look(key, run, Math.min(LONGEST_MS, 1.1 * waitMs)));
    this.#waiting.set(key, cancel);
  }
}

function isThrough({ pid, before }: { readonly pid: number; readonly before: readonly string[] }): boolean {
  const line = commandLineOf(pid);
  // One that has ended is told as ended soon; one that is hidden ("hidepid") has changed what it may do, which the ones before do not.
  if (line === undefined) return exists(pid);
  return line !== '' && !before.includes(line);
}

function exists(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    // ESRCH: it has ended. EPERM: it is somebody else's, who has its number by now.
    return false;
  }
}
