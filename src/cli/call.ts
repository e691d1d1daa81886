/** Calls to the daemon on behalf of a command. */
import { PortsupError } from '../base/errors.js';
import { version } from '../base/version.js';
import { request, stream } from '../control/client.js';
import type { Api, ConditionRow, InputOf, ReplyRoute, StreamRoute } from '../control/contract.js';
import type { Context } from './context.js';
import { isBack, isDaemonThere, isKept, noDaemon } from './keeper.js';

/** What to ask, and what ends the call early. */
export interface Question<R> {
  readonly route: R;
  readonly signal?: AbortSignal | undefined;
  /** Told what is wrong with the daemon's surroundings, if something is. */
  readonly onConditions?: ((conditions: readonly ConditionRow[]) => void) | undefined;
}

/**
 * Asks for one value; see `request` of control/client.ts for what it throws. A daemon that is just being replaced is waited
 * for; what was under way is asked again where that changes nothing.
 */
export async function ask<R extends ReplyRoute>(
  context: Context,
  question: R | Omit<Question<R>, 'signal'>,
  input: InputOf<R>,
): Promise<Api[R]['reply']> {
  const { layout } = context;
  const { route, onConditions } = typeof question === 'string' ? { route: question } : question;
  const call = { socket: layout.socket, route, input, onVersion: versionNote(context), onConditions };
  try {
    return await request(call);
  } catch (error) {
    const isHarmless = isMissing(error) || route.startsWith('GET ');
    if (isHarmless && (await isBack(layout, error))) return request(call);
    throw isMissing(error) ? noDaemon(layout) : error;
  }
}

/** Nobody listened, so nothing can have been done. */
const isMissing = (error: unknown): boolean => error instanceof PortsupError && error.code === 'DAEMON_NOT_RUNNING';

/** Asks for lines, in batches; see `stream` of control/client.ts. They end when `signal` aborts. A daemon that is just being replaced is waited for. */
export async function* follow<R extends StreamRoute>(
  context: Context,
  { route, signal }: Question<R>,
  input: InputOf<R>,
): AsyncGenerator<readonly Api[R]['line'][], void, void> {
  const { layout } = context;
  const call = { socket: layout.socket, route, input, signal, onVersion: versionNote(context) };
  try {
    yield* stream(call);
    return;
  } catch (error) {
    if (!isMissing(error)) throw error;
    if (!(await isBack(layout, error))) throw noDaemon(layout);
  }
  yield* stream(call);
}

/**
 * As {@link follow}, over the deaths and replacements of daemons: it ends when the last daemon has ended in order, or `signal` aborts.
 *
 * @param again - what the next daemon is asked.
 * @throws {@link PortsupError} what `follow` throws; why services run on without a daemon.
 */
export async function* followOn<R extends StreamRoute>(
  context: Context,
  question: Question<R>,
  { input, again }: { readonly input: InputOf<R>; readonly again: () => InputOf<R> },
): AsyncGenerator<readonly Api[R]['line'][], void, void> {
  for (let asked = input; ; asked = again()) {
    try {
      yield* follow(context, question, asked);
      return;
    } catch (error) {
      if (!(error instanceof PortsupError) || error.code !== 'DAEMON_UNREACHABLE') throw error;
    }
    if (question.signal?.aborted) return;
    if (await isDaemonThere(context.layout)) continue;
    if (isKept(context.layout)) throw noDaemon(context.layout);
    return;
  }
}

/** Says on standard error when the daemon is of another version than this command line. */
function versionNote(context: Context): (daemon: string) => void {
  return (daemon) => {
    if (daemon === version) return;
    // One line on standard error; the answer need not wait for it.
    void context.err.print([
      `note: the daemon is portsup ${daemon}, this command line ${version}; "portsup daemon upgrade" makes them one`,
    ]);
  };
}
