/**
 * From the entries of a journal to the runs they tell of. A run's number begins again at 1 with each `up` and each boot, so a run is a
 * number and where it stands: it goes from its `started` or `restarted` to its `exited` or `stopped`. Entries are taken newest
 * first, as a journal is read: so the last runs are known without the rest. Whatever is missing (a part was dropped, a line torn, daemon and
 * keeper killed together) leaves what is known of a run, and never makes one run of two. Pure.
 */
import type { JournalEntry, JournalExit } from './entry.js';

/** How a run ended; `killed`: by us, when its grace was over; `lost`: nobody saw it end. */
export type RunState = 'running' | 'exited' | 'stopped' | 'killed' | 'completed' | 'start_failed' | 'lost';

/** One run of a service; null is what is not known, or not so yet. Times are ISO 8601. */
export interface Run {
  readonly app: string;
  readonly path: string;
  readonly run: number;
  readonly pid: number | null;
  readonly startedAt: string | null;
  readonly startedBy: JournalEntry['by'] | null;
  /** Null also where a person has started it. */
  readonly startCause: string | null;
  /** When its stop began. */
  readonly stoppingAt: string | null;
  readonly endedAt: string | null;
  readonly durationMs: number | null;
  readonly exit: JournalExit | null;
  /** Why it ended, or is being stopped. */
  readonly cause: string | null;
  readonly endedBy: JournalEntry['by'] | null;
  readonly state: RunState;
  /**
   * It could not be started, did not stop in time, ran out of memory, or ended by itself with anything but success; also if nobody knows how.
   * A signal that a person has sent is none.
   */
  readonly isFailed: boolean;
}

/** A run while it is put together, newest entry first. */
export interface Growing {
  readonly app: string;
  readonly path: string;
  readonly run: number;
  /** A later run of the same service is known: if its end is not, nobody saw it. */
  readonly isPast: boolean;
  pid: number | null;
  start: JournalEntry | null;
  stopping: JournalEntry | null;
  /** SIGKILL after the grace. */
  kill: JournalEntry | null;
  end: JournalEntry | null;
  completed: JournalEntry | null;
  /** No earlier entry can belong to it any more. */
  isClosed: boolean;
}

/** Takes the entries of a journal, each after all that are younger. */
export interface Gathering {
  /** The run that an entry belongs to: one that has been given before, or a new one; undefined: to none. */
  take(entry: JournalEntry): Growing | undefined;
}

/** Begins with nothing. */
export function gatherRuns(): Gathering {
  const newest = new Map<string, Growing>();
  return {
    take: (entry) => {
      const name = nameIn(entry);
      if (!name) return undefined;
      const key = `${name.app}:${name.path}`;
      const last = newest.get(key);
      if (last && !last.isClosed && fits(last, entry)) return grown(last, entry);
      // Of an earlier run, told late: what stands between two entries of a run ends none.
      if (last && !last.isClosed && isKnown(last) && !roleOf(entry)) return undefined;
      if (last) last.isClosed = true;
      const fresh = grown(emptyRun(name, last !== undefined && (last.isPast || isKnown(last))), entry);
      newest.set(key, fresh);
      return fresh;
    },
  };
}

/** These runs in the same order, but for those that run: they come last. */
export const runningLast = (runs: readonly Run[]): readonly Run[] => [
  ...runs.filter(({ state }) => state !== 'running'),
  ...runs.filter(({ state }) => state === 'running'),
];

/** Does an entry stand in the line of its run by itself: not its start, readiness, stop or end, but something that happened meanwhile? */
export const isAside = (entry: JournalEntry): boolean => !nameIn(entry) || !(roleOf(entry) || entry.event === 'ready');

/** Is all that can be known of it there? Of a run that could not be started there is no start. */
export const isWhole = ({ isClosed, end }: Growing): boolean => isClosed || end?.event === 'start_failed';

/** Is more known of it than something that happened meanwhile? */
export const isKnown = ({ start, stopping, kill, end, completed }: Growing): boolean =>
  [start, stopping, kill, end, completed].some((entry) => entry !== null);

/**
 * What is known of a run by now.
 *
 * @param isSuccess - was this exit code of its service a success? Default: only 0.
 */
export function runOf(growing: Growing, isSuccess = (code: number): boolean => code === 0): Run {
  const { app, path, run, pid, start, stopping } = growing;
  const ending = endingOf(growing);
  return {
    app,
    path,
    run,
    pid,
    startedAt: start?.at ?? null,
    startedBy: start?.by ?? null,
    startCause: start?.cause ?? null,
    stoppingAt: stopping?.at ?? null,
    durationMs: start && ending.endedAt !== null ? between(start.at, ending.endedAt) : null,
    ...ending,
    // One that we ended for what it did (its memory) has failed, however it took that.
    isFailed: isFailed(ending, isSuccess) || (ending.state === 'exited' && stopping !== null),
  };
}

