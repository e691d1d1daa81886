/** The keeper of a simulation: what it holds, spawns and tells is what the real one would; its processes do what the test says. */
import type { KeeperNews, KeeperOrder, RunNews, SpawnOrder } from '../../src/keeper/protocol.js';

/** A process that lives; its signals in order. */
export interface SimProcess {
  readonly key: string;
  readonly run: number;
  readonly pid: number;
  readonly signals: string[];
}

type Ending = { readonly code: number | null; readonly signal: string | null };
type Past = Pick<Extract<KeeperNews, { news: 'hello' }>, 'memory' | 'latest'>;
/** What a daemon may still be about to hear. */
export type SimNews = Exclude<KeeperNews, { news: 'hello' }>;

export class SimKeeper {
  /** Living processes by the key of their port: two of one key would be a fault. */
  readonly processes = new Map<string, SimProcess>();
  /** Said to the daemon, and not yet heard. */
  readonly news: SimNews[] = [];
  /** Ports whose program cannot be started. */
  readonly broken = new Set<string>();
  private readonly memory = new Map<string, string>();
  private readonly latest = new Map<string, RunNews>();
  private readonly lastRuns = new Map<string, number>();
  private nextPid = 100;

  get past(): Past {
    return { memory: [...this.memory], latest: [...this.latest.values()] };
  }

  obey(order: KeeperOrder): void {
    switch (order.do) {
      case 'batch':
        for (const [key, text] of order.remember) {
          if (text === null) this.memory.delete(key);
          else this.memory.set(key, text);
        }
        for (const one of order.orders) this.obey(one);
        return;
      case 'spawn':
        return this.spawn(order);
      case 'signal':
        return this.signal(order);
      case 'make-fifos':
        this.news.push({ news: 'fifos-made', id: order.id, error: null });
        return;
      case 'forget':
        if (this.processes.has(order.key)) throw new Error(`${order.key} is forgotten while it is alive`);
        this.latest.delete(order.key);
        this.lastRuns.delete(order.key);
        return;
      case 'close-stdin':
      case 'goodbye':
      case 'succeed':
      case 'adopt':
      case 'freeze':
      case 'set-aside':
        return;
      default:
        order satisfies never;
    }
  }

  /** A process ends. */
  end({ key, run, pid }: SimProcess, { code, signal }: Ending, groupLeft = false): void {
    this.processes.delete(key);
    this.happened({ news: 'exited', key, run, pid, code, signal, groupLeft });
  }

  private signal({ key, run, signal }: Extract<KeeperOrder, { do: 'signal' }>): void {
    const target = this.processes.get(key);
    if (target?.run !== run) return;
    // Many programs take a second one for "at once".
    if (signal === 'SIGTERM' && target.signals.includes(signal)) throw new Error(`${key} is asked to stop twice`);
    target.signals.push(signal);
  }

  private spawn({ key, run }: SpawnOrder): void {
    if (this.processes.has(key)) throw new Error(`two live runs of ${key}`);
    if (run <= (this.lastRuns.get(key) ?? 0)) throw new Error(`run ${run} of ${key} is spawned again`);
    this.lastRuns.set(key, run);
    if (this.broken.has(key)) return this.happened({ news: 'spawn-failed', key, run, errno: 'ENOENT', message: 'no such file' });
    const pid = this.nextPid;
    this.nextPid += 1;
    this.processes.set(key, { key, run, pid, signals: [] });
    this.happened({ news: 'spawned', key, run, pid });
  }

  private happened(news: RunNews): void {
    this.latest.delete(news.key);
    this.latest.set(news.key, news);
    this.news.push(news);
  }
}
