/** Puts the daemon together: what knows whom, nothing else. */

import type { Clock } from '../base/clock.js';
import type { HomeLayout } from '../base/home.js';
import { droppedEntry, type JournalEntry } from '../journal/entry.js';
import { openJournal } from '../journal/journal.js';
import type { KeeperNews, KeeperOrder } from '../keeper/protocol.js';
import { LogStore } from '../logs/store.js';
import { connectKeeper } from '../ports/keeper-client.js';
import { openLeftovers } from '../ports/leftovers.js';
import { watchOom } from '../ports/oom.js';
import { openUsage } from '../ports/usage.js';
import type { Forest } from '../supervision/tree.js';
import { AlarmSources } from './alarms/alarm-sources.js';
import { AlarmStore } from './alarms/alarm-store.js';
import { SpaceWatch } from './alarms/space.js';
import type { AppRegistry } from './app-registry.js';
import { Asked } from './asked.js';
import { createAutopsy } from './autopsy.js';
import { openCalls } from './calling/flights.js';
import { type ClearingOptions, type Configured, createClearing } from './clear-run.js';
import { createConditions, tellState, watchLogs, writeTrouble } from './conditions.js';
import { configuredProbe, configuredService } from './configured.js';
import type { DaemonContext } from './context.js';
import { Channels } from './health/channels.js';
import { Health } from './health/health.js';
import type { HealthOptions } from './health/health-options.js';
import { SaidMemory } from './health/said-memory.js';
import type { HookOptions } from './hook.js';
import { Hooks } from './hooks.js';
import { createOutbox } from './outbox.js';
import { createPerform, entryOf } from './perform.js';
import type { PortRegistryOptions } from './port.js';
import { PortRegistry } from './port-registry.js';
import { sourceOfRun } from './run-lines.js';
import { createRuntime, type Runtime } from './runtime.js';
import type { RunName } from './service-environment.js';
import { createSignal } from './signal.js';
import { Triggers } from './triggers/triggers.js';

/** What comes from outside: time, place, and who is told of the two ways this can end. */
export interface DaemonOptions {
  readonly clock: Clock;
  readonly layout: HomeLayout;
  /** Takes what an operator should know; goes to the daemon's log. */
  readonly warn: (message: string) => void;
  /** The daemon has been asked to end: called once, with what is to be said to the keeper at last. */
  readonly onEnd: (lastWord: Extract<KeeperOrder, { do: 'goodbye' | 'succeed' }>) => void;
  /** The keeper's first news. What else it tells waits until this is done. */
  readonly onHello: (hello: Extract<KeeperNews, { news: 'hello' }>) => Promise<void>;
  /** The keeper is gone. */
  readonly onKeeperGone: () => void;
}

/** A daemon's parts, connected to the keeper that forked this process. */
export function composeDaemon({ clock, layout, warn, onEnd, onHello, onKeeperGone }: DaemonOptions): DaemonContext {
  const feed = createSignal<JournalEntry>();
  const apps: AppRegistry = new Map();
  const onNews = afterHello(onHello, (news) => {
    if (news.news === 'state-trouble') tellState(conditions, news.why, layout.state);
    else if (!hooks.onNews(news) && !health.onNews(news)) ports.onNews(news);
  });
  const keeper = connectKeeper({ onNews, onGone: onKeeperGone });
  const outbox = createOutbox((order) => keeper.send(order));
  const endings = { ...haltingOf(keeper), ...onceEnding(onEnd) };
  const records = composeJournal({ clock, layout, warn, feed, outbox, forest: () => runtime.forest(), ...endings });
  const { record, conditions, alarmSources } = records;
  const leftovers = openLeftovers({ clock, keeperPid: keeper.pid });
  const configured = (name: RunName): Configured | undefined => configuredService(runtime.forest(), apps, name);
  const clearing = createClearing({ clock, leftovers, configured, warn, report: (report) => record(entryOf(report, clock)) });
  const configuredAsking = (name: RunName): Configured | undefined => configuredProbe(runtime.forest(), apps, name);
  const clearingProbes = createClearing({ clock, leftovers, configured: configuredAsking, warn, report: () => undefined });
  const outside = { keeper, outbox, layout, clock, warn };
  const hooks = composeHooks({ ...outside, leftovers, apps, record, feed });
  const logs = new LogStore({ folder: layout.logs, clock, onTrouble: warn });
  const said = new SaidMemory(outside);
  const channels = new Channels({ ...outside, said });
  const ports: PortRegistry = composePorts({ ...outside, channels, clearing, logs, record, conditions }, () => runtime);
  const onSpecs = (): void => [triggers, health].forEach((part) => part.onSpecs());
  const runtime = createRuntime(clock, createPerform({ ports, apps, outbox, clock, record, alarms: alarmSources, onSpecs }, dieOf));
  const calls = openCalls(clock);
  const triggers = new Triggers({ runtime, calls, record, conditions, outbox, clock, layout, warn });
  const linesOfRun: HealthOptions['linesOfRun'] = (source, run) => sourceOfRun({ ...records, clock, runtime }, source, run);
  const onAnswer: HealthOptions['onAnswer'] = (answer) => alarmSources.noteAnswer(answer);
  const health = new Health({ ...outside, runtime, ports, apps, channels, said, clearing: clearingProbes, linesOfRun, onAnswer });
  for (const part of [alarmSources, hooks]) runtime.onChange(() => part.onForest());
  const space = new SpaceWatch({ ...records, clock, layout, logs, forest: () => runtime.forest(), warn, ...endings });
  const asked = new Asked({ clock, outbox, runtime, ...endings });
  const parts = { ...records, space, triggers, health, calls, runtime, ports, logs, outbox, apps, hooks, feed, clock, keeper, layout };
  const startedAt = clock.wallTime(clock.now()).toISOString();
  return { ...parts, asked, usage: openUsage(clock), startedAt, ...endings };
}

