/** The alarms that are set: told when they begin and end, and remembered for the next daemon, also over a reboot. */
import type { Clock, Millis } from '../../base/clock.js';
import { parentPath } from '../../base/names.js';
import { type Alarm, type AlarmChange, type AlarmEvent, type AlarmSource, noAlarms, stepAlarms } from '../../health/alarms.js';
import { daemonEntry, type JournalEntry } from '../../journal/entry.js';
import type { MemoryChange } from '../../keeper/protocol.js';
import type { Outbox } from '../outbox.js';
import { rememberSoon } from '../remember-soon.js';

/** What is wrong with the daemon's surroundings is seen anew by the next daemon, or it is over. */
const PROOF_MS: Millis = 10_000;

export interface AlarmStoreOptions {
  readonly clock: Clock;
  readonly outbox: Pick<Outbox, 'remember' | 'gather'>;
  /** Writes an entry to the journal and publishes it. */
  readonly record: (entry: JournalEntry) => void;
  /** Goes to the daemon's log. */
  readonly warn: (message: string) => void;
}

type Memory = readonly (readonly [key: string, text: string])[];

/** Owns the alarms of all sources. */
export class AlarmStore {
  private readonly options: AlarmStoreOptions;
  private alarms = noAlarms;
  /** Of the daemon's own surroundings, as an earlier daemon saw them. */
  private readonly unproven = new Set<string>();
  private readonly rememberSoon: ReturnType<typeof rememberSoon>;

  constructor(options: AlarmStoreOptions) {
    this.options = options;
    this.rememberSoon = rememberSoon(options);
  }

  /** Begins it, or has it told otherwise; `at`: when that happened, default: now. True: it was not set before. */
  set(alarm: Omit<Alarm, 'since'>, at = this.options.clock.now()): boolean {
    return this.apply({ type: 'set', at: this.wallTime(at), alarm }, { at })?.is === 'set';
  }

  /** Ends it; `why`: what more there is to say. False: it was not set. */
  clear(id: string, why: string | null = null, at = this.options.clock.now()): boolean {
    return this.apply({ type: 'cleared', id }, { at, why }) !== null;
  }

  /** portsup ends, and nobody looks any more. */
  clearAll(why: string): void {
    for (const id of this.alarms.keys()) this.clear(id, why);
  }

  /** A probe has answered. Nothing follows where it is not set, or `clearAfter` good answers in a row are not reached. */
  answered(id: string, isGood: boolean, clearAfter: number): void {
    const why = clearAfter === 1 ? 'a good answer' : `${clearAfter} good answers in a row`;
    this.apply({ type: 'answered', id, isGood, clearAfter }, { at: this.options.clock.now(), why });
  }

  /** Undefined: it is not set. */
  get(id: string): Alarm | undefined {
    return this.alarms.get(id)?.alarm;
  }

  /** All that are set, in the order in which they began. */
  all(): readonly Alarm[] {
    return [...this.alarms.values()].map(({ alarm }) => alarm);
  }

  /** Goes on with those that an earlier daemon has set, before any other is. They have been told. */
  restore(memory: Memory): void {
    for (const [key, text] of memory) {
      if (!key.startsWith(KEY)) continue;
      const { since, ...alarm } = JSON.parse(text) as Alarm;
      [this.alarms] = stepAlarms(this.alarms, { type: 'set', at: since, alarm });
    }
    for (const { id, source } of this.all()) if (source === 'portsup') this.unproven.add(id);
    if (this.unproven.size === 0) return;
    this.options.clock.after(PROOF_MS, () => {
      for (const id of this.unproven) this.clear(id);
    });
  }

  /** With what follows from the same event of supervision; what follows from none goes by itself, soon. */
  remember(...changes: readonly MemoryChange[]): void {
    this.rememberSoon(changes);
  }

  private apply(event: AlarmEvent, how: How): AlarmChange | null {
    if (event.type !== 'answered') this.unproven.delete(event.type === 'set' ? event.alarm.id : event.id);
    const [alarms, change] = stepAlarms(this.alarms, event);
    this.alarms = alarms;
    if (change) this.tell(change, how);
    return change;
  }

  private tell({ is, alarm }: AlarmChange, { at, why = null }: How): void {
    this.remember([`${KEY}${alarm.id}`, is === 'cleared' ? null : JSON.stringify(alarm)]);
    const { record, warn } = this.options;
    if (is === 'renewed') return;
    const cause = is === 'set' ? alarm.text : `over: ${alarm.text}${why === null ? '' : `; ${why}`}`;
    // What befalls portsup's own files is told where that can be read without them.
    if (alarm.source === 'portsup') warn(is === 'set' ? alarm.text : `no longer so: ${alarm.text}`);
    record({
      ...placeOf(alarm),
      at: this.wallTime(at),
      event: is === 'set' ? 'alarm_set' : 'alarm_cleared',
      cause: `${alarm.id}: ${cause}`,
    });
  }

  private wallTime(at: Millis): string {
    return this.options.clock.wallTime(at).toISOString();
  }
}

/** When it happened, and what more there is to say of an end. */
interface How {
  readonly at: Millis;
  readonly why?: string | null;
}

/** As memory.ts names its entries. */
const KEY = 'alarm ';

const CAUSERS: Readonly<Record<AlarmSource, JournalEntry['by']>> = {
  liveness: 'probe',
  watchdog: 'probe',
  gave_up: 'supervisor',
  restarts: 'supervisor',
  memory: 'supervisor',
  log_budget: 'daemon',
  portsup: 'daemon',
  outside: 'user',
};

function placeOf({ app, path, source }: Alarm): JournalEntry {
  const supervisor = path === null || path === '' ? null : parentPath(path);
  return { ...daemonEntry('', 'alarm_set', null), app, path, supervisor, by: CAUSERS[source] };
}
