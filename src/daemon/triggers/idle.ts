/** Tells that nobody has called a run for as long as its `idle` says. One timer for each service that has one and runs; of the others nothing is looked at. */
import type { Clock, Millis } from '../../base/clock.js';
import { findNode, type Service } from '../../supervision/tree.js';
import type { Calls } from '../calling/flights.js';
import type { Runtime } from '../runtime.js';
import type { Placed } from '../view.js';

export interface IdleOptions {
  readonly clock: Clock;
  readonly runtime: Pick<Runtime, 'forest' | 'post' | 'onChange'>;
  readonly flights: Pick<Calls['flights'], 'isUnderWay' | 'changed'>;
}

interface Entry {
  readonly app: string;
  readonly path: string;
  idleMs: Millis;
  /** The run that is up, and ready; null: none is. */
  run: number | null;
  /** Since when nobody calls it: since it is ready, the end of the last call, or the start of this daemon. */
  since: Millis;
  cancel: () => void;
}

/** Owns the timers; after `close` there is none. */
export class IdleTrigger {
  readonly #options: IdleOptions;
  readonly #entries = new Map<string, Entry>();
  readonly #unsubscribe: readonly (() => void)[];

  constructor(options: IdleOptions) {
    this.#options = options;
    const { runtime, flights } = options;
    this.#unsubscribe = [
      runtime.onChange(() => this.#look()),
      flights.changed.subscribe((callee) => {
        const entry = this.#entries.get(keyOf(callee));
        if (entry) this.#begin(entry);
      }),
    ];
  }

  /** These services are all there are. */
  plan(services: readonly Placed<Service>[]): void {
    const gone = new Set(this.#entries.keys());
    for (const { app, path, node } of services) {
      const { idleMs } = node.spec;
      if (idleMs === null) continue;
      const key = keyOf({ app, path });
      gone.delete(key);
      const entry = this.#entries.get(key) ?? { app, path, idleMs, run: null, since: 0, cancel: () => undefined };
      this.#entries.set(key, entry);
      if (entry.idleMs !== idleMs) this.#arm(Object.assign(entry, { idleMs }));
    }
    for (const key of gone) {
      this.#entries.get(key)?.cancel();
      this.#entries.delete(key);
    }
    this.#look();
  }

  close(): void {
    for (const end of this.#unsubscribe) end();
    this.plan([]);
  }

  /** Runs that have begun, or ended. */
  #look(): void {
    const { apps } = this.#options.runtime.forest();
    for (const entry of this.#entries.values()) {
      const root = apps[entry.app]?.root;
      const node = root && findNode(root, entry.path);
      const isUp = node?.kind === 'service' && node.state.phase === 'running' && node.state.proving === null;
      const run = isUp ? node.run : null;
      if (run === entry.run) continue;
      entry.run = run;
      this.#begin(entry);
    }
  }

  /** From now on nobody calls it; if that is so. */
  #begin(entry: Entry): void {
    entry.since = this.#options.clock.now();
    this.#arm(entry);
  }

  #arm(entry: Entry): void {
    entry.cancel();
    const { clock, flights } = this.#options;
    if (entry.run === null || flights.isUnderWay(entry)) return;
    entry.cancel = clock.after(entry.since + entry.idleMs - clock.now(), () => this.#onTime(entry));
  }

  #onTime(entry: Entry): void {
    const { app, path, run, since, idleMs } = entry;
    const { clock, runtime } = this.#options;
    // A timer is cut at 24 days.
    if (clock.now() < since + idleMs) return this.#arm(entry);
    if (run !== null) runtime.post({ type: 'idle-elapsed', app, path, run });
  }
}

const keyOf = ({ app, path }: Pick<Entry, 'app' | 'path'>): string => `${app}:${path}`;
