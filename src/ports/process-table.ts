/** What Linux's /proc knows of every process. One read of /proc/PID/stat each; nothing is kept open. Linux only. */
import { closeSync, openSync, readdirSync, readFileSync, readSync } from 'node:fs';
import { endianness } from 'node:os';
import { errnoOf } from '../base/errors.js';

/** One process, in the kernel's own units (see {@link ticksPerSecond}, {@link pageBytes}). */
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
  /** When it was started, in ticks since boot. With the PID this names a process for ever. */
  readonly startTicks: number;
  readonly rssPages: number;
}

/** A line is about 250 bytes, and some 1100 where every number is as long as it can get. */
const line = Buffer.allocUnsafeSlow(2_048);

/** Processes read in one go: about 1 ms, so that a `ps` never delays a restart by more. */
const CHUNK = 100;

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

/** Every process there is, zombies included; other work gets its turn in between. */
export async function readProcessTable(): Promise<readonly ProcessStat[]> {
  const found: ProcessStat[] = [];
  const entries = readdirSync('/proc');
  for (let index = 0; index < entries.length; index += 1) {
    if (index % CHUNK === CHUNK - 1) await nextTurn();
    const pid = Number(entries[index]);
    const stat = Number.isInteger(pid) ? readProcess(pid) : undefined;
    if (stat) found.push(stat);
  }
  return found;
}

/** Does it still do anything? A zombie is dead: only its parent has not yet asked how it ended. */
export const isLiving = ({ state }: ProcessStat): boolean => state !== 'Z' && state !== 'X';

/** Ticks a second, the unit of times in {@link ProcessStat}: 100 nearly everywhere. */
export const ticksPerSecond = (): number => systemNumbers().ticks;

/** Size of a page of memory in bytes: 4096 on most machines. */
export const pageBytes = (): number => systemNumbers().page;

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
    startTicks: field(19),
    rssPages: field(21),
  };
}

const nextTurn = (): Promise<void> =>
  new Promise((resolve) => {
    setImmediate(resolve);
  });

const AT_PAGESZ = 6;
const AT_CLKTCK = 17;
let known: { readonly ticks: number; readonly page: number } | undefined;

/** From what the kernel gives each program at its start: pairs of a type and a value, each as big as a pointer. */
function systemNumbers(): { readonly ticks: number; readonly page: number } {
  if (known) return known;
  const auxv = readFileSync('/proc/self/auxv');
  const wide = process.arch !== 'arm' && process.arch !== 'ia32';
  const size = wide ? 8 : 4;
  const big = endianness() === 'BE';
  const wordAt = (offset: number): number => {
    if (wide) return Number(big ? auxv.readBigUInt64BE(offset) : auxv.readBigUInt64LE(offset));
    return big ? auxv.readUInt32BE(offset) : auxv.readUInt32LE(offset);
  };
  const values = new Map<number, number>();
  for (let offset = 0; offset + 2 * size <= auxv.length; offset += 2 * size) values.set(wordAt(offset), wordAt(offset + size));
  known = { ticks: values.get(AT_CLKTCK) ?? 100, page: values.get(AT_PAGESZ) ?? 4_096 };
  return known;
}
