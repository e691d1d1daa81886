/** One process as Linux's /proc/PID/stat shows it, and what tells it from every other one. */
import { closeSync, openSync, readSync } from 'node:fs';
import { errnoOf } from './errors.js';

/** One process, in the kernel's own units (ticks and pages). */
export interface ProcessStat {
  readonly pid: number;
  /** The kernel's name for it: at most 15 bytes. */
  readonly name: string;
  /** One letter: R, S, D, T, Z (zombie), X (dead) ... */
  readonly state: string;
  readonly ppid: number;
  readonly pgrp: number;
  readonly session: number;
  /** User and system time, in ticks. */
  readonly cpuTicks: number;
  /** Threads that live; of a zombie whose last thread has ended 1. */
  readonly threads: number;
  /** When it was started, in ticks since boot. With the PID this names a process for ever. */
  readonly startTicks: number;
  readonly rssPages: number;
}

/** A line is about 250 bytes, and some 1100 where every number is as long as it can get. */
const line = Buffer.allocUnsafeSlow(2_048);

const UNSEEN: ReadonlySet<string> = new Set(['ENOENT', 'ESRCH', 'EPERM', 'EACCES']);

/** One process; undefined when there is none with this PID (a zombie is one), or none that we may look at. */
export function readProcess(pid: number): ProcessStat | undefined {
  try {
    const fd = openSync(`/proc/${pid}/stat`, 'r');
    try {
      return parseStat(pid, readSync(fd, line, 0, line.length, 0));
    } finally {
      closeSync(fd);
    }
  } catch (error) {
    // ENOENT, ESRCH: it has ended, before or after the file was opened. EPERM, EACCES: where /proc is mounted with "hidepid", those of others.
    const errno = errnoOf(error);
    if (errno !== undefined && UNSEEN.has(errno)) return undefined;
    throw error;
  }
}

/**
 * Does it still do anything? A zombie is dead: only its parent has not yet asked how it ended. But where only the first thread has
 * ended (pthread_exit(3) in main) the process looks like one, while its other threads go on.
 */
export const isLiving = ({ state, threads }: Pick<ProcessStat, 'state' | 'threads'>): boolean =>
  state !== 'X' && (state !== 'Z' || threads > 1);

/**
 * When a process was started, in the kernel's ticks since boot: together with the PID it tells a process from a later
 * one with the same PID. Undefined when there is no such process, and on systems without /proc (macOS).
 */
export function startTicksOf(pid: number): number | undefined {
  return process.platform === 'linux' ? readProcess(pid)?.startTicks : undefined;
}

function parseStat(pid: number, length: number): ProcessStat {
  // The name stands in parentheses and may hold blanks and parentheses itself: only the last one ends it.
  const close = line.subarray(0, length).lastIndexOf(0x29);
  const open = line.indexOf(0x28);
  const fields = line.toString('latin1', close + 2, length).split(' ');
  const field = (index: number): number => Number(fields[index]);
  return {
    pid,
    name: line.toString('utf8', open + 1, close),
    state: fields[0] ?? '',
    ppid: field(1),
    pgrp: field(2),
    session: field(3),
    cpuTicks: field(11) + field(12),
    threads: field(17),
    startTicks: field(19),
    rssPages: field(21),
  };
}
