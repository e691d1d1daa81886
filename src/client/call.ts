/** Calls to a home's daemon, over the moments in which it is replaced by another one. */
import { PortsupError } from '../base/errors.js';
import type { HomeLayout } from '../base/home.js';
import { type Call, request, stream } from '../control/client.js';
import type { Api, ConditionRow, InputOf, ReplyRoute, RouteName, StreamRoute } from '../control/contract.js';
import { isAlone, isBack, isDaemonThere, noDaemon } from './keeper.js';

/** A daemon that dies of a question must not be asked it for ever: its keeper gives up after the fifth death in a minute. */
const MOST_REPEATS = 2;

/** Whose daemon is asked. */
export interface Caller {
  readonly layout: HomeLayout;
  /** Told the daemon's version when an answer begins. */
  readonly onVersion?: ((version: string) => void) | undefined;
  /** Told when a good answer begins. */
  readonly onOpen?: (() => void) | undefined;
}

/** What to ask, and what ends the call early. */
export interface Question<R> {
  readonly route: R;
  readonly signal?: AbortSignal | undefined;
  /** Told what is wrong with the daemon's surroundings, if something is. */
  readonly onConditions?: ((conditions: readonly ConditionRow[]) => void) | undefined;
  /** Told how many other alarms are set, if some are. */
  readonly onAlarms?: ((count: number) => void) | undefined;
  /** See `CallOptions` of control/client.ts. */
  readonly unknown?: string | undefined;
}

/**
 * Asks for one value; see `request` of control/client.ts for what it throws. A daemon that is just being replaced is waited
 * for; what was under way is asked again where that changes nothing.
 */
export async function ask<R extends ReplyRoute>(caller: Caller, question: Question<R>, input: InputOf<R>): Promise<Api[R]['reply']> {
  const call = callOf(caller, question, input);
  for (let left = MOST_REPEATS; ; ) {
    try {
      return await request(call);
    } catch (error) {
      const mayRepeat = isMissing(error) || (left > 0 && question.route.startsWith('GET '));
      if (!mayRepeat || !(await isBack(caller.layout, error, question.signal))) throw isMissing(error) ? noDaemon(caller.layout) : error;
      if (!isMissing(error)) left -= 1;
    }
  }
}

/** Asks for lines, in batches; see `stream` of control/client.ts. They end when `signal` aborts. A daemon that is just being replaced is waited for. */
export async function* follow<R extends StreamRoute>(
  caller: Caller,
  question: Question<R>,
  input: InputOf<R>,
): AsyncGenerator<readonly Api[R]['line'][], void, void> {
  const call = callOf(caller, question, input);
  for (;;) {
    try {
      yield* stream(call);
      return;
    } catch (error) {
      if (!isMissing(error)) throw error;
      const back = await isBack(caller.layout, error, question.signal);
      if (question.signal?.aborted) return;
      if (!back) throw noDaemon(caller.layout);
    }
  }
}

/** What `followOn` asks at first, and what it asks each daemon after that. */
export interface Inputs<I> {
  readonly input: I;
  readonly again: () => I;
}

/**
 * As {@link follow}, over the deaths and replacements of daemons: it ends when the last daemon has ended in order, or `signal` aborts.
 *
 * @throws {@link PortsupError} what `follow` throws; why services run on without a daemon.
 */
export async function* followOn<R extends StreamRoute>(
  caller: Caller,
  question: Question<R>,
  { input, again }: Inputs<InputOf<R>>,
): AsyncGenerator<readonly Api[R]['line'][], void, void> {
  for (let asked = input; ; asked = again()) {
    try {
      yield* follow(caller, question, asked);
      return;
    } catch (error) {
      if (!(error instanceof PortsupError) || error.code !== 'DAEMON_UNREACHABLE') throw error;
    }
    if (question.signal?.aborted) return;
    if (await isDaemonThere(caller.layout, question.signal)) continue;
    if (question.signal?.aborted) return;
    if (isAlone(caller.layout)) throw noDaemon(caller.layout);
    return;
  }
}

/** A question as control/client.ts takes it: to be asked once, of the daemon that listens now. */
export function callOf<R extends RouteName>({ layout, onVersion, onOpen }: Caller, question: Question<R>, input: InputOf<R>): Call<R> {
  return { ...question, socket: layout.socket, input, onVersion, onOpen };
}

/** Nobody listened, so nothing can have been done. */
const isMissing = (error: unknown): boolean => error instanceof PortsupError && error.code === 'DAEMON_NOT_RUNNING';
