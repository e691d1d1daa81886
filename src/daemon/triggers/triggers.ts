/** What starts and restarts services besides their own ends and people. What no service asks for costs nothing, and is not even loaded. */
import type { Clock, Millis } from '../../base/clock.js';
import type { HomeLayout } from '../../base/home.js';
import type { JournalEntry } from '../../journal/entry.js';
import { isReachable, type Service } from '../../supervision/tree.js';
import type { Calls } from '../calling/flights.js';
import type { Conditions } from '../conditions.js';
import type { Outbox } from '../outbox.js';
import type { Runtime } from '../runtime.js';
import { isServicePlace, type Placed, placedNodes } from '../view.js';
import type { CronTrigger } from './cron.js';
import type { IdleTrigger } from './idle.js';
import type { MemoryTrigger } from './memory.js';
import type { WatchTrigger } from './watch.js';

export interface TriggersOptions {
  readonly clock: Clock;
  readonly runtime: Pick<Runtime, 'forest' | 'post' | 'onChange'>;
  readonly calls: Pick<Calls, 'flights'>;
  readonly outbox: Pick<Outbox, 'remember' | 'gather'>;
  readonly conditions: Conditions;
  readonly layout: HomeLayout;
  readonly record: (entry: JournalEntry) => void;
  readonly warn: (message: string) => void;
}

/** A slow disk must not hold up whoever waits for that. */
const SETTLED_MS: Millis = 1_000;

type Memory = readonly (readonly [key: string, text: string])[];

/** Owns all timers and watches for this; after `close` there are none. */
export class Triggers {
  private readonly options: TriggersOptions;
  private cron: CronTrigger | null = null;
  private watch: WatchTrigger | null = null;
  private memory: MemoryTrigger | null = null;
  private idle: IdleTrigger | null = null;
  private remembered: Memory = [];
  private isPlanned = false;
  private isClosed = false;
  /** One plan after the other. */
  private planning = Promise.resolve();
  private watching = Promise.resolve();

  constructor(options: TriggersOptions) {
    this.options = options;
  }

  /** Goes on where an earlier daemon was, in what it has remembered. To be called when the applications are known. */
  takeOver(memory: Memory): void {
    this.remembered = memory.filter(([key]) => key.startsWith('cron '));
    this.onSpecs();
  }

  /** Services have come or gone, or are configured differently. */
  onSpecs(): void {
    if (this.isPlanned || this.isClosed) return;
    this.isPlanned = true;
    // It rejects for a bug only, which ends the daemon.
    this.planning = this.planning.then(() => this.plan());
  }

  /** Resolves when all that was wanted until now is attended to: files are watched. After a second at the latest. */
  async settled(): Promise<void> {
    await new Promise<void>((resolve) => {
      const cancel = this.options.clock.after(SETTLED_MS, resolve);
      const settle = (): void => {
        cancel();
        resolve();
      };
      void this.planning.then(() => this.watching).then(settle);
    });
  }

  /** When the `cron` of a service comes next; null: never, or nothing follows from it as the service is now. */
  nextCron(place: Placed<Service>): Date | null {
    if (place.node.spec.cron === null) return null;
    const root = this.options.runtime.forest().apps[place.app]?.root;
    return root && isReachable(root, place.path) ? (this.cron?.next(place) ?? null) : null;
  }

  close(): void {
    this.isClosed = true;
    this.cron?.close();
    this.watch?.close();
    this.memory?.close();
    this.idle?.close();
  }

  private readonly services = (): readonly Placed<Service>[] =>
    Object.values(this.options.runtime.forest().apps).flatMap(placedNodes).filter(isServicePlace);

  private async plan(): Promise<void> {
    // Once for all that comes of one `up`.
    await new Promise<void>((resolve) => {
      this.options.clock.after(0, resolve);
    });
    this.isPlanned = false;
    const isWanted = (field: 'cron' | 'watch' | 'maxMemoryBytes' | 'idleMs'): boolean =>
      this.services().some(({ node }) => node.spec[field] !== null);
    if (!this.cron && (isWanted('cron') || this.remembered.length > 0)) {
      const { CronTrigger: Cron } = await import('./cron.js');
      this.cron = new Cron({ ...this.options, past: this.remembered });
    }
    if (!this.watch && isWanted('watch')) {
      const { WatchTrigger: Watch } = await import('./watch.js');
      this.watch = new Watch({ ...this.options, services: this.services });
    }
    if (!this.memory && isWanted('maxMemoryBytes')) {
      const { MemoryTrigger: Limit } = await import('./memory.js');
      this.memory = new Limit({ ...this.options, services: this.services });
    }
    if (!this.idle && isWanted('idleMs')) {
      const { IdleTrigger: Idle } = await import('./idle.js');
      this.idle = new Idle({ ...this.options, flights: this.options.calls.flights });
    }
    if (this.isClosed) return;
    const services = this.services();
    this.cron?.plan(services);
    this.memory?.plan(services);
    this.idle?.plan(services);
    this.watching = this.watch?.plan(services) ?? Promise.resolve();
  }
}
