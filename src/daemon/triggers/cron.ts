/** Has services restarted, and jobs started, at the times of their `cron`. */
import type { Clock, Millis } from '../../base/clock.js';
import { type Schedule, scheduleOf } from '../../config/cron.js';
import type { JournalEntry } from '../../journal/entry.js';
import type { MemoryChange } from '../../keeper/protocol.js';
import { isJob } from '../../supervision/job.js';
import type { Service } from '../../supervision/tree.js';
import type { Outbox } from '../outbox.js';
import { entryOf } from '../perform.js';
import type { Runtime } from '../runtime.js';
import { type Placed, serviceAt } from '../view.js';
import { isToLookAt, lookAt, type Planned, planFrom } from './cron-plan.js';

/** Nobody tells when the clock is set or the machine has slept, and no timer may be longer than 24 days: so this often is looked anyway. */
const LOOK_MS: Millis = 30_000;

export interface CronOptions {
  readonly clock: Clock;
  readonly runtime: Pick<Runtime, 'forest' | 'post'>;
  readonly outbox: Pick<Outbox, 'remember' | 'gather'>;
  readonly record: (entry: JournalEntry) => void;
  /** What the daemon before was about to do next, as it has remembered that. */
  readonly past: readonly (readonly [key: string, text: string])[];
}

interface Entry {
  readonly expression: string;
  readonly app: string;
  readonly path: string;
  planned: Planned;
}

/** Owns the timer for all times; after `close` there is none. */
export class CronTrigger {
  private readonly options: CronOptions;
  private readonly entries = new Map<string, Entry>();
  private readonly past: Map<string, string>;
  private cancel = (): void => undefined;

  constructor(options: CronOptions) {
    this.options = options;
    this.past = new Map(options.past);
  }

  /** These services are all there are. */
  plan(services: readonly Placed<Service>[]): void {
    const read = schedules();
    const gone = new Set([...this.entries.keys(), ...this.past.keys()]);
    const changes: MemoryChange[] = [];
    for (const { app, path, node } of services) {
      const { cron } = node.spec;
      if (cron === null) continue;
      const key = keyOf(app, path);
      gone.delete(key);
      if (this.entries.get(key)?.expression !== cron) changes.push(this.add({ app, path, expression: cron }, read(cron)));
    }
    for (const key of gone) {
      this.entries.delete(key);
      changes.push([key, null]);
    }
    this.past.clear();
    this.options.outbox.remember(changes);
    this.look();
  }

  /** When a service is started or restarted next; null: never, or not as it is now. */
  next({ app, path, node }: Placed<Service>): Date | null {
    const next = this.entries.get(keyOf(app, path))?.planned.next ?? null;
    return next === null || node.desired === 'stopped' ? null : new Date(next);
  }

  close(): void {
    this.cancel();
  }

  private add({ app, path, expression }: Omit<Entry, 'planned'>, schedule: Schedule): MemoryChange {
    const key = keyOf(app, path);
    const planned = planFrom(schedule, this.wallNow(), remembered(this.past.get(key), expression));
    this.entries.set(key, { app, path, expression, planned });
    return [key, textOf(expression, planned)];
  }

  /** Does what is due, and comes again when the next is. */
  private look(): void {
    this.cancel();
    const now = this.wallNow();
    const read = schedules();
    const { outbox } = this.options;
    for (const [key, entry] of this.entries) {
      if (!isToLookAt(entry.planned, now)) continue;
      const { planned, due, missed } = lookAt(read(entry.expression), entry.planned, now);
      // It goes with what follows: should we die, the next daemon knows of both or of neither, and acts upon no time twice.
      outbox.remember([[key, textOf(entry.expression, planned)]]);
      entry.planned = planned;
      if (due !== null) this.act(entry, due);
      if (missed !== null) this.tellMissed(entry, missed);
    }
    // What nothing followed from goes by itself.
    outbox.gather(() => undefined);
    this.arm(now);
  }

  private arm(now: number): void {
    if (this.entries.size === 0) return;
    const first = [...this.entries.values()].reduce((least, { planned }) => Math.min(least, planned.next ?? least), now + LOOK_MS);
    this.cancel = this.options.clock.after(Math.max(1, first - now), () => {
      this.look();
    });
  }

  /** What has been started since then is new enough; a job is another matter. */
  private act(entry: Entry, due: number): void {
    const service = this.serviceOf(entry);
    if (!service) return;
    const { state, spec } = service;
    const since = 'since' in state ? this.options.clock.wallTime(state.since).getTime() : 0;
    if (since > due && !isJob(spec)) return;
    this.options.runtime.post({ type: 'cron-due', app: entry.app, path: entry.path });
  }

  private tellMissed(entry: Entry, missed: number): void {
    const { app, path, expression } = entry;
    const { clock, record } = this.options;
    if (this.serviceOf(entry)?.desired !== 'up') return;
    const cause = { type: 'cron_missed', expression, due: new Date(missed).toISOString() } as const;
    const facts = { type: 'info', event: 'skipped', at: clock.now(), app, path, pid: null, run: null, exit: null } as const;
    record(entryOf({ ...facts, cause, by: 'supervisor' }, clock));
  }

  private serviceOf(entry: Entry): Service | undefined {
    return serviceAt(this.options.runtime.forest(), entry);
  }

  private wallNow(): number {
    const { clock } = this.options;
    return clock.wallTime(clock.now()).getTime();
  }
}

/** Reads each text once. They are not kept for long: croner's take 80 KB each. */
function schedules(): (expression: string) => Schedule {
  const known = new Map<string, Schedule>();
  return (expression) => {
    const schedule = known.get(expression) ?? scheduleOf(expression);
    known.set(expression, schedule);
    return schedule;
  };
}

const keyOf = (app: string, path: string): string => `cron ${app}:${path}`;

const textOf = (expression: string, { next }: Planned): string => JSON.stringify({ expression, next });

/** What came next, if it is about the same times. */
function remembered(text: string | undefined, expression: string): number | null {
  if (text === undefined) return null;
  const past = JSON.parse(text) as { readonly expression: string; readonly next: number | null };
  return past.expression === expression ? past.next : null;
}
