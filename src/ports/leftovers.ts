/**
 * What a run leaves behind outside its process group: children that made a session of their own (setsid, double fork). They
 * inherit the run's marker in their environment, and by that they are found when its main process has ended. The run is over
 * then, so there is no SIGTERM for them; what forks while it is being killed is looked for again until nobody is found.
 *
 * Nobody is signalled for a number: before each SIGKILL PID and start time are read again. Linux only: elsewhere the system
 * does not show environments cheaply, and the process group has to do.
 */
import type { Clock, Millis } from '../base/clock.js';
import { errnoOf } from '../base/errors.js';
import { isLiving, readProcess, startTicksOf } from '../base/process-stat.js';
import { type Cleared, chase, type Hunt, type Sight } from './chase.js';
import { type Bearer, type Found, findBearers } from './marked.js';
import { type KnownPids, type Newer, type NewerPids, openNewerPids } from './newer-pids.js';
import type { RunMarker } from './run-marker.js';

/** The run whose main process has ended. */
export interface EndedRun {
  /** Names the port, as in `began`. */
  readonly key: string;
  readonly pid: number;
  readonly marker: RunMarker;
  /** The user that it ran as, if that is another one than ours: what runs as anybody else is not ours to kill. */
  readonly owner?: number | undefined;
  /** Only of this process group; undefined: wherever they are. */
  readonly group?: number | undefined;
  /** Milliseconds that killing may take. */
  readonly limitMs: Millis;
}

/** Knows the main processes that run, and what may have been started after each. */
export interface Leftovers {
  /** A run's main process has been started; at best told at once. `adopted`: it was started at a time that nobody here knows. */
  began(key: string, pid: number, adopted: boolean): void;
  /** A run has ended and may leave behind what it likes. */
  letGo(key: string): void;
  /**
   * Kills what an ended run has left. Undefined, at once, when there is nobody: the normal case. Otherwise it resolves when
   * nobody is left, or when `limitMs` is over; it never rejects for what a process does.
   */
  clear(run: EndedRun): Promise<Cleared> | undefined;
  /**
   * Kills whoever carries a marker that `isMeant`, but main processes of a living keeper, which go by their PID; as `clear`. It looks at the
   * whole machine: for what was left by many runs of which nobody knows any more when they were started.
   */
  clearAll(isMeant: (marker: RunMarker) => boolean, limitMs: Millis): Promise<Cleared> | undefined;
}

export interface LeftoversOptions {
  readonly clock: Clock;
  /** PID of the parent of every main process. */
  readonly keeperPid: number;
}

interface Main {
  readonly pid: number;
  /** Of the newest process on the machine when it was started; NaN: not known. */
  readonly mark: number;
  /** No process of its run was started before. */
  readonly startTicks: number;
}

/** Whoever lives may have come after it. */
const UNKNOWN: Main = { pid: 0, mark: Number.NaN, startTicks: 0 };

/** So many numbers of ended main processes are remembered, the latest. */
const MOST_SPENT = 4_096;

function remember(spent: Map<number, number>, { pid, mark }: Main): void {
  spent.delete(pid);
  spent.set(pid, mark);
  if (spent.size <= MOST_SPENT) return;
  const [oldest] = spent.keys();
  if (oldest !== undefined) spent.delete(oldest);
}

/** So many are remembered, before it is begun anew. */
const MOST_STRANGERS = 32_768;

/**
 * Processes that carry no marker at all, and so belong to no run: nobody gets one later but by having it written into his environment
 * by hand. On a busy machine there are hundreds, and to read the environments of all of them at each end of a run took ten milliseconds.
 */
function rememberStrangers(newer: NewerPids): {
  readonly add: (pids: readonly number[]) => void;
  readonly without: (pids: readonly number[]) => readonly number[];
} {
  const strangers = new Set<number>();
  let since = Number.NaN;
  const forgetOld = (): void => {
    if (strangers.size > 0 && !newer.mayBeReused(since) && strangers.size <= MOST_STRANGERS) return;
    strangers.clear();
    since = newer.mark();
  };
  return {
    add: (pids) => {
      for (const pid of pids) strangers.add(pid);
    },
    without: (pids) => {
      forgetOld();
      return strangers.size === 0 ? pids : pids.filter((pid) => !strangers.has(pid));
    },
  };
}

/** As {@link NewerPids}, without those that are known. */
interface UnknownPids {
  readonly mark: () => number;
  readonly since: (pid: number, mark: number) => Newer;
}

/** On a machine where processes are started all the time it is gone on after a pause. */
const MOST_ROUNDS = 20;

/** Where the system does not show environments. */
const NONE: Leftovers = { began: () => undefined, letGo: () => undefined, clear: () => undefined, clearAll: () => undefined };

