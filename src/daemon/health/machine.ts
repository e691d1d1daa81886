import type { Clock, Millis } from '../../base/clock.js';

/** A pure machine and what drives it. */
export interface MachineOptions<S, E, C> {
  readonly clock: Clock;
  readonly state: S;
  /** The event for when a time has come. */
  readonly tick: E;
  readonly step: (state: S, event: E, at: Millis) => readonly [S, readonly C[]];
  /** When it wants a `tick`; null: never. */
  readonly wakeOf: (state: S) => Millis | null;
  readonly perform: (command: C) => void;
}

/** Feeds a pure machine events and the time. Owns a timer; after `close` nothing happens any more. */
export class Machine<S, E, C> {
  readonly #options: MachineOptions<S, E, C>;
  #state: S;
  #cancel = (): void => undefined;
  #isClosed = false;

  constructor(options: MachineOptions<S, E, C>) {
    this.#options = options;
    this.#state = options.state;
  }

  get state(): S {
    return this.#state;
  }

  /** To be called once with a `tick`, which sets the first timer. */
  apply(event: E): void {
    if (this.#isClosed) return;
    const { clock, tick, step, wakeOf, perform } = this.#options;
    const [state, commands] = step(this.#state, event, clock.now());
    this.#state = state;
    this.#cancel();
    const wake = wakeOf(state);
    if (wake !== null) this.#cancel = clock.after(Math.ceil(wake - clock.now()), () => this.apply(tick));
    for (const command of commands) perform(command);
  }

  close(): void {
    this.#isClosed = true;
    this.#cancel();
  }
}
