/**
 * Which processes may have been started after a given one. Linux hands PIDs out upwards, so these are the numbers between
 * it and the newest, which the kernel tells: mostly none, or some dozens. Only when the numbers may have come round since is it everybody.
 */
import { existsSync, openSync, readdirSync, readFileSync, readSync } from 'node:fs';
import type { Clock, Millis } from '../base/clock.js';
import { errnoOf } from '../base/errors.js';

/** Answers within some 50 microseconds where little has been started since; Linux only. */
export interface NewerPids {
  /** To be kept with a process when it is started: how many have been started on this machine by then. */
  mark(): number;
  /** May a number that somebody had at this mark be somebody else's by now? */
  mayBeReused(mark: number): boolean;
  /** Who may have come after `pid`, which was started at `mark`. */
  since(pid: number, mark: number, known: KnownPids): Newer;
}

/** Numbers that need not be looked at. */
export interface KnownPids {
  /** Of processes that run and are known to be something else. */
  readonly live: ReadonlyMap<number, unknown>;
  /** Of processes that have ended, each with its mark: nobody else has the number before the numbers have come round. */
  readonly spent: ReadonlyMap<number, number>;
}

/** Who may have come after a process. */
export interface Newer {
  /**
   * Ascending: a process whose parent has just ended is seen after that one. What is being forked this moment has a number already,
   * but cannot be seen yet.
   */
  readonly pids: readonly number[];
  /** The number given out last before they were looked up: who has a later one is not among them. */
  readonly last: number;
}

/** For so long the count of processes started is not read anew: /proc/stat is long on big machines. */
const COUNT_AGE_MS = 100;
/** To look for one number costs 3 microseconds, to list /proc 40 and one for every second process: so many are looked for one by one. */
const FEW = 20;
const KNOWN_PER_LOOK = 5;
/** Below it the numbers may have come round while somebody was in fork(2): they begin anew at 300. */
const JUST_ROUND = 1_500;

/** A reader that counts with this clock. Two files of /proc stay open as long as this process lives: to open them costs more than to read them. */
export function openNewerPids(clock: Clock): NewerPids {
  const newest = newestPid();
  const started = startedOnMachine();
  const half = Number(readFileSync('/proc/sys/kernel/pid_max', 'latin1')) / 2;
  let count = Number.NaN;
  let countedAt: Millis = Number.NEGATIVE_INFINITY;

  const mark = (): number => {
    if (clock.now() - countedAt < COUNT_AGE_MS) return count;
    countedAt = clock.now();
    count = started();
    return count;
  };
  // Threads take numbers too, and are counted. Half of all numbers: some are taken up without a process, and the count is a little old.
  // Where it could not be read it is NaN, and proves nothing.
  const cannotHaveComeRound = (from: number): boolean => mark() - from < half;

  return {
    mark,
    mayBeReused: (from) => !cannotHaveComeRound(from),
    since: (pid, from, { live, spent }) => {
      const last = newest();
      if (last < pid || !cannotHaveComeRound(from)) return { pids: listed(last, (other) => !live.has(other)), last };
      const limit = FEW + live.size / KNOWN_PER_LOOK;
      // Only of those that came after it: the number of an earlier one may have been given out again.
      const isSpent = (other: number): boolean => (spent.get(other) ?? Number.NaN) >= from;
      const numbers: number[] = [];
      for (let other = pid + 1; other <= last; other += 1) {
        if (live.has(other) || isSpent(other)) continue;
        if (numbers.length >= limit) return { pids: listed(last, (candidate) => candidate > pid && !live.has(candidate)), last };
        numbers.push(other);
      }
      return { pids: numbers.filter((other) => existsSync(`/proc/${other}`)), last };
    },
  };
}

function listed(last: number, isMeant: (pid: number) => boolean): readonly number[] {
  const names = new Set(readdirSync('/proc'));
  // A child whose number is lower than its parent's may be passed before it can be seen, and the parent, reached later, has ended by then.
  if (last < JUST_ROUND) for (const name of readdirSync('/proc')) names.add(name);
  const pids: number[] = [];
  for (const name of names) {
    const pid = Number(name);
    if (pid > 0 && isMeant(pid)) pids.push(pid);
  }
  return pids.sort((left, right) => left - right);
}

/** Reads the number given out last. */
function newestPid(): () => number {
  try {
    // Not the last field of /proc/loadavg, which says the same: lxcfs puts a file of its own there.
    const read = keptOpen('/proc/sys/kernel/ns_last_pid');
    return () => Number(read());
  } catch (error) {
    // Kernels without CONFIG_CHECKPOINT_RESTORE.
    if (errnoOf(error) !== 'ENOENT') throw error;
    const read = keptOpen('/proc/loadavg');
    return () => Number(read().trimEnd().split(' ').at(-1));
  }
}

/** Reads how many processes and threads have been started since boot; NaN where the system does not tell. */
function startedOnMachine(): () => number {
  const read = keptOpen('/proc/stat');
  return () => Number(/^processes (\d+)$/m.exec(read())?.[1]);
}

const buffer = Buffer.allocUnsafeSlow(65_536);

function keptOpen(path: string): () => string {
  const fd = openSync(path, 'r');
  return () => buffer.toString('latin1', 0, readSync(fd, buffer, 0, buffer.length, 0));
}
