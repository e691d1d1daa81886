/**
 * Runs that are on their way: of one that other programs stand before (see ports/launch-chain.ts) the keeper tells the start of the first of them. It
 * is started for supervision when it has become the program itself; if it ends before that was seen, it may have failed to.
 *
 * What is on its way may hang (a working directory of a dead NFS server), and supervision can neither stop nor signal what it knows no PID of. So a
 * run is told as started after a while all the same, and at once where somebody wants it stopped.
 */
import type { Clock, Millis } from '../base/clock.js';
import { exists } from '../base/machine.js';
import { commandLineOf } from '../ports/command-line.js';

/** The chain takes some milliseconds: it is looked again after 1, and after slowly growing times where something holds it up. A look takes 10 us. */
const FIRST_MS: Millis = 1;
const LONGEST_MS: Millis = 100;
/** So long it is waited for the program. */
const LIMIT_MS: Millis = 3_000;

/** A run that the keeper has told of. */
export interface BegunRun {
  readonly run: number;
  readonly pid: number;
  /** The command lines of what stands before its program. */
  readonly before: readonly string[];
}

interface Waiting {
  readonly run: number;
  readonly cancel: () => void;
  readonly onStarted: () => void;
}

export class Starting {
  readonly #clock: Clock;
  readonly #waiting = new Map<string, Waiting>();
  /** Runs that nobody has told of yet, and that nothing is to be waited for. */
  readonly #hurried = new Map<string, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * Calls `onStarted` once the process of a port is none of those before its program: at once where there are none or it is to hurry, and after 3 s whatever
   * it is.
   */
  began(key: string, begun: BegunRun, onStarted: () => void): void {
    const isHurried = this.#hurried.get(key) === begun.run;
    this.ended(key);
    if (isHurried || begun.before.length === 0 || process.platform !== 'linux') return onStarted();
    this.#look(key, { ...begun, onStarted, limit: this.#clock.now() + LIMIT_MS }, FIRST_MS);
  }

  /** Nothing is to be waited for any more: it is told as started now, or as soon as it begins. */
  hurry(key: string, run: number): void {
    const waiting = this.#waiting.get(key);
    if (waiting?.run !== run) return void this.#hurried.set(key, run);
    this.ended(key);
    waiting.onStarted();
  }

  /** It has ended, or nobody wants to know any more. Was it still waited for? */
  ended(key: string): boolean {
    this.#hurried.delete(key);
    this.#waiting.get(key)?.cancel();
    return this.#waiting.delete(key);
  }

  #look(key: string, run: BegunRun & { readonly onStarted: () => void; readonly limit: Millis }, waitMs: Millis): void {
    const left = run.limit - this.#clock.now();
    if (left <= 0 || isThrough(run)) {
      this.#waiting.delete(key);
      return run.onStarted();
    }
    const cancel = this.#clock.after(Math.min(waitMs, left), () => this.#look(key, run, Math.min(LONGEST_MS, 1.1 * waitMs)));
    this.#waiting.set(key, { ...run, cancel });
  }
}

function isThrough({ pid, before }: Pick<BegunRun, 'pid' | 'before'>): boolean {
  const line = commandLineOf(pid);
  // One that has ended is told as ended soon; one that is hidden ("hidepid") has changed what it may do, which the ones before do not.
  if (line === undefined) return exists(pid);
  return line !== '' && !before.includes(line);
}
