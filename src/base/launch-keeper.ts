import { type ChildProcess, spawn } from 'node:child_process';
import { Readable } from 'node:stream';
import { messageOf, shortageOf } from './errors.js';
import type { LaunchAnswer } from './launch-answer.js';

/**
 * How Node runs keeper and daemon (which inherits them). They are idle most of the time, so 16 MB of garbage before the first
 * collection and a compiler thread per core are wasted on them: with 1000 services they take 69 MB with these flags, 92 MB without.
 * The daemon has garbage collected itself, see daemon/collect.ts.
 */
const NODE_FLAGS = ['--max-semi-space-size=1', '--v8-pool-size=1', '--expose-gc'];
const ANSWER_FD = 3;

/** A keeper that is to be started. */
export interface KeeperLaunch {
  /** Absolute path of the keeper's program. */
  readonly program: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** File descriptor of the daemon's log, for its standard output and error. */
  readonly log: number;
  /** Ends the waiting for the answer; the keeper goes on, and its start may have succeeded. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Starts a keeper, detached, and gives its answer: as soon as its daemon listens, or why that will not be. It never rejects. It lives
 * in base because the command line and the daemon do this, and may not see each other.
 */
export async function launchKeeper({ program, env, log, signal }: KeeperLaunch): Promise<LaunchAnswer> {
  try {
    const keeper = spawn(process.execPath, [...NODE_FLAGS, program], {
      cwd: '/',
      detached: true,
      env: { ...env },
      stdio: ['ignore', log, log, 'pipe'],
    });
    keeper.unref();
    return await answerOf(keeper, signal);
  } catch (error) {
    // ENOMEM and the like are thrown, where others are an event.
    return failedBy(error);
  }
}

/** The one line that the keeper writes; without one, its end is the answer. */
function answerOf(keeper: ChildProcess, signal: AbortSignal | undefined): Promise<LaunchAnswer> {
  return new Promise((resolve) => {
    keeper.once('error', (error) => {
      resolve(failedBy(error));
    });
    const pipe = answerPipe(keeper);
    // Not even the pipe could be made: the error follows.
    if (!pipe) return;
    let text = '';
    const settle = (answer: LaunchAnswer): void => {
      signal?.removeEventListener('abort', leave);
      pipe.destroy();
      resolve(answer);
    };
    const leave = (): void => {
      settle({ launch: 'failed', message: 'nobody waits for it any more' });
    };
    if (signal?.aborted) return leave();
    signal?.addEventListener('abort', leave);
    pipe.setEncoding('utf8');
    pipe.on('error', (error) => {
      settle(failedBy(error));
    });
    pipe.on('data', (part: string) => {
      text += part;
      if (text.includes('\n')) settle(JSON.parse(text) as LaunchAnswer);
    });
    pipe.on('end', () => {
      settle({ launch: 'failed', message: 'the keeper ended without a reason' });
    });
  });
}

/** Node's types promise all pipes; of a process that could not be started for want of file descriptors there is not even the list. */
function answerPipe({ stdio }: { readonly stdio?: readonly unknown[] }): Readable | undefined {
  const pipe = stdio?.[ANSWER_FD];
  return pipe instanceof Readable ? pipe : undefined;
}

function failedBy(error: unknown): LaunchAnswer {
  const shortage = shortageOf(error);
  if (!shortage) return { launch: 'failed', message: messageOf(error) };
  const message = `the daemon did not start: ${shortage.what}`;
  return { launch: 'failed', message, error: { code: 'FAILED', message, hint: shortage.hint } };
}
