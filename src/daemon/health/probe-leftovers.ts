/**
 * What commands that ask have left outside their process group: it is killed when a try has ended, each by itself. Only who was started since is looked
 * at, mostly nobody. That takes 0.3 ms, with 50 processes on the machine or with 500, while to start a command takes 1.6 ms in the keeper alone: so nothing
 * would be gained by one look for several tries. No answer and no next try waits for it: each try has a run of its own, by which what it left is known.
 *
 * What earlier daemons have left is looked for all at once: nobody knows who was started since, so the whole machine has to be looked at, which with
 * 500 processes takes 15 ms, and 45 the first time.
 */
import type { Clock, Millis } from '../../base/clock.js';
import type { RunNews } from '../../keeper/protocol.js';
import type { Clearing } from '../clear-run.js';
import { accountOf } from '../execution.js';
import type { Outbox } from '../outbox.js';
import type { Execution } from '../port.js';
import type { RunName } from '../service-environment.js';
import { createSignal } from '../signal.js';
import { isProbePath } from './probe-name.js';

export interface ProbeLeftoversOptions {
  readonly clock: Clock;
  readonly outbox: Pick<Outbox, 'order'>;
  /** What is killed is not reported: every few seconds it would be an entry of the history. */
  readonly clearing: Clearing;
  /** Runs of earlier daemons have this number at most, those of this one a higher one. */
  readonly lastPastRun: number;
  /** Does a run of this port go on? */
  readonly isGoing: (key: string) => boolean;
}

type Exited = Extract<RunNews, { news: 'exited' }>;

/** By then all is gone that nobody asks any more: a second to be killed, and what clearing up takes at most. */
const LEAVE_MS: Millis = 6_500;

/** Knows what of ports of commands that ask is not gone yet. */
export class ProbeLeftovers {
  readonly #options: ProbeLeftoversOptions;
  /** Of how many ended runs of a port it is being cleared away what they have left. */
  readonly #clearing = new Map<string, number>();
  /** Ports that nobody asks any more. The keeper knows of them until nothing of them is left: should we die, the next daemon looks for that. */
  readonly #leaving = new Set<string>();
  readonly #left = createSignal();
  /** The look for what earlier daemons have left: the latest, and the one after it. */
  #look: Promise<void> = Promise.resolve();
  #nextLook: Promise<void> | null = null;

  constructor(options: ProbeLeftoversOptions) {
    this.#options = options;
  }

  /** A run has been started. */
  began(name: RunName, pid: number): void {
    this.#options.clearing.began(name, pid, false);
  }

  /** A run has ended; `execution`: what it was executed with. */
  ended(name: RunName, { key, pid, groupLeft, adopted }: Exited, execution: Pick<Execution, 'env' | 'user'>): void {
    const ended = { pid, groupLeft, isAdopted: adopted !== undefined, env: execution.env, owner: accountOf(execution)?.uid };
    this.#clear(key, this.#options.clearing.ended(name, ended));
  }

  /** A run of an earlier daemon has ended, or a port was left by one. */
  pastEnded(key: string): void {
    this.#clear(key, this.#clearPast());
  }

  /** Nobody asks any more: the keeper need not know of it as soon as nothing of it is left. */
  leave(key: string): void {
    this.#leaving.add(key);
    this.settle(key);
  }

  /** The same of all of which something is being cleared away. */
  leaveAll(): void {
    for (const key of this.#clearing.keys()) this.leave(key);
  }

  /** A run has come to its end without leaving anything. */
  settle(key: string): void {
    if (!this.#leaving.has(key) || this.#options.isGoing(key) || this.#clearing.has(key)) return;
    this.#leaving.delete(key);
    this.#options.outbox.order({ do: 'forget', key });
    this.#left.emit();
  }

  /** Resolves when nothing is left of what nobody asks any more, after 6.5 s at the latest. */
  async settled(): Promise<void> {
    if (this.#leaving.size === 0) return;
    await new Promise<void>((resolve) => {
      const settle = (): void => {
        cancel();
        unsubscribe();
        resolve();
      };
      const cancel = this.#options.clock.after(LEAVE_MS, settle);
      const unsubscribe = this.#left.subscribe(() => {
        if (this.#leaving.size === 0) settle();
      });
    });
  }

  /** What is asked for while one look goes on is one look, after it: 200 commands that a dead daemon left end at nearly the same time. */
  #clearPast(): Promise<void> {
    const { clearing, lastPastRun } = this.#options;
    this.#nextLook ??= this.#look.then(() => {
      this.#nextLook = null;
      this.#look = clearing.past(({ path, run }) => isProbePath(path) && run <= lastPastRun) ?? Promise.resolve();
      return this.#look;
    });
    return this.#nextLook;
  }

  #clear(key: string, cleared: Promise<void> | undefined): void {
    if (!cleared) return this.settle(key);
    this.#clearing.set(key, (this.#clearing.get(key) ?? 0) + 1);
    // It never rejects.
    void cleared.then(() => {
      const others = (this.#clearing.get(key) ?? 1) - 1;
      if (others > 0) this.#clearing.set(key, others);
      else this.#clearing.delete(key);
      this.settle(key);
    });
  }
}
