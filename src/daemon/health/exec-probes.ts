/**
 * Commands that ask whether something is well. The keeper runs them, as everything: a daemon that dies takes none of them along, and the next one
 * ends what it finds. Their output is kept nowhere, its last line is part of the answer. What they leave behind: see probe-leftovers.ts.
 */
import { existsSync, unlinkSync } from 'node:fs';
import type { Clock, Millis } from '../../base/clock.js';
import { adviceOf, errnoOf } from '../../base/errors.js';
import type { HomeLayout } from '../../base/home.js';
import type { Answer } from '../../health/answer.js';
import type { KeeperNews, RunNews } from '../../keeper/protocol.js';
import type { KeeperClient } from '../../ports/keeper-client.js';
import { openLastLine } from '../../ports/last-line.js';
import { explainStartError } from '../../ports/start-error.js';
import type { Clearing } from '../clear-run.js';
import { uidOf, wayOf } from '../execution.js';
import { failureOf } from '../hook-run.js';
import type { Outbox } from '../outbox.js';
import { givePipes } from '../pipe-owner.js';
import type { Execution } from '../port.js';
import type { RunName } from '../service-environment.js';
import { ProbeLeftovers } from './probe-leftovers.js';
import { keyOfProbe, probeFifo, probeOfKey, type Subject } from './probe-name.js';

export interface ExecProbesOptions {
  readonly clock: Clock;
  readonly outbox: Pick<Outbox, 'order'>;
  readonly keeper: Pick<KeeperClient, 'makeFifos' | 'pid' | 'protocol'>;
  readonly layout: Pick<HomeLayout, 'fifos'>;
  readonly clearing: Clearing;
}

/** What a command is executed with. */
export type ProbeExecution = Pick<Execution, 'argv' | 'cwd' | 'env' | 'user' | 'attributes'>;

/** What is sent SIGKILL is gone by then, unless nothing can kill it (uninterruptible sleep). */
const KILLED_MS: Millis = 1_000;
const MOST_CHARACTERS = 160;

type Hello = Extract<KeeperNews, { news: 'hello' }>;
type Ended = Exclude<RunNews, { news: 'spawned' }>;

interface Going {
  readonly run: number;
  /** Null: of an earlier daemon. */
  readonly execution: ProbeExecution | null;
  /** Told of its end; with null: nobody waits for that any longer. Null where nobody does anyway. */
  readonly onEnd: ((news: RunNews | null) => void) | null;
}

/** Has at most one run of the command of each subject. */
export class ExecProbes {
  readonly #options: ExecProbesOptions;
  readonly #going = new Map<string, Going>();
  readonly #leftovers: ProbeLeftovers;
  #lastRun: number;

  constructor(options: ExecProbesOptions) {
    this.#options = options;
    // Above those of earlier daemons, of which one may still be going.
    this.#lastRun = Math.floor(options.clock.now());
    this.#leftovers = new ProbeLeftovers({ ...options, lastPastRun: this.#lastRun, isGoing: (key) => this.#going.has(key) });
  }

  /** Ends what an earlier daemon has begun, and what that has left. */
  takeOver({ latest, begun = [] }: Pick<Hello, 'latest' | 'begun'>): void {
    const running = new Map(latest.map(({ news, key, run }) => [key, news === 'spawned' ? run : undefined]));
    const keys = new Set([...running.keys(), ...begun.map(([key]) => key)]);
    for (const key of [...keys].filter(probeOfKey)) {
      const run = running.get(key);
      if (run === undefined) this.#leftovers.pastEnded(key);
      else this.#abandon(key, { run, execution: null, onEnd: null });
      this.#leftovers.leave(key);
    }
  }

  /** Takes the keeper's news of a run of these; false: it is of something else. */
  onNews(news: KeeperNews): boolean {
    const name = 'key' in news ? probeOfKey(news.key) : undefined;
    if (!('key' in news) || !name) return false;
    const going = this.#going.get(news.key);
    if (going?.run !== news.run) return true;
    const named = { ...name, run: news.run };
    if (news.news === 'spawned') this.#leftovers.began(named, news.pid);
    else this.#onEnded(named, news, going);
    return true;
  }

