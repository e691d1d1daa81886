/**
 * The keeper of a simulation: what it holds, spawns, writes and tells is what the real one would; its processes do what the test says. It can
 * die between any two things it does; the next one knows its file and finds its processes.
 */
import { applyChange, readState, type StateLine, stateHeader, stateLines, stateText } from '../../src/base/run-state.js';
import type { FoundRun } from '../../src/daemon/recover.js';
import type { Held, KeeperNews, KeeperOrder, RunNews, SpawnOrder } from '../../src/keeper/protocol.js';

/** A process that lives; its signals in order. */
export interface SimProcess {
  readonly key: string;
  readonly run: number;
  readonly pid: number;
  readonly signals: string[];
  /** It is no child of the keeper that holds it. */
  isAdopted: boolean;
}

type Ending = { readonly code: number | null; readonly signal: string | null };
type Past = Pick<Extract<KeeperNews, { news: 'hello' }>, 'memory' | 'latest'> & {
  readonly found: readonly FoundRun[];
  readonly begun: readonly (readonly [string, number])[];
};
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
  private readonly held = new Map<string, Held>();
  private isTold = true;
  private readonly begun = new Map<string, number>();
  private text = stateHeader(BOOT);
  private nextPid = 100;
  /** Things it still does before it dies. */
  private left = Number.POSITIVE_INFINITY;

  get past(): Past {
    const { memory, latest } = this;
    const unknown = [...this.processes.values()].filter(({ key, pid }) => this.held.get(key)?.pid !== pid);
    return {
      memory: [...memory],
      latest: [...latest.values()],
      found: this.isTold ? [] : unknown.map(foundOf),
      begun: this.isTold ? [] : [...this.begun],
    };
  }

  /** A daemon that is ready has heard what an earlier keeper has left. */
  ready(): void {
    this.isTold = true;
  }

  get isDead(): boolean {
    return this.left <= 0;
  }

  /** It is killed after it has done so many things more. */
  dieAfter(things: number): void {
    this.left = things;
  }

  /** Another keeper takes over: it knows what is in the file, and what runs. */
  takeOver(): void {
    const read = readState(this.text, BOOT);
    const state = read.kind === 'state' ? read.state : undefined;
    this.left = Number.POSITIVE_INFINITY;
    for (const map of [this.memory, this.latest, this.held]) map.clear();
    this.news.splice(0);
    for (const change of state?.memory ?? []) applyChange(this.memory, change);
    for (const [key, news] of state?.latest ?? []) this.latest.set(key, news);
    for (const [key, held] of state?.held ?? []) this.held.set(key, held);
    this.begun.clear();
    for (const [key, run] of state?.begun ?? []) this.begun.set(key, run);
    // Nothing was up any more: then there is nothing to take over.
    if (this.memory.size === 0) {
      if (this.processes.size > 0) throw new Error('what runs is forgotten');
      for (const map of [this.latest, this.held, this.begun, this.lastRuns]) map.clear();
    }
    this.text =
      stateHeader(BOOT) +
      stateLines({ memory: this.memory, latest: this.latest, held: this.held, begun: this.begun }).map(stateText).join('');
    for (const process of this.processes.values()) process.isAdopted = true;
    for (const { key, run, pid } of this.held.values()) {
      if (this.processes.get(key)?.pid === pid) continue;
      this.happened({ news: 'exited', key, run, pid, code: null, signal: null, groupLeft: false, adopted: 'missed' });
    }
    this.isTold = false;
    for (const order of state?.todo ?? []) if (order.do === 'signal') this.signal(order, true);
    this.news.splice(0);
  }

  obey(order: KeeperOrder): void {
    if (this.isDead) return;
    switch (order.do) {
      case 'batch':
        for (const change of order.remember) applyChange(this.memory, change);
        return this.doTogether(order);
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
        this.held.delete(order.key);
        this.begun.delete(order.key);
        this.lastRuns.delete(order.key);
        this.append({ forget: order.key });
        return;
      case 'adopt':
        return this.adopt(order.held);
      case 'close-stdin':
      case 'goodbye':
      case 'succeed':
      case 'freeze':
      case 'set-aside':
        return;
      default:
        order satisfies never;
    }
  }

  /** A process ends. */
  end({ key, run, pid, isAdopted }: SimProcess, { code, signal }: Ending, groupLeft = false): void {
    this.processes.delete(key);
    // One that an earlier keeper has started and that this one has not been told to hold yet: it knows nothing of it, and finds it gone when it is told.
    if (isAdopted && this.held.get(key)?.pid !== pid) return;
    if (!isAdopted) return this.happened({ news: 'exited', key, run, pid, code, signal, groupLeft });
    this.happened({ news: 'exited', key, run, pid, code: null, signal: null, groupLeft: false, adopted: 'seen' });
  }

  private doTogether({ remember, orders }: Extract<KeeperOrder, { do: 'batch' }>): void {
    const todo = orders.filter((order) => order.do === 'signal' || order.do === 'close-stdin');
    if (remember.length > 0) this.append({ remember, todo });
    for (const one of orders) this.obey(one);
    if (remember.length > 0 && todo.length > 0) this.append({ done: true });
  }

  private adopt(held: Held): void {
    const { key, run, pid } = held;
    this.happened({ news: 'spawned', key, run, pid }, held);
    if (this.processes.get(key)?.pid === pid) return;
    this.happened({ news: 'exited', key, run, pid, code: null, signal: null, groupLeft: false, adopted: 'missed' });
  }

  /** Does one thing more, if it still lives. */
  private does(): boolean {
    this.left -= 1;
    return this.left >= 0;
  }

  private append(line: StateLine): void {
    if (this.does()) this.text += stateText(line);
  }

  private signal({ key, run, signal }: Extract<KeeperOrder, { do: 'signal' }>, isReplay = false): void {
    const target = this.processes.get(key);
    if (target?.run !== run || !this.does()) return;
    // Many programs take a second one for "at once". A keeper that is killed just after the first cannot know that it was sent.
    if (signal === 'SIGTERM' && target.signals.includes(signal) && !isReplay) throw new Error(`${key} is asked to stop twice`);
    target.signals.push(signal);
  }

  private spawn({ key, run }: SpawnOrder): void {
    this.begun.set(key, run);
    this.append({ begin: { key, run } });
    if (!this.does()) return;
    if (this.processes.has(key)) throw new Error(`two live runs of ${key}`);
    if (run <= (this.lastRuns.get(key) ?? 0)) throw new Error(`run ${run} of ${key} is spawned again`);
    this.lastRuns.set(key, run);
    if (this.broken.has(key)) return this.happened({ news: 'spawn-failed', key, run, errno: 'ENOENT', message: 'no such file' });
    const pid = this.nextPid;
    this.nextPid += 1;
    this.processes.set(key, { key, run, pid, signals: [], isAdopted: false });
    this.happened({ news: 'spawned', key, run, pid }, heldOf(key, run, pid));
  }

  private happened(news: RunNews, held?: Held): void {
    this.latest.delete(news.key);
    this.latest.set(news.key, news);
    this.held.delete(news.key);
    this.begun.delete(news.key);
    if (held) this.held.set(news.key, held);
    this.append({ news, held });
    if (!this.isDead) this.news.push(news);
  }
}

const BOOT = 'this one 1';

const heldOf = (key: string, run: number, pid: number): Held => ({
  key,
  run,
  pid,
  startTicks: pid,
  startedAt: 0,
  in: null,
  out: '',
  err: '',
  exit: null,
});

const foundOf = ({ key, pid }: SimProcess): FoundRun => ({ key, pid, startTicks: pid });
