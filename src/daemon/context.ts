import type { Clock } from '../base/clock.js';
import { PortsupError } from '../base/errors.js';
import type { HomeLayout } from '../base/home.js';
import type { JournalEntry } from '../journal/entry.js';
import type { Journal } from '../journal/journal.js';
import type { LogStore } from '../logs/store.js';
import type { KeeperClient } from '../ports/keeper-client.js';
import type { UsageReader } from '../ports/usage.js';
import type { AlarmSources } from './alarms/alarm-sources.js';
import type { AlarmStore } from './alarms/alarm-store.js';
import type { SpaceWatch } from './alarms/space.js';
import type { AppRegistry } from './app-registry.js';
import type { Asked } from './asked.js';
import type { Calls } from './calling/flights.js';
import type { Conditions } from './conditions.js';
import type { Health } from './health/health.js';
import type { Hooks } from './hooks.js';
import type { Outbox } from './outbox.js';
import type { PortRegistry } from './port-registry.js';
import type { Runtime } from './runtime.js';
import type { Signal } from './signal.js';
import type { Triggers } from './triggers/triggers.js';
import type { Moment } from './view.js';

/** Everything a handler needs; made once, by `main`. */
export interface DaemonContext {
  readonly runtime: Runtime;
  readonly ports: PortRegistry;
  readonly logs: LogStore;
  readonly outbox: Outbox;
  readonly apps: AppRegistry;
  /** What clients wait for. */
  readonly asked: Asked;
  /** The commands that applications run for their events. */
  readonly hooks: Hooks;
  readonly triggers: Triggers;
  readonly calls: Calls;
  readonly health: Health;
  readonly journal: Journal;
  /** Each journal entry as it is made. */
  readonly feed: Signal<JournalEntry>;
  /** Writes an entry to the journal and publishes it. */
  readonly record: (entry: JournalEntry) => void;
  /** What is wrong and lasts. */
  readonly alarms: AlarmStore;
  /** What of it sets itself. */
  readonly alarmSources: AlarmSources;
  /** What of it looks for room. */
  readonly space: SpaceWatch;
  /** What of it is about the daemon's surroundings. */
  readonly conditions: Conditions;
  readonly clock: Clock;
  readonly keeper: KeeperClient;
  readonly layout: HomeLayout;
  readonly usage: UsageReader;
  readonly startedAt: string;
  /** Has the daemon begun to end? */
  isEnding(): boolean;
  /** Is everything being stopped, to be brought up again at the next boot? Then nothing is started any more. */
  isHalting(): boolean;
  /** What is up now is what is brought up at the next boot, whatever happens from now on. */
  halt(): void;
  /** Ends this daemon for another to take over, of the same program (null) or of that at a path. */
  makeRoom(program: string | null): void;
  /** Ends daemon and keeper, once what is being answered has been answered. Nothing runs any more. */
  end(): void;
}

/**
 * What is started now would be stopped at once.
 *
 * @throws PortsupError `DAEMON_NOT_RUNNING` while the daemon ends or stops everything.
 */
export function refuseWhileEnding(context: Pick<DaemonContext, 'isEnding' | 'isHalting'>): void {
  if (context.isEnding() || context.isHalting()) throw new PortsupError('DAEMON_NOT_RUNNING', 'the daemon is just ending', 'try again');
}

/** Now, for views. */
export const momentOf = ({ clock }: Pick<DaemonContext, 'clock'>): Moment => ({ now: clock.now(), wallTime: (at) => clock.wallTime(at) });