/** Begins with no run known. */
export function openLeftovers({ clock, keeperPid }: LeftoversOptions): Leftovers {
  if (process.platform !== 'linux') return NONE;
  const mains = new Map<string, Main>();
  const known = { live: new Map<number, string>(), spent: new Map<number, number>() };
  const newer = openNewerPids(clock);
  const knowledge = { keeperPid, newer, known, strangers: rememberStrangers(newer) };
  // Nothing that we have started is older than our keeper.
  const keeperTicks = startTicksOf(keeperPid) ?? 0;

  const letGo = (key: string): void => {
    const main = mains.get(key);
    if (!main) return;
    mains.delete(key);
    known.live.delete(main.pid);
    remember(known.spent, main);
  };
  return {
    began: (key, pid, adopted) => {
      letGo(key);
      const mark = adopted ? Number.NaN : newer.mark();
      mains.set(key, { pid, mark, startTicks: startTicksOf(pid) ?? (adopted ? 0 : keeperTicks) });
      known.spent.delete(pid);
      known.live.set(pid, key);
    },
    letGo,
    clear: (run) => {
      const told = mains.get(run.key);
      const main = told?.pid === run.pid ? told : { ...UNKNOWN, pid: run.pid };
      letGo(run.key);
      return chase(huntAfter(run, main, knowledge), clock, run.limitMs);
    },
    clearAll: (isMeant, limitMs) => chase(huntForAll(isMeant, knowledge), clock, limitMs),
  };
}

const huntAfter = ({ marker, owner, group }: EndedRun, main: Main, knowledge: Knowledge): Hunt<Bearer> => ({
  look: lookerFor({ marker, main, isMeant: ({ pgrp }) => group === undefined || pgrp === group }, knowledge),
  kill: (bearer) => (bearer.uid === process.getuid?.() || bearer.uid === owner) && killBearer(bearer),
  isThere,
});

const huntForAll = (isMeant: (marker: RunMarker) => boolean, knowledge: Knowledge): Hunt<Bearer> => ({
  look: lookerFor({ marker: {}, main: UNKNOWN, isMeant: ({ marker }) => isMeant(marker) }, knowledge),
  // Root's services may have run as anybody: nobody knows any more as whom.
  kill: (bearer) => (bearer.uid === process.getuid?.() || process.getuid?.() === 0) && killBearer(bearer),
  isThere,
});

interface Knowledge {
  readonly keeperPid: number;
  readonly newer: NewerPids;
  readonly known: KnownPids;
  readonly strangers: ReturnType<typeof rememberStrangers>;
}

/** Who is looked for. */
interface Quest {
  readonly marker: Partial<RunMarker>;
  /** They have come after it. */
  readonly main: Main;
  readonly isMeant: (bearer: Bearer) => boolean;
}

/** Looks for what has been left. */
function lookerFor({ marker, main, isMeant }: Quest, { keeperPid, newer, known, strangers }: Knowledge): Hunt<Bearer>['look'] {
  const wanted = { marker, startTicks: main.startTicks, keeperPid };
  const since: UnknownPids['since'] = (pid, mark) => {
    const { pids, last } = newer.since(pid, mark, known);
    return { pids: strangers.without(pids), last };
  };
  return (onSight) =>
    lookAtAll(main, { mark: () => newer.mark(), since }, (pids) => {
      const found = findBearers(pids, wanted, (bearer) => (isMeant(bearer) ? onSight(bearer) : undefined));
      strangers.add(found.strangers);
      return found;
    });
}

/**
 * Looks at everybody who has come after the main process, and then at those who have come while it looked: one that starts its
 * successor and ends could be missed for ever otherwise. When nobody has come or gone meanwhile, nobody was missed.
 */
function lookAtAll(main: Pick<Main, 'pid' | 'mark'>, unknown: UnknownPids, lookAt: (pids: readonly number[]) => Found): Sight {
  const told = new Set<number>();
  const gone = new Set<number>();
  let sight: Sight = 'clear';
  let [after, mark] = [main.pid, main.mark];
  for (let round = 0; round < MOST_ROUNDS; round += 1) {
    const { pids, last } = unknown.since(after, mark);
    if (round > 0 && last === after) return sight;
    const found = lookAt(pids.filter((pid) => !told.has(pid)));
    for (const pid of found.told) told.add(pid);
    if (found.isUnsettled) sight = 'unsettled';
    // Of one that has ended meanwhile a child may have been passed before it could be seen: that far it is looked once more.
    const isComplete = found.gone.every((pid) => gone.has(pid));
    for (const pid of found.gone) gone.add(pid);
    [after, mark] = isComplete ? [last, unknown.mark()] : [main.pid, main.mark];
  }
  return 'unsettled';
}

function isThere({ pid, startTicks }: Bearer): boolean {
  const stat = readProcess(pid);
  return stat !== undefined && stat.startTicks === startTicks && isLiving(stat);
}

/** False if we may not. One that has ended meanwhile counts as killed. */
function killBearer({ pid, startTicks }: Bearer): boolean {
  try {
    if (startTicksOf(pid) === startTicks) process.kill(pid, 'SIGKILL');
    return true;
  } catch (error) {
    const errno = errnoOf(error);
    if (errno !== 'ESRCH' && errno !== 'EPERM') throw error;
    return errno === 'ESRCH';
  }
}
