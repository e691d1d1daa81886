/** A monitor, as Erlang's: tells once that a run has ended, and why. */
import type { CallDown } from '../../control/contract.js';
import type { JournalEntry } from '../../journal/entry.js';
import type { Service } from '../../supervision/tree.js';
import type { DaemonContext } from '../context.js';
import { exitFactsOf, serviceAt } from '../view.js';
import { calleeAt, wayBack } from './callee.js';

/** A run that has a PID. */
export interface LiveRun {
  readonly app: string;
  readonly path: string;
  readonly run: number;
  readonly pid: number;
}

/** Is this run the one that goes on, also if it is being stopped? */
export const isGoingOn = (context: Pick<DaemonContext, 'runtime'>, live: LiveRun): boolean =>
  runIn(serviceAt(context.runtime.forest(), live), live);

/** Is it being stopped, so that its end is only a matter of time? */
export const isBeingStopped = (context: Pick<DaemonContext, 'runtime'>, live: LiveRun): boolean =>
  isGoingOn(context, live) && serviceAt(context.runtime.forest(), live)?.state.phase === 'stopping';

/** Resolves when the run has ended; never, once `signal` has aborted before that. */
export function untilEnded(context: Pick<DaemonContext, 'runtime' | 'feed'>, live: LiveRun, signal: AbortSignal): Promise<CallDown> {
  return new Promise((resolve) => {
    let told: JournalEntry | undefined;
    // By the time the forest has changed there may be a next run, with causes of its own.
    const unsubscribe = context.feed.subscribe((entry) => {
      const isOfRun = entry.app === live.app && entry.path === live.path && entry.run === live.run;
      if (isOfRun && (entry.event === 'exited' || entry.event === 'stopped')) told = entry;
    });
    const release = (): void => {
      unsubscribe();
      unwatch();
      signal.removeEventListener('abort', release);
    };
    const look = (): void => {
      const service = serviceAt(context.runtime.forest(), live);
      if (runIn(service, live)) return;
      release();
      resolve(downOf(live, { service, told, ...futureOf(context, live) }));
    };
    const unwatch = context.runtime.onChange(look);
    signal.addEventListener('abort', release);
    if (signal.aborted) release();
    else look();
  });
}

function futureOf({ runtime }: Pick<DaemonContext, 'runtime'>, { app, path }: LiveRun): Pick<CallDown, 'comesBack' | 'hint'> {
  const root = runtime.forest().apps[app]?.root;
  const { is } = calleeAt(root, path, true);
  const comesBack = is === 'up' || is === 'coming';
  return { comesBack, hint: comesBack ? 'it is being started again' : wayBack(root, { app, path }) };
}

/** What there is to say about the end of a run. */
interface Ended extends Pick<CallDown, 'comesBack' | 'hint'> {
  readonly service: Service | undefined;
  readonly told: JournalEntry | undefined;
}

function downOf({ run, pid }: LiveRun, { service, told, comesBack, hint }: Ended): CallDown {
  const exit = told?.exit ?? (service?.run === run && service.lastExit ? exitFactsOf(service.lastExit) : null);
  return {
    outcome: 'down',
    cause: told?.cause ?? 'exit status unknown',
    exit,
    run,
    pid,
    comesBack,
    hint,
  };
}

const runIn = (service: Service | undefined, { run }: LiveRun): boolean =>
  service?.run === run && (service.state.phase === 'running' || service.state.phase === 'stopping');
