/** `run --once`: a service in the foreground. Its output is printed as it comes, its exit code is ours, and nothing of it stays but history and log. */
import { constants } from 'node:os';
import { systemClock } from '../base/system-clock.js';
import { perform } from '../client/action.js';
import { untilEnded } from '../client/ended.js';
import { followLogs } from '../client/follow-logs.js';
import { pause } from '../client/pause.js';
import type { LogLine, LogsQuery, ServiceRow } from '../control/contract.js';
import { runAction } from './action.js';
import { ask, callerOf, followOn } from './call.js';
import type { Context } from './context.js';
import { type Interruption, listenForInterrupt } from './interrupt.js';
import { note } from './note.js';
import { reportFailures } from './report.js';
import { isReaderGone, sayUnwritable } from './unwritable.js';

/** How often it is looked whether it has ended, should its event have been missed while the daemon was replaced. */
const LOOK_MS = 1_000;
const INTERRUPTED = 130;

/** The service, and when it was not there yet (ISO 8601): older lines are of another one of its name. */
export interface Once {
  readonly app: string;
  readonly name: string;
  readonly since: string;
}

/**
 * Waits until the only run of a service that has just been added is over, and takes the service away. Ctrl-C stops it, and so does a reader of our output who
 * goes; a second Ctrl-C only leaves.
 */
export async function watchOnce(context: Context, once: Once): Promise<number> {
  const interruption = listenForInterrupt();
  const over = new AbortController();
  const output = printing(context, once);
  try {
    const following = output.follow(over.signal);
    const stopping = stopWhenLeft(context, once, { interruption, left: output.left });
    const row = await Promise.race([untilOver(context, once, over.signal), failing(following), failing(stopping)]);
    over.abort();
    await following;
    await output.rest();
    const isInterrupted = interruption.signal.aborted;
    await remove(context, once);
    if (output.left.aborted) return output.left.reason === UNWRITABLE ? 1 : 0;
    return isInterrupted ? INTERRUPTED : await codeOf(context, row);
  } finally {
    over.abort();
    interruption.release();
  }
}

/** Never comes to an end, but rejects with the promise. */
const failing = (promise: Promise<void>): Promise<never> => promise.then(() => new Promise<never>(() => undefined));

const namedIn = ({ app, name }: Once): { readonly app: string; readonly names: readonly string[] } => ({ app, names: [name] });

async function codeOf(context: Context, { exit, why, path }: ServiceRow): Promise<number> {
  if (exit === null) {
    await reportFailures(context, [{ path, cause: why ?? 'it did not run', lastLines: [] }], 'start');
    return 1;
  }
  if (exit.signal === null) return exit.code ?? 1;
  // As shells say it.
  return 128 + (constants.signals[exit.signal as NodeJS.Signals] ?? 0);
}

/** Its row once it has ended for good. It is looked for after each event of its application, and now and then. */
async function untilOver(context: Context, once: Once, signal: AbortSignal): Promise<ServiceRow> {
  const input = { app: once.app, all: false };
  const events = followOn(context, { route: 'GET /v1/events', signal }, { input, again: () => input });
  let next = events.next();
  for (;;) {
    const row = await rowOf(context, once);
    if (isOver(row)) return row;
    const isEvent = await Promise.race([next.then(() => true), pause(LOOK_MS, signal).then(() => false)]);
    if (isEvent) next = events.next();
  }
}

/** In an application with others it is stopped, too, until its turn comes. */
const isOver = ({ state, desired }: ServiceRow): boolean =>
  state === 'completed' || state === 'failed' || (state === 'stopped' && desired === 'stopped');

async function rowOf(context: Context, once: Once): Promise<ServiceRow> {
  const [row] = await ask(context, 'GET /v1/ps', { ...namedIn(once), all: false, usage: false });
  if (row?.kind !== 'service') throw new Error(`bug: ${once.name} is no service`);
  return row;
}

interface Printing {
  /** Aborted when nobody reads our output any more. */
  readonly left: AbortSignal;
  /** Prints what comes, until the signal aborts. */
  readonly follow: (signal: AbortSignal) => Promise<void>;
  /** Prints what is there beyond that. */
  readonly rest: () => Promise<void>;
}

function printing(context: Context, once: Once): Printing {
  const { app, name, since } = once;
  const left = leftReaders();
  const isGone = new Promise<void>((resolve) => {
    left.addEventListener('abort', () => resolve(), { once: true });
  });
  const query: LogsQuery = { app, names: [], since, follow: false, previous: false, ignoreCase: false, invert: false };
  let printed = 0;
  const print = async (lines: readonly LogLine[]): Promise<void> => {
    printed += lines.length;
    for (const line of lines) if (!left.aborted) await Promise.race([printLine(context, line), isGone]);
  };
  const ownOf = (lines: readonly LogLine[]): readonly LogLine[] => lines.filter(({ path }) => path === name);
  return {
    left,
    // By its application: by its name only what has begun can be followed.
    follow: async (signal) => {
      for await (const lines of followLogs(callerOf(context), { ...query, follow: true }, signal)) await print(ownOf(lines));
    },
    rest: async () => {
      let passed = printed;
      for await (const lines of followLogs(callerOf(context), { ...query, names: [name] }, new AbortController().signal)) {
        const fresh = lines.slice(passed);
        passed = Math.max(0, passed - lines.length);
        await print(fresh);
      }
    },
  };
}

async function printLine({ json, out, err }: Context, line: LogLine): Promise<void> {
  if (json) await out.write(`${JSON.stringify(line)}\n`);
  else await (line.stream === 'out' ? out : err).write(`${line.text}\n`);
}

/** Why the readers have left: there could be some, but they cannot be written to. */
const UNWRITABLE = Symbol('unwritable');

/** Of any other command the going of its reader is the end; here somebody has to stop the program. */
function leftReaders(): AbortSignal {
  const left = new AbortController();
  for (const stream of [process.stdout, process.stderr]) {
    stream.removeAllListeners('error');
    stream.on('error', (error: Error) => {
      if (left.signal.aborted) return;
      if (!isReaderGone(error)) sayUnwritable(error);
      left.abort(isReaderGone(error) ? undefined : UNWRITABLE);
    });
  }
  return left.signal;
}

interface Leaving {
  readonly interruption: Interruption;
  readonly left: AbortSignal;
}

async function stopWhenLeft(context: Context, once: Once, { interruption, left }: Leaving): Promise<void> {
  await new Promise<void>((resolve) => {
    for (const signal of [interruption.signal, left]) signal.addEventListener('abort', () => resolve(), { once: true });
  });
  // The next Ctrl-C ends us; the service goes on being stopped.
  interruption.release();
  if (!left.aborted) await note(context, `stopping ${once.name}; once more Ctrl-C leaves without waiting for it`);
  await perform(callerOf(context), {
    route: 'POST /v1/stop',
    input: namedIn(once),
    isRepeatable: true,
    laterHint: '"portsup ps" shows how far it is',
    signal: new AbortController().signal,
    onProgress: () => undefined,
  });
}

async function remove(context: Context, once: Once): Promise<void> {
  const { ends } = await runAction(context, {
    route: 'POST /v1/remove',
    input: { ...namedIn(once), stop: true },
    verb: 'removing',
    isRepeatable: false,
    interruptedHint: '"portsup ps" shows what is left',
  });
  await untilEnded(ends);
}

/** The present time, for {@link Once}. */
export const nowText = (): string => systemClock.wallTime(systemClock.now()).toISOString();
