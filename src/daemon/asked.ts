/**
 * What clients have asked for and wait for, as the keeper remembers it: should the daemon die or be replaced, they ask the next one again, and what was begun
 * must not be begun a second time.
 */
import type { Clock, Millis } from '../base/clock.js';
import type { Outbox } from './outbox.js';
import type { NewEvent, Runtime } from './runtime.js';

/** Who waited for a daemon that has died asks the next one within a moment, or has gone, too. */
const ASKED_AGAIN_MS: Millis = 60_000;

/** What it takes. */
export interface AskedOptions {
  readonly clock: Clock;
  readonly outbox: Pick<Outbox, 'remember' | 'gather'>;
  readonly runtime: Pick<Runtime, 'post'>;
  /** Does another daemon take over? */
  readonly isEnding: () => boolean;
}

/** By the token that the client has made up for its asking; without one nothing is remembered. */
export class Asked {
  readonly #options: AskedOptions;
  readonly #known = new Set<string>();

  constructor(options: AskedOptions) {
    this.#options = options;
  }

  /** Takes over what an earlier daemon knew. */
  restore(memory: readonly (readonly [key: string, text: string])[]): void {
    const left = memory.flatMap(([key]) => (isAsking(key) ? [key.slice(KEY.length)] : []));
    for (const token of left) this.#known.add(token);
    if (left.length > 0) this.#options.clock.after(ASKED_AGAIN_MS, () => left.forEach((token) => this.#forget(token)));
  }

  /** Has this been posted already, by an earlier daemon? */
  has(token: string | undefined): boolean {
    return token !== undefined && this.#known.has(token);
  }

  /** Posts what was asked for. It is remembered together with what follows from the last of the events. */
  post(token: string | undefined, events: readonly NewEvent[]): void {
    const { outbox, runtime } = this.#options;
    for (const event of events.slice(0, -1)) runtime.post(event);
    if (token !== undefined) {
      this.#known.add(token);
      outbox.remember([[KEY + token, '']]);
    }
    for (const event of events.slice(-1)) runtime.post(event);
    // Where nothing has followed.
    outbox.gather(() => undefined);
  }

  /** Answers by `answer`. Who has the answer, or has gone, does not ask again; who is only cut off by the end of this daemon does. */
  async answered(token: string | undefined, answer: () => Promise<void>): Promise<void> {
    try {
      await answer();
    } finally {
      if (token !== undefined && !this.#options.isEnding()) this.#forget(token);
    }
  }

  #forget(token: string): void {
    if (this.#known.delete(token)) this.#options.outbox.remember([[KEY + token, null]]);
  }
}

const KEY = 'asked ';

/** Is this what the keeper remembers of an asking? */
export const isAsking = (key: string): boolean => key.startsWith(KEY);