/** Milliseconds. The clock may have been set back meanwhile. */
const between = (from: string, to: string): number => Math.max(0, Date.parse(to) - Date.parse(from));

function endingOf(growing: Growing): Pick<Run, 'endedAt' | 'exit' | 'cause' | 'endedBy' | 'state'> {
  const end = growing.end ?? growing.completed;
  const last = end ?? growing.stopping;
  return {
    endedAt: end?.at ?? null,
    exit: end?.exit ?? null,
    cause: last?.cause ?? null,
    endedBy: last?.by ?? null,
    state: stateOf(growing),
  };
}

/** What an entry is to its run; those without a role may stand anywhere in it. */
type Role = 'start' | 'stopping' | 'kill' | 'end' | 'completed';

const ROLES: ReadonlyMap<string, Role> = new Map([
  ['started', 'start'],
  ['restarted', 'start'],
  ['stopping', 'stopping'],
  ['exited', 'end'],
  ['stopped', 'end'],
  ['start_failed', 'end'],
  ['completed', 'completed'],
]);

function roleOf(entry: JournalEntry): Role | undefined {
  if (isKill(entry)) return 'kill';
  return isUnreadyInTime(entry) ? undefined : ROLES.get(entry.event);
}

/** Its start has failed, but the run goes on until it has been stopped. */
const isUnreadyInTime = ({ event, by }: JournalEntry): boolean => event === 'start_failed' && by === 'probe';

/** A run that ended before it was ready has two entries of one moment: it ended, and so its start has failed. */
const isEndOf = (end: JournalEntry | null, entry: JournalEntry): boolean =>
  end?.event === 'start_failed' && entry.event === 'exited' && entry.at === end.at;

/** A SIGKILL that is an entry of its own because the grace was over; others are by hand, or of what the run has left. */
const isKill = ({ event, type }: JournalEntry): boolean => event === 'killed' && type === 'shutdown_error';

/** The run that an entry names; supervisors have no processes, and their stops no runs. */
function nameIn({ app, path, run, pid, event }: JournalEntry): Pick<Run, 'app' | 'path' | 'run'> | undefined {
  if (app === null || path === null || run === null) return undefined;
  return ROLES.get(event) === 'start' && pid === null ? undefined : { app, path, run };
}

/** Can an entry belong to this run, which all those after it belong to? */
function fits(growing: Growing, entry: JournalEntry): boolean {
  if (entry.run !== growing.run) return false;
  const role = roleOf(entry);
  if (role !== undefined && entry.pid !== null && growing.pid !== null && entry.pid !== growing.pid) return false;
  switch (role) {
    case 'start':
      return growing.end?.event !== 'start_failed';
    case 'end':
      return (growing.end === null || isEndOf(growing.end, entry)) && growing.stopping === null && growing.kill === null;
    case 'completed':
      return !isKnown(growing);
    case 'stopping':
    case 'kill':
      return growing[role] === null && !(role === 'kill' && growing.stopping !== null);
    case undefined:
      return true;
    default:
      return role satisfies never;
  }
}

function grown(growing: Growing, entry: JournalEntry): Growing {
  const role = roleOf(entry);
  if (role === undefined) return growing;
  growing[role] = entry;
  growing.pid ??= entry.pid;
  if (role === 'start') growing.isClosed = true;
  return growing;
}

const emptyRun = ({ app, path, run }: Pick<Run, 'app' | 'path' | 'run'>, isPast: boolean): Growing => ({
  app,
  path,
  run,
  isPast,
  pid: null,
  start: null,
  stopping: null,
  kill: null,
  end: null,
  completed: null,
  isClosed: false,
});

function stateOf({ end, completed, kill, isPast }: Growing): RunState {
  if (completed) return 'completed';
  switch (end?.event) {
    case 'start_failed':
      return 'start_failed';
    case 'stopped':
      return kill ? 'killed' : 'stopped';
    case undefined:
      return isPast || kill ? 'lost' : 'running';
    default:
      return 'exited';
  }
}

function isFailed({ exit, endedBy, state }: Pick<Run, 'exit' | 'endedBy' | 'state'>, isSuccess: (code: number) => boolean): boolean {
  if (exit?.outOfMemory) return true;
  switch (state) {
    case 'start_failed':
    case 'killed':
      return true;
    case 'exited':
      return exit !== null && exit.code !== null ? !isSuccess(exit.code) : endedBy !== 'user';
    case 'running':
    case 'stopped':
    case 'completed':
    case 'lost':
      return false;
    default:
      return state satisfies never;
  }
}
