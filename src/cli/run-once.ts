/** `run --once`: a service in the foreground. Its output is printed as it comes, its exit code is ours, and nothing of it stays but history and log. */
import { constants } from 'node:os';
import { systemClock } from '../base/system-clock.js';
import { untilEnded } from '../client/ended.js';
import { followLogs } from '../client/follow-logs.js';
import type { LogLine, LogsQuery, ServiceRow } from '../control/contract.js';
import { runAction } from './action.js';
import { ask, callerOf, followOn } from './call.js';
import type { Context } from './context.js';
import { type Interruption, listenForInterrupt } from './interrupt.js';
import { note } from './note.js';
import { reportFailures } from './report.js';

/** How often it is looked whether it has ended, should its event have been missed while the daemon was replaced. */
const LOOK_MS = 1_000;
const INTERRUPTED = 130;

/** Waits until the only run of a service that has just been added is over, and takes the service away. Ctrl-C stops it; a second one only leaves. */
export async function watchOnce(context: Context, { app, name }: { readonly app: string; readonly name: string }): Promise<number> {
  const interruption = listenForInterrupt();
  const over = new AbortController();
  const which = { app, names: [name] };
  const output = printing(context, which);
  try {
    const following = output.follow(over.signal);
    const stopping = stopOnInterrupt(context, which, interruption);
    const row = await untilOver(context, which, over.signal);
    over.abort();
    await following;
    await output.rest(row);
    const isInterrupted = interruption.signal.aborted;
    interruption.release();
    if (isInterrupted) await stopping;
    await remove(context, which);
    return isInterrupted ? INTERRUPTED : await codeOf(context, row);
  } finally {
    over.abort();
    interruption.release();
  }
}

type Which = { readonly app: string; readonly names: readonly string[] };

async function codeOf(context: Context, row: ServiceRow): Promise<number> {
  const { exit, why, path } = row;
  if (exit === null) {
    await reportFailures(context, [{ path, cause: why ?? 'it did not run', lastLines: [] }], 'start');
    return 1;
  }
  if (exit.signal === null) return exit.code ?? 1;
  // As shells say it.
  return 128 + (constants.signals[exit.signal as NodeJS.Signals] ?? 0);
}

/** Its row once it has ended for good. */
async function untilOver(context: Context, which: Which, signal: AbortSignal): Promise<ServiceRow> {
  return new Promise((resolve, reject) => {
    let cancel = (): void => undefined;
    const finish = (settle: () => void): void => {
      cancel();
      settle();
    };
    const look = async (): Promise<void> => {
      cancel();
      const row = await rowOf(context, which);
      if (isOver(row)) return finish(() => resolve(row));
      cancel = systemClock.after(LOOK_MS, () => void look().catch(fail));
    };
    const fail = (error: unknown): void => finish(() => reject(error instanceof Error ? error : new Error(String(error))));
    const listen = async (): Promise<void> => {
      const input = { app: which.app, all: false };
      const batches = followOn(context, { route: 'GET /v1/events', signal }, { input, again: () => input });
      for await (const { length } of batches) if (length > 0) await look();
    };
    void listen().catch(fail);
    void look().catch(fail);
  });
}

/** In an application with others it is stopped, too, until its turn comes. */
const isOver = ({ state, desired }: ServiceRow): boolean =>
  state === 'completed' || state === 'failed' || (state === 'stopped' && desired === 'stopped');

async function rowOf(context: Context, which: Which): Promise<ServiceRow> {
  const [row] = await ask(context, 'GET /v1/ps', { ...which, all: false, usage: false });
  if (row?.kind !== 'service') throw new Error(`bug: ${which.names.join()} is no service`);
  return row;
}

interface Printing {
  /** Prints what comes, until the signal aborts. */
  readonly follow: (signal: AbortSignal) => Promise<void>;
  /** Prints what is there beyond that. */
  readonly rest: (row: ServiceRow) => Promise<void>;
}

function printing(context: Context, which: Which): Printing {
  let printed = 0;
  const query: LogsQuery = { ...which, follow: false, previous: false, ignoreCase: false, invert: false, run: 1 };
  const print = async (lines: readonly LogLine[]): Promise<void> => {
    for (const { stream, text } of lines) await (stream === 'out' ? context.out : context.err).write(`${text}\n`);
    printed += lines.length;
  };
  return {
    follow: async (signal) => {
      // By its application: by its name only what has begun can be followed.
      const question: LogsQuery = { ...query, names: [], follow: true };
      for await (const lines of followLogs(callerOf(context), question, signal))
        await print(lines.filter(({ path }) => which.names.includes(path)));
    },
    rest: async () => {
      let passed = printed;
      for await (const lines of followLogs(callerOf(context), query, new AbortController().signal)) {
        const fresh = lines.slice(passed);
        passed = Math.max(0, passed - lines.length);
        await print(fresh);
      }
    },
  };
}

async function stopOnInterrupt(context: Context, which: Which, interruption: Interruption): Promise<void> {
  await new Promise<void>((resolve) => {
    interruption.signal.addEventListener('abort', () => resolve(), { once: true });
  });
  // The next Ctrl-C ends us; the service goes on being stopped.
  interruption.release();
  await note(context, `stopping ${which.names.join()}; once more Ctrl-C leaves without waiting for it`);
  await runAction(context, {
    route: 'POST /v1/stop',
    input: which,
    verb: 'stopping',
    isRepeatable: true,
    interruptedHint: '"portsup ps" shows how far it is',
  });
}

async function remove(context: Context, which: Which): Promise<void> {
  const { ends } = await runAction(context, {
    route: 'POST /v1/remove',
    input: { ...which, stop: true },
    verb: 'removing',
    isRepeatable: false,
    interruptedHint: '"portsup ps" shows what is left',
  });
  await untilEnded(ends);
}