  /**
   * Runs a command; it is killed with its group when `signal` says so. Never rejects.
   *
   * @param executionOf - asked when it is about to be run; what it throws is the answer.
   */
  async run(subject: Subject, executionOf: (run: number) => ProbeExecution, signal: AbortSignal): Promise<Answer> {
    const key = keyOfProbe(subject);
    if (this.#going.has(key)) return { ok: false, text: 'the command of the try before has not ended yet' };
    const run = (this.#lastRun += 1);
    try {
      return await this.#execute({ key, run, fifo: probeFifo(this.#options.layout.fifos, subject) }, executionOf(run), signal);
    } catch (error) {
      return { ok: false, text: `its command cannot be run: ${adviceOf(error)}`, isOurs: true };
    }
  }

  /** Nobody asks any more. */
  forget(subject: Subject): void {
    const key = keyOfProbe(subject);
    const going = this.#going.get(key);
    if (going) this.#abandon(key, going);
    this.#leftovers.leave(key);
    try {
      unlinkSync(probeFifo(this.#options.layout.fifos, subject));
    } catch (error) {
      // ENOENT: none was made. Else (EROFS, EACCES) it is in nobody's way.
      if (errnoOf(error) === undefined) throw error;
    }
  }

  /** Ends all that is going. */
  close(): void {
    for (const [key, going] of this.#going) {
      this.#abandon(key, going);
      this.#leftovers.leave(key);
    }
    this.#leftovers.leaveAll();
  }

  /** Resolves when nothing is left of what nobody asks any more, after 6.5 s at the latest. */
  settled(): Promise<void> {
    return this.#leftovers.settled();
  }

  async #execute(
    port: { readonly key: string; readonly run: number; readonly fifo: string },
    execution: ProbeExecution,
    signal: AbortSignal,
  ): Promise<Answer> {
    const { clock, keeper, outbox } = this.#options;
    const { key, run, fifo } = port;
    const way = wayOf(execution, { keeper });
    if (!way.ok) return { ok: false, text: way.problem, isOurs: true };
    if (!existsSync(fifo)) await keeper.makeFifos([fifo]);
    if (signal.aborted) return { ok: false, text: 'no answer' };
    givePipes([fifo], uidOf(execution));
    const lastLine = openLastLine(fifo, clock);
    try {
      const ended = this.#ended(key, { run, execution }, signal);
      const order = { do: 'spawn', key, run, argv: way.argv, cwd: execution.cwd, env: way.env, in: null, out: fifo, err: fifo } as const;
      outbox.order(way.umask === undefined ? order : { ...order, umask: way.umask });
      const news = await ended;
      return news === null ? { ok: false, text: 'no answer' } : answerOf(news, execution, lastLine.read());
    } finally {
      lastLine.close();
    }
  }

  /** Resolves when it has ended; with null when it was made to. */
  #ended(key: string, begun: Pick<Going, 'run' | 'execution'>, signal: AbortSignal): Promise<RunNews | null> {
    const { clock } = this.#options;
    return new Promise((resolve) => {
      let cancel = (): void => undefined;
      const end = (news: RunNews | null): void => {
        signal.removeEventListener('abort', onAbort);
        cancel();
        resolve(signal.aborted ? null : news);
      };
      const onAbort = (): void => {
        this.#kill(key, begun.run);
        cancel = clock.after(KILLED_MS, () => end(null));
      };
      signal.addEventListener('abort', onAbort);
      this.#going.set(key, { ...begun, onEnd: end });
    });
  }

  /** Ends it; its news is waited for, but by nobody who asks. */
  #abandon(key: string, going: Going): void {
    this.#kill(key, going.run);
    this.#going.set(key, { ...going, onEnd: null });
    going.onEnd?.(null);
  }

  #onEnded(name: RunName, news: Ended, { execution, onEnd }: Going): void {
    this.#going.delete(news.key);
    onEnd?.(news);
    if (news.news === 'spawn-failed') this.#leftovers.settle(news.key);
    else if (execution) this.#leftovers.ended(name, news, execution);
    else this.#leftovers.pastEnded(news.key);
  }

  #kill(key: string, run: number): void {
    this.#options.outbox.order({ do: 'signal', key, run, signal: 'SIGKILL' });
  }
}

function answerOf(news: RunNews, { argv, cwd, env }: ProbeExecution, lastLine: string): Answer {
  if (news.news === 'spawned') throw new Error('bug: what has begun has not ended');
  if (news.news === 'spawn-failed') {
    const isOurs = ['EAGAIN', 'EMFILE', 'ENFILE', 'ENOMEM', 'EIO'].includes(news.errno);
    const text = explainStartError({ argv, cwd, env, errno: news.errno, message: news.message });
    return isOurs ? { ok: false, text, isOurs } : { ok: false, text };
  }
  if (news.code === null && news.signal === null) return { ok: false, text: 'nobody knows how its command has ended', isOurs: true };
  const failure = failureOf(news, lastLine);
  return failure === null ? { ok: true } : { ok: false, text: failure.slice(0, MOST_CHARACTERS) };
}
