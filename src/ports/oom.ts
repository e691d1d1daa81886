/**
 * Has the kernel killed a process because memory had run out? Nobody is told of that but by a counter and a line in the kernel's log, so
 * it is found out afterwards: the counter is looked at once at the beginning, and whenever somebody was killed whom nobody wanted
 * killed. The kernel counts before it sends the signal, so who has been reaped has been counted.
 */
import { closeSync, constants, openSync, readFileSync, readlinkSync, readSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock, Millis } from '../base/clock.js';
import { errnoOf } from '../base/errors.js';

/** Where the kernel tells it. For tests. */
export interface OomFiles {
  /** The cgroup of this process; services are in the same one. */
  readonly cgroup: string;
  /** Where the hierarchy of cgroups v2 is mounted. */
  readonly cgroups: string;
  readonly vmstat: string;
  readonly kmsg: string;
  readonly pidNamespace: string;
}

const SYSTEM: OomFiles = {
  cgroup: '/proc/self/cgroup',
  cgroups: '/sys/fs/cgroup',
  vmstat: '/proc/vmstat',
  kmsg: '/dev/kmsg',
  pidNamespace: '/proc/self/ns/pid',
};

/** Who was killed together is reaped together: so long a kill may be left to be ascribed to somebody. */
const TOGETHER_MS: Millis = 1_000;
/** Older lines of the kernel's log are about earlier bearers of a PID. */
const RECENT_MS: Millis = 60_000;
/** The number that the kernel gives the first PID namespace; only there its log names PIDs as we know them. */
const FIRST_NAMESPACE = 'pid:[4026531836]';
/** No record of the kernel's log is longer. */
const RECORD_BYTES = 8 * 1024;

/** Knows how many were killed until now. */
export interface OomWatch {
  /**
   * Was this process, which SIGKILL has just ended and nobody here has sent it, killed for lack of memory? Where the kernel's log cannot be
   * read, it is believed of the first who is asked about after somebody was killed. False where the system counts nothing (macOS).
   *
   * @throws the system's error when a file is there and cannot be read (EMFILE).
   */
  hasKilled(pid: number): boolean;
}

/** Begins to count: reads one small file. */
export function watchOom(clock: Clock, files: OomFiles = SYSTEM): OomWatch {
  const count = counterOf(files);
  let counted = count();
  let unascribed = 0;
  let seenAt = clock.now();
  return {
    hasKilled: (pid) => {
      const [now, total] = [clock.now(), count()];
      const killed = (now - seenAt <= TOGETHER_MS ? unascribed : 0) + Math.max(0, total - counted);
      const isIt = killed > 0 && (isToldKilled(files, pid, now - RECENT_MS) ?? true);
      [counted, unascribed, seenAt] = [total, killed - (isIt ? 1 : 0), now];
      return isIt;
    },
  };
}

/** How many have been killed in our own cgroup and below; in the whole system where that does not count. */
function counterOf(files: OomFiles): () => number {
  const [, path] = /^0::(.*)$/m.exec(textOf(files.cgroup) ?? '') ?? [];
  const own = path === undefined ? undefined : join(files.cgroups, path, 'memory.events');
  const file = own !== undefined && textOf(own) !== undefined ? own : files.vmstat;
  return () => Number(/^oom_kill (\d+)$/m.exec(textOf(file) ?? '')?.[1] ?? 0);
}

/** What the kernel's log says; undefined: it cannot be read, names PIDs of another namespace, or tells of nobody. */
function isToldKilled({ kmsg, pidNamespace }: OomFiles, pid: number, since: Millis): boolean | undefined {
  if (namespaceOf(pidNamespace) !== FIRST_NAMESPACE) return undefined;
  const told = [...recordsOf(kmsg)].flatMap((record) => {
    const [, micros, victim] = /^\d+,\d+,(\d+),[^;]*;.*\bKilled process (\d+)\b/.exec(record) ?? [];
    return micros !== undefined && Number(micros) / 1_000 >= since ? [Number(victim)] : [];
  });
  return told.length === 0 ? undefined : told.includes(pid);
}

function namespaceOf(link: string): string | undefined {
  try {
    return readlinkSync(link);
  } catch (error) {
    if (!['ENOENT', 'EACCES'].includes(errnoOf(error) ?? '')) throw error;
    return undefined;
  }
}

/** The records of the kernel's log: one for each read. */
function* recordsOf(kmsg: string): Generator<string> {
  const fd = openReadable(kmsg);
  if (fd === undefined) return;
  const buffer = Buffer.allocUnsafe(RECORD_BYTES);
  try {
    for (;;) {
      const length = readRecord(fd, buffer);
      if (length === 0) return;
      yield buffer.toString('latin1', 0, length);
    }
  } finally {
    closeSync(fd);
  }
}

function openReadable(path: string): number | undefined {
  try {
    return openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    if (!['ENOENT', 'EACCES', 'EPERM'].includes(errnoOf(error) ?? '')) throw error;
    return undefined;
  }
}

function readRecord(fd: number, buffer: Buffer): number {
  try {
    return readSync(fd, buffer);
  } catch (error) {
    // EAGAIN: that was the last one. EPIPE: the one that was next has been overwritten; the one after it is there.
    if (errnoOf(error) === 'EPIPE') return readRecord(fd, buffer);
    if (errnoOf(error) !== 'EAGAIN') throw error;
    return 0;
  }
}

/** The text of a file; undefined if it is not there, or not ours to read. */
function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'latin1');
  } catch (error) {
    if (!['ENOENT', 'EACCES', 'ENODEV', 'EOPNOTSUPP'].includes(errnoOf(error) ?? '')) throw error;
    return undefined;
  }
}
