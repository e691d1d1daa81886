import type { ChildProcess } from 'node:child_process';
import { closeSync } from 'node:fs';
import { errnoOf, messageOf } from '../base/errors.js';
import { startTicksOf } from '../base/process-stat.js';
import { applyChange, type RunState, type StateLine, stateLines } from '../base/run-state.js';
import { execute } from './execute.js';
import { readExit, removeExit } from './exit-file.js';
import { makeFifos, openStdin, openStdinAgain, type StdinEnds } from './fifos.js';
import { signalGroup } from './group.js';
import { cheaper, type Lookout, lookOut } from './lookout.js';
import { Outputs } from './outputs.js';
import type { Held, KeeperNews, KeeperOrder, RunNews, SpawnOrder } from './protocol.js';
import { report } from './report.js';
import type { StateFile } from './state-file.js';

/** How often it is looked whether adopted runs still run: nobody tells us, as we are not their parent. */
const LOOK_MS = 200;

type Order = Exclude<KeeperOrder, { do: 'goodbye' | 'succeed' }>;
type RunName = Pick<SpawnOrder, 'key' | 'run'>;

/** A process that has not ended as far as we know. */
interface Run {
  readonly held: Held;
  /** Of one that is not our child. A child has not even been reaped, so its number is nobody else's. */
  lookout: Lookout | null;
  /** Our end of its standard input; null once closed, or where it has none. */
  stdin: number | null;
}

type Ending = Pick<Extract<RunNews, { news: 'exited' }>, 'code' | 'signal' | 'groupLeft' | 'adopted'>;

const idOf = ({ key, run }: RunName): string => `${run} ${key}`;

/** Every running port and the pipes kept for them. What happens to them is told as it happens, and written down before that. */
export class Ports {
  readonly #tell: (news: KeeperNews) => void;
  readonly #state: Pick<StateFile, 'append' | 'freeze' | 'setAside'>;
  readonly #runs = new Map<string, Run>();
  readonly #outputs = new Outputs();
  /** The latest news of the newest run of each port, for a daemon that may not have heard it. */
  readonly #latest = new Map<string, RunNews>();
  readonly #memory = new Map<string, string>();
  /** Runs that are being started, or that an earlier keeper was about to start when it was killed. */
  readonly #begun = new Map<string, number>();
  #looking: NodeJS.Timeout | undefined;
  /** Adopted runs that have been sent something that may end them. */
  readonly #signalled = new Set<Run>();
  #whenEmpty: (() => void) | undefined;

  constructor(state: Pick<StateFile, 'append' | 'freeze' | 'setAside'>, tell: (news: KeeperNews) => void) {
    this.#state = state;
    this.#tell = tell;
  }

