/** The commands that all applications run for their events. Nothing waits for them but the end of their application, and that not for long. */
import type { JournalEntry } from '../journal/entry.js';
import type { KeeperNews, MemoryChange } from '../keeper/protocol.js';
import type { AppRegistry } from './app-registry.js';
import { Hook, type HookOptions } from './hook.js';
import { appOfHook } from './hook-name.js';
import { LEAVE_MS } from './hook-state.js';
import { createSignal } from './signal.js';

/** After being killed it is gone by then, unless nothing can kill it (uninterruptible sleep). */
const KILLED_MS = 500;

export interface HooksOptions extends HookOptions {
  readonly apps: AppRegistry;
}

type Hello = Extract<KeeperNews, { news: 'hello' }>;

/** Owns the commands of all applications; after `close` nothing of them runs. */
export class Hooks {
  private readonly options: HooksOptions;
  private readonly hooks = new Map<string, Hook>();
  private readonly changed = createSignal();

  constructor(options: HooksOptions) {
    this.options = options;
  }

  /** Something has happened: to an application, or to the daemon, which concerns all of them. What a command itself brings about starts none. */
  onEntry(entry: JournalEntry): void {
    if (entry.event === 'hook_failed') return;
    const { apps } = this.options;
    const records = entry.app === null ? [...apps.values()] : [apps.get(entry.app)];
    for (const record of records) if (record?.onEvent) this.of(record.name).happened(entry, record);
  }

  /** Applications may have gone. */
  onForest(): void {
    for (const [app, hook] of this.hooks) if (!this.options.apps.has(app)) hook.leave();
  }

  /** Takes the keeper's news of a run of these; false: it is of a service. */
  onNews(news: KeeperNews): boolean {
    const app = 'key' in news ? appOfHook(news.key) : undefined;
    if (!('key' in news) || app === undefined) return false;
    this.hooks.get(app)?.onNews(news);
    return true;
  }

  /** Goes on with what an earlier daemon, or one of an earlier keeper, was about. To be called when the applications are known. */
  takeOver({ memory, latest, held = [], begun = [] }: Pick<Hello, 'memory' | 'latest' | 'held' | 'begun'>): void {
    const { apps, outbox } = this.options;
    for (const news of latest) {
      const app = appOfHook(news.key);
      if (app !== undefined)
        this.of(app).adopt(
          news,
          apps.get(app),
          held.find(({ key }) => key === news.key),
        );
    }
    // It is not known whether it was executed; if so, it has been ended as a stranger.
    const lost = begun.filter(([key]) => appOfHook(key) !== undefined && !latest.some((news) => news.key === key));
    for (const [key] of lost) outbox.order({ do: 'forget', key });
    outbox.gather(() => {
      for (const [key, text] of memory) this.remembered(key, text);
    });
    this.onForest();
  }

  /** Leaves to the next daemon what has not been told yet, and what is going on. */
  handOver(): void {
    const { outbox } = this.options;
    const changes = [...this.hooks].flatMap(([app, { waiting }]): readonly MemoryChange[] =>
      waiting.length > 0 ? [[waitingKey(app), JSON.stringify(waiting)]] : [],
    );
    outbox.gather(() => {
      outbox.remember(changes);
    });
    this.halt();
  }

  /** Nothing is begun any more, and nothing is told. */
  halt(): void {
    for (const hook of this.hooks.values()) hook.halt();
  }

  /** Resolves when the last events of all applications that are down have been dealt with, after 2.5 s at the latest. */
  async settled(): Promise<void> {
    const isLeaving = (): boolean => [...this.hooks.values()].some((hook) => hook.isLeaving);
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
    await this.settled();
    this.halt();
  }

  private of(app: string): Hook {
    const known = this.hooks.get(app);
    if (known) return known;
    const hook = new Hook(app, this.options, () => {
      if (hook.isOver) this.hooks.delete(app);
      this.changed.emit();
    });
    this.hooks.set(app, hook);
    return hook;
  }

  /** What the daemon before has handed over. */
  private remembered(key: string, text: string): void {
    const app = appOfWaiting(key);
    if (app === undefined) return;
    this.options.outbox.remember([[key, null]]);
    const record = this.options.apps.get(app);
    if (!record?.onEvent) return;
    for (const entry of JSON.parse(text) as readonly JournalEntry[]) this.of(app).happened(entry, record);
  }
}

/** As memory.ts names its entries. */
const waitingKey = (app: string): string => `events ${app}:`;
const appOfWaiting = (key: string): string | undefined => /^events ([^:]*):$/.exec(key)?.[1];
