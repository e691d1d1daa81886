import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process';
import { closeSync } from 'node:fs';
import { errnoOf, messageOf } from '../base/errors.js';
import { makeFifos, openOutput, openStdin, type StdinEnds } from './fifos.js';
import type { KeeperNews, KeeperOrder, MemoryChange, RunNews, SpawnOrder } from './protocol.js';
import { report } from './report.js';

type Order = Exclude<KeeperOrder, { do: 'goodbye' | 'succeed' }>;
type RunName = Pick<SpawnOrder, 'key' | 'run'>;

/** A child that has not been reaped: only while it is here may its process group be signalled. */
interface Run {
  readonly pid: number;
  /** Our end of its standard input; null once closed, or where it has none. */
  stdin: number | null;
}

/** What is kept over the runs of a port. */
interface Outputs {
  readonly out: number;
  readonly err: number;
}

const idOf = ({ key, run }: RunName): string => `${run} ${key}`;

/** Every running port and the pipes kept for them. What happens to them is told as it happens. */
export class Ports {
  readonly #tell: (news: KeeperNews) => void;
  readonly #runs = new Map<string, Run>();
  readonly #outputs = new Map<string, Outputs>();
  /** The latest news of the newest run of each port, for a daemon that may not have heard it. */
  readonly #latest = new Map<string, RunNews>();
  readonly #memory = new Map<string, string>();
  #whenEmpty: (() => void) | undefined;

  constructor(tell: (news: KeeperNews) => void) {
    this.#tell = tell;
  }

  /** What a new daemon has to know. */
  get past(): Pick<Extract<KeeperNews, { news: 'hello' }>, 'memory' | 'latest'> {
    return { memory: [...this.#memory], latest: [...this.#latest.values()] };
  }

  /** How many runs have not ended. */
  get size(): number {
    return this.#runs.size;
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
      signalGroup(run.pid, 'SIGTERM');
    }
    this.#settle();
    setTimeout(() => {
      for (const { pid } of this.#runs.values()) signalGroup(pid, 'SIGKILL');
    }, graceMs);
  }

  #do(order: Order): void {
    switch (order.do) {
      case 'batch':
        for (const change of order.remember) this.#remember(change);
        for (const one of order.orders) this.obey(one);
        return;
      case 'spawn':
        return this.#spawn(order);
      case 'signal': {
        const run = this.#runs.get(idOf(order));
        if (run) signalGroup(run.pid, order.signal);
        return;
      }
      case 'close-stdin': {
        const run = this.#runs.get(idOf(order));
        if (run) closeStdin(run);
        return;
      }
      case 'make-fifos':
        // Not awaited: the answer is news of its own, and makeFifos never rejects.
        void makeFifos(order.paths).then((error) => this.#tell({ news: 'fifos-made', id: order.id, error }));
        return;
      case 'forget':
        return this.#forget(order.key);
      default:
        report(`does not know the order ${JSON.stringify((order satisfies never as Order).do)}: the daemon is newer`);
    }
  }

  #remember([key, text]: MemoryChange): void {
    if (text === null) this.#memory.delete(key);
    else this.#memory.set(key, text);
  }

  #happened(news: RunNews): void {
    // Taken out first: so they stay in the order in which they happened.
    this.#latest.delete(news.key);
    this.#latest.set(news.key, news);
    this.#tell(news);
  }

  #spawn(order: SpawnOrder): void {
    let stdin: StdinEnds | null = null;
    try {
      const { out, err } = this.#outputsOf(order);
      stdin = order.in === null ? null : openStdin(order.in);
      const [file = '', ...args] = order.argv;
      const stdio: StdioOptions = [stdin?.read ?? 'ignore', out, err];
      // `detached` is setsid(2): a session and a process group of its own, both named by its PID.
      const child = spawn(file, args, { cwd: order.cwd, env: order.env, detached: true, stdio });
      this.#watch(child, order, stdin?.write ?? null);
    } catch (error) {
      if (stdin) closeSync(stdin.write);
      this.#failed(order, error);
    }
    if (stdin) closeSync(stdin.read);
  }

  #watch(child: ChildProcess, { key, run }: RunName, stdin: number | null): void {
    const { pid } = child;
    if (pid === undefined) {
      child.once('error', (error) => {
        if (stdin !== null) closeSync(stdin);
        this.#failed({ key, run }, error);
      });
      return;
    }
    const running: Run = { pid, stdin };
    this.#runs.set(idOf({ key, run }), running);
    child.once('exit', (code, signal) => {
      // At once: while a member of the group lives, the kernel gives the number to nobody else.
      const groupLeft = signalGroup(pid, 'SIGKILL');
      this.#happened({ news: 'exited', key, run, pid, code, signal, groupLeft });
      this.#runs.delete(idOf({ key, run }));
      closeStdin(running);
      this.#settle();
    });
    this.#happened({ news: 'spawned', key, run, pid });
  }

  #failed({ key, run }: RunName, error: unknown): void {
    this.#happened({ news: 'spawn-failed', key, run, errno: startErrno(error), message: messageOf(error) });
  }

  #outputsOf({ key, out, err }: SpawnOrder): Outputs {
    const kept = this.#outputs.get(key);
    if (kept) return kept;
    const first = openOutput(out);
    try {
      const outputs = { out: first, err: openOutput(err) };
      this.#outputs.set(key, outputs);
      return outputs;
    } catch (error) {
      closeSync(first);
      throw error;
    }
  }

  #forget(key: string): void {
    this.#latest.delete(key);
    const outputs = this.#outputs.get(key);
    if (!outputs) return;
    this.#outputs.delete(key);
    closeSync(outputs.out);
    closeSync(outputs.err);
  }

  #settle(): void {
    if (this.#runs.size === 0) this.#whenEmpty?.();
  }
}

function closeStdin(run: Run): void {
  if (run.stdin === null) return;
  closeSync(run.stdin);
  run.stdin = null;
}

/** Signals a process group; false when nobody is in it. One that we may not signal is reported and counts as there. */
function signalGroup(pgid: number, signal: string): boolean {
  try {
    return process.kill(-pgid, signal);
  } catch (error) {
    if (errnoOf(error) === 'ESRCH') return false;
    report(`cannot send ${signal} to process group ${pgid}`, error);
    return true;
  }
}

/** The errno of a failed start. That of a pipe we could not open becomes EIO: ENOENT would be read as "no such program". */
function startErrno(error: unknown): string {
  const errno = errnoOf(error) ?? 'EINVAL';
  const isPipe = error instanceof Error && 'syscall' in error && error.syscall === 'open';
  return isPipe && errno !== 'EMFILE' && errno !== 'ENFILE' ? 'EIO' : errno;
}
