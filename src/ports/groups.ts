import type { Clock, Millis } from '../base/clock.js';
import { errnoOf } from '../base/errors.js';
import { isLiving, type ProcessStat, readProcess } from '../base/process-stat.js';
import { readProcessTable } from './process-table.js';

/** A process that is still in a group. */
export interface Survivor {
  readonly pid: number;
  /** Its name; empty where the system does not tell (macOS). */
  readonly name: string;
}

const FIRST_STEP_MS = 1;
const LONGEST_STEP_MS = 50;

/**
 * Waits until nobody lives in a process group; a zombie is dead. Resolves with nothing then, or with those that still
 * live when `limitMs` is over. It looks at once, then after 1, 2, 4 ... 50 ms.
 */
export async function groupGone(pgid: number, clock: Clock, limitMs: Millis): Promise<readonly Survivor[]> {
  const deadline = clock.now() + limitMs;
  let left: readonly Survivor[] = [];
  for (let step = FIRST_STEP_MS; ; step = Math.min(2 * step, LONGEST_STEP_MS)) {
    // The whole table is read only when those known before are gone: with 1000 processes that costs 10 ms.
    left = left.filter(({ pid }) => isMember(pid, pgid));
    if (left.length === 0) left = await membersOf(pgid);
    const remaining = deadline - clock.now();
    if (left.length === 0 || remaining <= 0) return left;
    await delay(clock, Math.min(step, remaining));
  }
}

async function membersOf(pgid: number): Promise<readonly Survivor[]> {
  if (!hasEntries(pgid)) return [];
  if (process.platform !== 'linux') return [{ pid: pgid, name: '' }];
  return (await freshTable()).filter((stat) => stat.pgrp === pgid && isLiving(stat)).map(({ pid, name }) => ({ pid, name }));
}

let current: Promise<readonly ProcessStat[]> | undefined;
let next: Promise<readonly ProcessStat[]> | undefined;

/**
 * A table that was begun after this call. Where one is being read already, everybody who asks meanwhile shares the one
 * after it (that one itself may have missed a process forked since): 200 groups that end at once cost two tables.
 */
function freshTable(): Promise<readonly ProcessStat[]> {
  if (!current) return beginTable();
  next ??= current.then(beginTable, beginTable);
  return next;
}

function beginTable(): Promise<readonly ProcessStat[]> {
  next = undefined;
  current = readProcessTable().finally(() => {
    current = undefined;
  });
  return current;
}

function isMember(pid: number, pgid: number): boolean {
  if (process.platform !== 'linux') return hasEntries(pgid);
  const stat = readProcess(pid);
  return stat !== undefined && stat.pgrp === pgid && isLiving(stat);
}

/** Does the kernel know the group? On Linux that includes zombies; macOS answers EPERM when only zombies are left. */
function hasEntries(pgid: number): boolean {
  try {
    return process.kill(-pgid, 0);
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === 'ESRCH') return false;
    if (errno === 'EPERM') return process.platform === 'linux';
    throw error;
  }
}

const delay = (clock: Clock, delayMs: Millis): Promise<void> =>
  new Promise((resolve) => {
    clock.after(delayMs, resolve);
  });
