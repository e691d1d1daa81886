/**
 * What the keeper remembers of alarms that a command has not been told yet, each by itself: should the daemon be killed, the next one tells them. Of those that a
 * run has been given it knows which run that is, as that may go on.
 */
import type { JournalEntry } from '../journal/entry.js';
import type { MemoryChange } from '../keeper/protocol.js';
import type { HookState } from './hook-state.js';
import { type RememberSoonOptions, rememberSoon } from './remember-soon.js';

/** One of them. */
export interface Letter {
  readonly entry: JournalEntry;
  /** Of the run that has been given it; null: it waits. */
  readonly run: number | null;
}

/** Those of one application. */
export class HookMemory {
  readonly #app: string;
  readonly #remember: ReturnType<typeof rememberSoon>;
  /** Each under its number, which grows, also over daemons. */
  readonly #known = new Map<JournalEntry, Letter & { readonly number: number }>();
  #next = 1;

  constructor(app: string, options: RememberSoonOptions) {
    this.#app = app;
    this.#remember = rememberSoon(options);
  }

  /** An earlier daemon has left this. To be told before anything is kept. */
  found([number, letter]: Numbered): void {
    this.#known.set(letter.entry, { ...letter, number });
    this.#next = Math.max(this.#next, number + 1);
  }

  /** This is what there is now. */
  keep({ given, run, waiting }: Pick<HookState, 'given' | 'run' | 'waiting'>): void {
    const now = new Map<JournalEntry, number | null>();
    for (const entry of given) now.set(entry, run);
    for (const entry of waiting) now.set(entry, null);
    const changes: MemoryChange[] = [];
    for (const [entry, { number }] of this.#known) {
      if (now.has(entry)) continue;
      this.#known.delete(entry);
      changes.push([this.#keyOf(number), null]);
    }
    for (const [entry, of] of now) {
      const known = this.#known.get(entry);
      if (known?.run === of) continue;
      const letter: Letter = { entry, run: of };
      const number = known?.number ?? this.#next;
      if (!known) this.#next += 1;
      this.#known.set(entry, { ...letter, number });
      changes.push([this.#keyOf(number), JSON.stringify(letter)]);
    }
    if (changes.length > 0) this.#remember(changes);
  }

  #keyOf(number: number): string {
    return `on_alarm ${this.#app}:${number}`;
  }
}

/** As memory.ts names its entries. */
const KEY = /^on_alarm ([^:]*):(\d+)$/;

/** Is this what the keeper remembers of an alarm that a command has not been told yet? */
export const isCommandLetter = (key: string): boolean => KEY.test(key);

/** With its number. */
export type Numbered = readonly [number: number, letter: Letter];

/** What an earlier daemon has left to the commands, by application; oldest first. */
export function lettersIn(memory: readonly (readonly [key: string, text: string])[]): ReadonlyMap<string, readonly Numbered[]> {
  const left = new Map<string, Numbered[]>();
  for (const [key, text] of memory) {
    const [, app, number] = KEY.exec(key) ?? [];
    if (app === undefined) continue;
    const letters = left.get(app) ?? [];
    left.set(app, letters);
    letters.push([Number(number), JSON.parse(text) as Letter]);
  }
  for (const letters of left.values()) letters.sort(([first], [second]) => first - second);
  return left;
}
