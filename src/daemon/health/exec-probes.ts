/**
 * Commands that ask whether something is well. The keeper runs them, as everything: a daemon that dies takes none of them along, and the next one
 * ends what it finds. Their output is kept nowhere, its last line is part of the answer.
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
import { uidOf, wayOf } from '../execution.js';
import { failureOf } from '../hook-run.js';
import type { Outbox } from '../outbox.js';
import { givePipes } from '../pipe-owner.js';
import type { Execution } from '../port.js';
import { isProbeKey, keyOfProbe, probeFifo, type Subject } from './probe-name.js';

export interface ExecProbesOptions {
  readonly clock: Clock;
  readonly outbox: Pick<Outbox, 'order'>;
  readonly keeper: Pick<KeeperClient, 'makeFifos' | 'pid' | 'protocol'>;
  readonly layout: Pick<HomeLayout, 'fifos'>;
  readonly warn: (message: string) => void;
}

/** What a command is executed with. */
export type ProbeExecution = Pick<Execution, 'argv' | 'cwd' | 'env' | 'user' | 'attributes'>;

/** What is sent SIGKILL is gone by then, unless nothing can kill it (uninterruptible sleep). */
const KILLED_MS: Millis = 1_000;
const MOST_CHARACTERS = 160;

interface Going {
  readonly run: number;
  /** Told of its end; with null: nobody waits for that any longer. Null where nobody does anyway. */
  readonly onEnd: ((news: RunNews | null) => void) | null;
}

/** Has at most one run of the command of each subject. */
export class ExecProbes {
  readonly #options: ExecProbesOptions;
  readonly #going = new Map<string, Going>();
  #lastRun: number;

  constructor(options: ExecProbesOptions) {
    this.#options = options;
    // Above those of earlier daemons, of which one may still be going.
    this.#lastRun = Math.floor(options.clock.now());
  }

  /** Ends what an earlier daemon has begun. */
  takeOver(latest: readonly RunNews[]): void {
    for (const { news, key, run } of latest) {
      if (!isProbeKey(key)) continue;
      if (news === 'spawned') this.#abandon(key, run);
      else this.#options.outbox.order({ do: 'forget', key });
    }
  }

  /** Takes the keeper's news of a run of these; false: it is of something else. */
  onNews(news: KeeperNews): boolean {
    if (!('key' in news) || !isProbeKey(news.key)) return false;
    const going = this.#going.get(news.key);
    if (news.news === 'spawned' || going?.run !== news.run) return true;
    this.#going.delete(news.key);
    if (going.onEnd) going.onEnd(news);
    else this.#options.outbox.order({ do: 'forget', key: news.key });
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
    going?.onEnd?.(null);
    if (going) this.#abandon(key, going.run);
    else this.#options.outbox.order({ do: 'forget', key });
    try {
      unlinkSync(probeFifo(this.#options.layout.fifos, subject));
    } catch (error) {
      // ENOENT: none was made. Else (EROFS, EACCES) it is in nobody's way.
      if (errnoOf(error) === undefined) throw error;
    }
  }

  /** Ends all that is going; nobody waits for that. */
  close(): void {
    for (const [key, { run, onEnd }] of this.#going) {
      this.#kill(key, run);
      onEnd?.(null);
    }
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
      const ended = this.#ended(key, run, signal);
      const order = { do: 'spawn', key, run, argv: way.argv, cwd: execution.cwd, env: way.env, in: null, out: fifo, err: fifo } as const;
      outbox.order(way.umask === undefined ? order : { ...order, umask: way.umask });
      const news = await ended;
      return news === null ? { ok: false, text: 'no answer' } : answerOf(news, execution, lastLine.read());
    } finally {
      lastLine.close();
    }
  }

  /** Resolves when it has ended; with null when it was made to. */
  #ended(key: string, run: number, signal: AbortSignal): Promise<RunNews | null> {
    const { clock } = this.#options;
    return new Promise((resolve) => {
      let cancel = (): void => undefined;
      const end = (news: RunNews | null): void => {
        signal.removeEventListener('abort', onAbort);
        cancel();
        resolve(signal.aborted ? null : news);
      };
      const onAbort = (): void => {
        this.#kill(key, run);
        cancel = clock.after(KILLED_MS, () => end(null));
      };
      signal.addEventListener('abort', onAbort);
      this.#going.set(key, { run, onEnd: end });
    });
  }

  /** Ends it; its news is waited for, but by nobody who asks. */
  #abandon(key: string, run: number): void {
    this.#kill(key, run);
    this.#going.set(key, { run, onEnd: null });
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
