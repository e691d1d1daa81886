/** Who is told of what happens, for all applications: their commands, and their webhooks. Nothing waits for them but the end of their application, and that not for long. */
import type { JournalEntry } from '../journal/entry.js';
import type { KeeperNews, MemoryChange } from '../keeper/protocol.js';
import { Webhooks } from './alarms/webhooks.js';
import type { AppRecord } from './app-registry.js';
import { Hook, type HookOptions } from './hook.js';
import { lettersIn, type Numbered } from './hook-memory.js';
import { HOOK_PATHS, type HookName, hookKey, hookOfKey } from './hook-name.js';
import { commandOf } from './hook-run.js';
import { LEAVE_MS } from './hook-state.js';
import { createSignal } from './signal.js';

/** After being killed it is gone by then, unless nothing can kill it (uninterruptible sleep). */
const KILLED_MS = 500;

type Hello = Extract<KeeperNews, { news: 'hello' }>;

/** Owns the commands and webhooks of all applications; after `close` nothing of them runs. */
export class Hooks {
  private readonly options: HookOptions;
  private readonly hooks = new Map<string, Hook>();
  private readonly webhooks: Webhooks;
  private readonly changed = createSignal();
  /** What has happened before it is known what an earlier daemon has left, which comes first; null: that is known. */
  private early: (readonly [entry: JournalEntry, records: readonly AppRecord[]])[] | null = [];

  constructor(options: HookOptions) {
    this.options = options;
    this.webhooks = new Webhooks(options, () => this.changed.emit());
  }

  /** Something has happened: to an application, or to the daemon, which concerns all of them. What a command itself brings about starts none. */
  onEntry(entry: JournalEntry): void {
    if (entry.event === 'hook_failed') return;
    const records = this.concernedBy(entry);
    if (this.early) this.early.push([entry, records]);
    else for (const record of records) this.tell(entry, record);
  }

  private concernedBy({ app }: JournalEntry): readonly AppRecord[] {
    const { apps } = this.options;
    return app === null ? [...apps.values()] : [apps.get(app) ?? []].flat();
  }

  /** Applications may have gone. */
  onForest(): void {
    const { apps } = this.options;
    for (const hook of this.hooks.values()) if (!apps.has(hook.name.app)) hook.leave();
    this.webhooks.onForest();
  }

  /** Takes the keeper's news of a run of these; false: it is of a service. */
  onNews(news: KeeperNews): boolean {
    if (!('key' in news) || !hookOfKey(news.key)) return false;
    this.hooks.get(news.key)?.onNews(news);
    return true;
  }

  /** Goes on with what an earlier daemon, or one of an earlier keeper, was about. To be called when the applications are known. */
  takeOver({ memory, latest, held = [], begun = [] }: Pick<Hello, 'memory' | 'latest' | 'held' | 'begun'>): void {
    const { apps, outbox } = this.options;
    const letters = lettersIn(memory);
    const runs = latest.flatMap((news) => {
      const name = hookOfKey(news.key);
      return name ? [{ name, news, held: held.find(({ key }) => key === news.key) }] : [];
    });
    for (const { name, ...run } of runs) this.of(name).takeOver({ record: apps.get(name.app), run, letters: lettersOf(letters, name) });
    for (const app of letters.keys()) {
      const name: HookName = { app, path: '@on_alarm' };
      if (this.hooks.has(hookKey(name))) continue;
      this.of(name).takeOver({ record: apps.get(app), run: undefined, letters: lettersOf(letters, name) });
    }
    // It is not known whether it was executed; if so, it has been ended as a stranger.
    const lost = begun.filter(([key]) => hookOfKey(key) && !latest.some((news) => news.key === key));
    for (const [key] of lost) outbox.order({ do: 'forget', key });
    outbox.gather(() => {
      for (const [key, text] of memory) this.remembered(key, text);
    });
    this.webhooks.takeOver(memory);
    const early = this.early ?? [];
    this.early = null;
    for (const [entry, records] of early) {
      const now = this.concernedBy(entry);
      // It may have been about the end of an application that is gone since.
      for (const record of now.length > 0 ? now : records) this.tell(entry, record);
    }
    this.onForest();
  }

  /** Leaves to the next daemon what has not been told yet, and what is going on. */
  handOver(): void {
    const { outbox } = this.options;
    const changes = [...this.hooks.values()].flatMap(({ name, waiting }): readonly MemoryChange[] =>
      name.path === '@on_event' && waiting.length > 0 ? [[`${WAITING}${name.app}:`, JSON.stringify(waiting)]] : [],
    );
    outbox.gather(() => {
      outbox.remember(changes);
    });
    this.halt();
  }

  /** Nothing is begun any more, and nothing is told. */
  halt(): void {
    for (const hook of this.hooks.values()) hook.halt();
    this.webhooks.halt();
  }

  /** Resolves when the last events of all applications that are down have been dealt with, after 2.5 s at the latest. */
  async settled(): Promise<void> {
    const isLeaving = (): boolean => this.webhooks.isLeaving || [...this.hooks.values()].some((hook) => hook.isLeaving);
    if (!isLeaving()) return;
    await new Promise<void>((resolve) => {
      const settle = (): void => {
        cancel();
        unsubscribe();
        resolve();
      };
      const cancel = this.options.clock.after(LEAVE_MS + KILLED_MS, settle);
      const unsubscribe = this.changed.subscribe(() => {
        if (!isLeaving()) settle();
      });
    });
  }

  /** Resolves when nothing of this runs any more, after 2.5 s at the latest. */
  async close(): Promise<void> {
    for (const hook of this.hooks.values()) hook.leave();
    this.webhooks.leave();
    await this.settled();
    this.halt();
  }

  private tell(entry: JournalEntry, record: AppRecord): void {
    const app = record.name;
    for (const path of HOOK_PATHS) {
      if (commandOf(record, path) && (path === '@on_event' || isOfAlarm(entry))) this.of({ app, path }).happened(entry, record);
    }
    if (isOfAlarm(entry)) this.webhooks.happened(entry, record);
  }

  private of(name: HookName): Hook {
    const key = hookKey(name);
    const known = this.hooks.get(key);
    if (known) return known;
    const hook = new Hook(name, this.options, () => {
      if (hook.isOver) this.hooks.delete(key);
      this.changed.emit();
    });
    this.hooks.set(key, hook);
    return hook;
  }

  /** What the daemon before has handed over. */
  private remembered(key: string, text: string): void {
    if (!key.startsWith(WAITING)) return;
    this.options.outbox.remember([[key, null]]);
    const name: HookName = { app: key.slice(WAITING.length, -1), path: '@on_event' };
    const record = this.options.apps.get(name.app);
    if (!record || !commandOf(record, name.path)) return;
    for (const entry of JSON.parse(text) as readonly JournalEntry[]) this.of(name).happened(entry, record);
  }
}

const isOfAlarm = ({ event }: JournalEntry): boolean => event === 'alarm_set' || event === 'alarm_cleared';

const lettersOf = (all: ReturnType<typeof lettersIn>, { app, path }: HookName): readonly Numbered[] =>
  path === '@on_alarm' ? (all.get(app) ?? []) : [];

/** As memory.ts names its entries. */
const WAITING = 'events ';
