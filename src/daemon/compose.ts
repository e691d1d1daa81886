/** Puts the daemon together: what knows whom, nothing else. */

import type { Clock } from '../base/clock.js';
import type { HomeLayout } from '../base/home.js';
import type { JournalEntry } from '../journal/entry.js';
import { openJournal } from '../journal/journal.js';
import { connectKeeper } from '../ports/keeper-client.js';
import { openUsage } from '../ports/usage.js';
import type { AppRegistry } from './app-registry.js';
import type { DaemonContext } from './context.js';
import { createPerform } from './perform.js';
import { PortRegistry } from './port-registry.js';
import { createRuntime } from './runtime.js';
import { createSignal } from './signal.js';

/** What comes from outside: time, place, and who is told of the two ways this can end. */
export interface DaemonOptions {
  readonly clock: Clock;
  readonly layout: HomeLayout;
  /** Takes what an operator should know; goes to the daemon's log. */
  readonly warn: (message: string) => void;
  /** The daemon has been asked to end: called once. */
  readonly onEnd: () => void;
  /** The keeper is gone. */
  readonly onKeeperGone: () => void;
}

/** A daemon's parts, connected to the keeper that forked this process. */
export function composeDaemon({ clock, layout, warn, onEnd, onKeeperGone }: DaemonOptions): DaemonContext {
  const feed = createSignal<JournalEntry>();
  const apps: AppRegistry = new Map();
  const journal = openJournal({ file: layout.journal, onTrouble: warn });
  const record = (entry: JournalEntry): void => {
    journal.append(entry);
    feed.emit(entry);
  };
  const keeper = connectKeeper({
    onNews: (news) => {
      ports.onNews(news);
    },
    onGone: onKeeperGone,
  });
  const ports: PortRegistry = new PortRegistry({
    keeper,
    layout,
    clock,
    warn,
    post: (event) => {
      runtime.post(event);
    },
  });
  const runtime = createRuntime(clock, createPerform({ ports, apps, clock, record }));
  const startedAt = clock.wallTime(clock.now()).toISOString();
  return {
    runtime,
    ports,
    apps,
    journal,
    feed,
    record,
    clock,
    keeper,
    layout,
    usage: openUsage(clock),
    startedAt,
    ...onceEnding(onEnd),
  };
}

/** The end, which comes once however often it is asked for. */
function onceEnding(onEnd: () => void): Pick<DaemonContext, 'isEnding' | 'end'> {
  let isEnding = false;
  const end = (): void => {
    if (isEnding) return;
    isEnding = true;
    onEnd();
  };
  return { isEnding: () => isEnding, end };
}