  /** What a new daemon has to know. */
  get past(): Pick<Extract<KeeperNews, { news: 'hello' }>, 'memory' | 'latest' | 'held' | 'begun'> {
    const held = [...this.#runs.values()].flatMap((run) => (run.lookout ? run.held : []));
    return { memory: [...this.#memory], latest: [...this.#latest.values()], held, begun: [...this.#begun] };
  }

  /** What the next keeper has to know, should we be killed. */
  get lines(): readonly StateLine[] {
    const held = new Map([...this.#runs.values()].map((run) => [run.held.key, run.held]));
    return stateLines({ memory: this.#memory, latest: this.#latest, held, begun: this.#begun });
  }

  /** How many runs have not ended. */
  get size(): number {
    return this.#runs.size;
  }

  /** Remembers what an earlier keeper has left, and nothing of its runs. */
  remember({ memory }: Pick<RunState, 'memory'>): void {
    for (const change of memory) applyChange(this.#memory, change);
  }

  /** Takes over from an earlier keeper: what still runs is held, what does not has ended, nobody knows how. Done once, before anything else. */
  inherit(state: RunState): void {
    this.remember(state);
    for (const [key, news] of state.latest) this.#latest.set(key, news);
    for (const [key, run] of state.begun) this.#begun.set(key, run);
    const runs = [...state.held.values()].map((held): Run => ({ held, lookout: null, stdin: null }));
    // All of them, before anything is told of one: what is written then is everything there is.
    for (const run of runs) this.#runs.set(idOf(run.held), run);
    for (const run of runs) this.#hold(run);
    // Last, as their pipes matter more where file descriptors are few.
    for (const run of runs) if (run.lookout) run.lookout = cheaper(run.lookout, run.held);
    for (const order of state.todo) this.obey(order);
  }

  /** Does what the daemon orders. An order that fails is reported: nothing may end the keeper. */
  obey(order: Order): void {
    try {
      this.#do(order);
    } catch (error) {
      report(`cannot ${JSON.stringify(order.do)}`, error);
    }
  }

  /** Ends everything: SIGTERM and end of input, SIGKILL after `graceMs`; then calls `whenEmpty`. */
  endAll(graceMs: number, whenEmpty: () => void): void {
    this.#whenEmpty = whenEmpty;
    for (const run of this.#runs.values()) {
      closeStdin(run);
      this.#signal(run, 'SIGTERM');
    }
    this.#settle();
    setTimeout(() => {
      for (const run of this.#runs.values()) this.#signal(run, 'SIGKILL');
    }, graceMs);
  }

  #do(order: Order): void {
    switch (order.do) {
      case 'batch':
        return this.#doTogether(order);
      case 'spawn':
        return this.#spawn(order);
      case 'signal':
        return this.#signal(this.#runs.get(idOf(order)), order.signal);
      case 'close-stdin':
        return closeStdin(this.#runs.get(idOf(order)));
      case 'make-fifos':
        // Not awaited: the answer is news of its own, and makeFifos never rejects.
        void makeFifos(order.paths).then((error) => this.#tell({ news: 'fifos-made', id: order.id, error }));
        return;
      case 'forget':
        return this.#forget(order.key);
      case 'adopt':
        return this.#adopt(order.held);
      case 'freeze':
        return this.#state.freeze();
      case 'set-aside':
        return this.#state.setAside(order.why);
      default:
        report(`does not know the order ${JSON.stringify((order satisfies never as Order).do)}: the daemon is newer`);
    }
  }

  /** What a stop needs is written down before and after: a program that is never told to end would be waited for for ever. */
  #doTogether({ remember, orders }: Extract<Order, { do: 'batch' }>): void {
    for (const change of remember) applyChange(this.#memory, change);
    const todo = orders.filter((order) => order.do === 'signal' || order.do === 'close-stdin');
    if (remember.length > 0) this.#state.append(todo.length > 0 ? { remember, todo } : { remember });
    for (const order of orders) this.obey(order);
    if (remember.length > 0 && todo.length > 0) this.#state.append({ done: true });
  }

  #happened(news: RunNews, held?: Held): void {
    // Taken out first: so they stay in the order in which they happened.
    this.#latest.delete(news.key);
    this.#latest.set(news.key, news);
    this.#begun.delete(news.key);
    this.#state.append({ news, held });
    this.#tell(news);
  }

  #spawn(order: SpawnOrder): void {
    removeExit(order.exit ?? null);
    this.#begun.set(order.key, order.run);
    this.#state.append({ begin: { key: order.key, run: order.run } });
    let stdin: StdinEnds | null = null;
    try {
      const { out, err } = this.#outputs.of(order);
      stdin = order.in === null ? null : openStdin(order.in);
      const child = execute(order, [stdin?.read ?? 'ignore', out, err]);
      this.#watch(child, order, stdin?.write ?? null);
    } catch (error) {
      if (stdin) closeSync(stdin.write);
      this.#failed(order, error);
    }
    if (stdin) closeSync(stdin.read);
  }

  #watch(child: ChildProcess, order: SpawnOrder, stdin: number | null): void {
    const { pid } = child;
    if (pid === undefined) {
      child.once('error', (error) => {
        if (stdin !== null) closeSync(stdin);
        this.#failed(order, error);
      });
      return;
    }
    const running: Run = { held: heldOf(order, pid), lookout: null, stdin };
    this.#runs.set(idOf(order), running);
    child.once('exit', (code, signal) => {
      // At once: while a member of the group lives, the kernel gives the number to nobody else.
      this.#ended(running, { code, signal, groupLeft: signalGroup(pid, 'SIGKILL') });
    });
    this.#happened({ news: 'spawned', key: order.key, run: order.run, pid }, running.held);
  }

  #ended(run: Run, how: Ending): void {
    const { key, run: number, pid, exit } = run.held;
    this.#runs.delete(idOf(run.held));
    this.#happened({ news: 'exited', key, run: number, pid, ...how });
    closeStdin(run);
    run.lookout?.close();
    removeExit(exit);
    this.#settle();
  }

  #failed({ key, run }: RunName, error: unknown): void {
    this.#happened({ news: 'spawn-failed', key, run, errno: startErrno(error), message: messageOf(error) });
  }

  #adopt(held: Held): void {
    if (this.#runs.has(idOf(held))) return;
    const run: Run = { held, lookout: null, stdin: null };
    this.#runs.set(idOf(held), run);
    this.#happened({ news: 'spawned', key: held.key, run: held.run, pid: held.pid }, held);
    this.#hold(run);
  }

  /** Holds a run whose parent we are not. One that has ended already is told as ended. */
  #hold(run: Run): void {
    const { held } = run;
    run.lookout = lookOut(held) ?? null;
    if (!run.lookout) return this.#lost(run, 'missed');
    this.#looking ??= setInterval(() => this.#look(), LOOK_MS);
    try {
      this.#outputs.of(held);
      run.stdin = held.in === null ? null : openStdinAgain(held.in);
    } catch (error) {
      report(`cannot open the pipes of ${held.key} again`, error);
    }
  }

  #look(): void {
    let adopted = 0;
    for (const run of this.#runs.values()) {
      if (!run.lookout) continue;
      adopted += 1;
      if (!run.lookout.isRunning()) this.#lost(run, 'seen');
    }
    if (adopted > 0) return;
    clearInterval(this.#looking);
    this.#looking = undefined;
  }

  /** An adopted run has ended; of its group nobody is signalled, as its number may be somebody else's by now. */
  #lost(run: Run, adopted: 'seen' | 'missed'): void {
    this.#ended(run, { code: readExit(run.held.exit), signal: null, groupLeft: false, adopted });
  }

  #signal(run: Run | undefined, signal: string): void {
    if (!run) return;
    if (!(run.lookout?.isRunning() ?? true)) return this.#lost(run, 'seen');
    signalGroup(run.held.pid, signal);
    if (run.lookout) this.#lookSoon(run);
  }

  /** A stop waits for one after the other: each is looked for after 1, 2, 4 ... ms, until the general look is sooner. */
  #lookSoon(run: Run): void {
    if (this.#signalled.has(run)) return;
    this.#signalled.add(run);
    const lookIn = (stepMs: number): void => {
      setTimeout(() => {
        if (this.#runs.get(idOf(run.held)) !== run || stepMs >= LOOK_MS) return void this.#signalled.delete(run);
        if (run.lookout?.isRunning()) return lookIn(2 * stepMs);
        this.#signalled.delete(run);
        this.#lost(run, 'seen');
      }, stepMs);
    };
    lookIn(1);
  }

  #forget(key: string): void {
    this.#latest.delete(key);
    this.#begun.delete(key);
    this.#state.append({ forget: key });
    this.#outputs.close(key);
  }

  #settle(): void {
    if (this.#runs.size === 0) this.#whenEmpty?.();
  }
}

function heldOf({ key, run, in: input, out, err, exit }: SpawnOrder, pid: number): Held {
  return { key, run, pid, startTicks: startOf(pid), startedAt: Date.now(), in: input, out, err, exit: exit ?? null };
}

/** Null too where it cannot be told now (ENFILE, ENOMEM): the process runs, so nothing may take its start for failed. */
function startOf(pid: number): number | null {
  try {
    return startTicksOf(pid) ?? null;
  } catch (error) {
    report(`cannot tell the start time of ${pid}`, error);
    return null;
  }
}

function closeStdin(run: Run | undefined): void {
  if (!run || run.stdin === null) return;
  closeSync(run.stdin);
  run.stdin = null;
}

/** The errno of a failed start. That of a pipe we could not open becomes EIO: ENOENT would be read as "no such program". */
function startErrno(error: unknown): string {
  const errno = errnoOf(error) ?? 'EINVAL';
  const isPipe = error instanceof Error && 'syscall' in error && error.syscall === 'open';
  return isPipe && errno !== 'EMFILE' && errno !== 'ENFILE' ? 'EIO' : errno;
}