function composePorts(
  options: Pick<PortRegistryOptions, 'keeper' | 'outbox' | 'layout' | 'clock' | 'warn' | 'channels' | 'clearing' | 'logs'> &
    Pick<DaemonContext, 'record' | 'conditions'>,
  runtime: () => Runtime,
): PortRegistry {
  const { clock, warn, record, conditions } = options;
  return new PortRegistry({
    ...options,
    autopsy: createAutopsy({ clock, oom: watchOom(clock), forest: () => runtime().forest(), warn }),
    post: (event) => runtime().post(event),
    onLogTrouble: watchLogs(conditions),
    onDropped: (run, dropped) => record(droppedEntry(clock.wallTime(clock.now()).toISOString(), run, dropped)),
  });
}

interface JournalOptions extends Pick<DaemonContext, 'clock' | 'layout' | 'feed' | 'outbox' | 'isHalting'>, Pick<DaemonOptions, 'warn'> {
  readonly forest: () => Forest;
}

/** The journal, what goes into it, and what lasts of what is wrong. */
function composeJournal({
  clock,
  layout,
  warn,
  feed,
  outbox,
  ...options
}: JournalOptions): Pick<DaemonContext, 'journal' | 'record' | 'alarms' | 'alarmSources' | 'conditions'> {
  const onFailing = (error: unknown): void => {
    if (error === null) conditions.clear('journal');
    else conditions.raise('journal', writeTrouble('history cannot be written and is kept in memory', error, layout.home));
  };
  const journal = openJournal({ file: layout.journal, clock, onTrouble: warn, onFailing });
  const record = (entry: JournalEntry): void => {
    journal.append(entry);
    feed.emit(entry);
  };
  const alarms = new AlarmStore({ clock, outbox, record, warn });
  const alarmSources = new AlarmSources({ clock, store: alarms, ...options });
  const conditions = createConditions(alarms);
  return { journal, record, alarms, alarmSources, conditions };
}

/** What a run of a command for events leaves behind ends without a report: it would be an event for that command again. */
function composeHooks({
  leftovers,
  feed,
  ...options
}: Omit<HookOptions, 'clearing'> & Pick<ClearingOptions, 'leftovers'> & Pick<DaemonContext, 'feed'>): Hooks {
  const { clock, warn } = options;
  const clearing = createClearing({ clock, leftovers, configured: () => undefined, warn, report: () => undefined });
  const hooks = new Hooks({ ...options, clearing });
  feed.subscribe((entry) => hooks.onEntry(entry));
  return hooks;
}

/** Passes news on, in order; those that come while the first is dealt with wait. */
function afterHello(onHello: DaemonOptions['onHello'], onNews: (news: KeeperNews) => void): (news: KeeperNews) => void {
  let waiting: KeeperNews[] | null = [];
  return (news) => {
    if (news.news === 'hello') {
      // It does not reject but for a bug, which ends the daemon.
      void onHello(news).then(() => {
        const late = waiting ?? [];
        waiting = null;
        for (const one of late) onNews(one);
      });
    } else if (waiting) waiting.push(news);
    else onNews(news);
  };
}

function haltingOf(keeper: Pick<DaemonContext['keeper'], 'send'>): Pick<DaemonContext, 'isHalting' | 'halt'> {
  let isHalting = false;
  return {
    isHalting: () => isHalting,
    halt: () => {
      if (!isHalting) keeper.send({ do: 'freeze' });
      isHalting = true;
    },
  };
}

/** As an exception that nobody catches, whoever catches it on its way now. */
function dieOf(error: unknown): void {
  setImmediate(() => {
    throw error;
  });
}

/** The end, which comes once however often it is asked for. */
function onceEnding(onEnd: DaemonOptions['onEnd']): Pick<DaemonContext, 'isEnding' | 'end' | 'makeRoom'> {
  let isEnding = false;
  const once = (lastWord: Parameters<typeof onEnd>[0]): void => {
    if (isEnding) return;
    isEnding = true;
    onEnd(lastWord);
  };
  return {
    isEnding: () => isEnding,
    end: () => {
      once({ do: 'goodbye' });
    },
    makeRoom: (program) => {
      once({ do: 'succeed', program });
    },
  };
}
