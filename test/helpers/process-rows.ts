import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

/** One process as the system shows it. */
export interface ProcessRow {
  readonly pid: number;
  readonly ppid: number;
  readonly pgid: number;
  /** Its name as `pgrep -x` compares it (at most 15 bytes on Linux). */
  readonly name: string;
  /** One letter: R, S, D, T, Z ... */
  readonly state: string;
  /** Arguments, separated by spaces. */
  readonly command: string;
  /** `NAME=value` entries as it was started with; empty where the system does not show them. */
  readonly environ: readonly string[];
}

/** Does it do anything? A zombie is dead. */
export const lives = ({ state }: ProcessRow): boolean => state !== 'Z' && state !== 'X';

/** One process, zombies included; undefined if there is none. On Linux arguments and environment are read when they are asked for. */
export function processRow(pid: number): ProcessRow | undefined {
  return process.platform === 'linux' ? linuxRow(pid) : bsdRows().find((row) => row.pid === pid);
}

/** Every process of the system that is not a zombie. A process that ends meanwhile is left out. */
export function processRows(): readonly ProcessRow[] {
  const rows = process.platform === 'linux' ? linuxPids().flatMap((pid) => linuxRow(pid) ?? []) : bsdRows();
  return rows.filter(lives);
}

/** So long it is looked again at one that cannot be told: mostly some 100 microseconds, but one that hangs may be so for ever. */
const SETTLE_MS = 500;

/**
 * Shows every process that is not a zombie, each at the moment it is seen. Ends when a list of them holds only those that were shown: who starts
 * its successor and ends while the others are looked at is missed otherwise, and so is who is within execve(2), having no environment then.
 */
export function eachProcess(show: (row: ProcessRow) => void): void {
  if (process.platform !== 'linux') return processRows().forEach(show);
  const told = new Set<number>();
  const deadline = performance.now() + SETTLE_MS;
  for (let pids = linuxPids(); pids.length > 0 && performance.now() < deadline; pids = linuxPids().filter((pid) => !told.has(pid))) {
    for (const pid of pids) {
      const row = settledRow(pid);
      if (!row) continue;
      told.add(pid);
      if (lives(row)) show(row);
    }
  }
}

/** Undefined if it has ended, or cannot be told just now. What is read stays, also when the process ends. */
function settledRow(pid: number): ProcessRow | undefined {
  const environ = readProc(pid, 'environ');
  // After the environment: it says whether that was empty for good.
  const row = linuxRow(pid);
  if (!row || (environ === '' && !row.isSilent)) return undefined;
  const { ppid, pgid, name, state, command } = row;
  return { pid, ppid, pgid, name, state, command, environ: entriesOf(environ) };
}

interface LinuxRow extends ProcessRow {
  /** It has no environment and gets none: a kernel thread, one that is ending, or one that was given none. */
  readonly isSilent: boolean;
}

/** As proc(5) counts the fields of /proc/PID/stat. */
const [STATE, PPID, PGRP, VSIZE, ENV_START, ENV_END] = [3, 4, 5, 23, 50, 51];

function linuxRow(pid: number): LinuxRow | undefined {
  const stat = readProc(pid, 'stat') ?? '';
  // The name stands in parentheses and may hold some itself: the last one closes it.
  const close = stat.lastIndexOf(')');
  if (close < 0) return undefined;
  const fields = stat.slice(close + 2).split(' ');
  const field = (number: number): string => fields[number - STATE] ?? '';
  return {
    pid,
    ppid: Number(field(PPID)),
    pgid: Number(field(PGRP)),
    name: stat.slice(stat.indexOf('(') + 1, close),
    state: field(STATE),
    isSilent: field(VSIZE) === '0' || (field(ENV_END) !== '0' && field(ENV_END) === field(ENV_START)),
    // Read only when asked for: looking through 500 services costs a file each, not three.
    get command() {
      return (readProc(pid, 'cmdline') ?? '').split('\0').join(' ').trim();
    },
    get environ() {
      return entriesOf(readProc(pid, 'environ'));
    },
  };
}

const entriesOf = (environ: string | undefined): readonly string[] => (environ ?? '').split('\0').filter(Boolean);

function linuxPids(): readonly number[] {
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .map(Number);
}

/** Empty if it has ended; undefined if it belongs to somebody else, so it is none of ours. */
function readProc(pid: number, file: 'stat' | 'cmdline' | 'environ'): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ENOENT' || code === 'ESRCH') return '';
    if (code === 'EACCES' || code === 'EPERM') return undefined;
    throw error;
  }
}

/** macOS has no /proc: `ps -E` appends the environment to the arguments (of our own processes only). */
function bsdRows(): readonly ProcessRow[] {
  const table = execFileSync('ps', ['-axww', '-E', '-o', 'pid=,ppid=,pgid=,state=,ucomm=,command='], {
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
  });
  return table.split('\n').flatMap((line) => {
    const match = /^\s*(\d+)\s+(\d+)\s+(\d+)\s+(\S)\S*\s+(\S+)\s+(.*)$/.exec(line);
    if (!match) return [];
    const [, pid, ppid, pgid, state = '', name = '', command = ''] = match;
    return [{ pid: Number(pid), ppid: Number(ppid), pgid: Number(pgid), state, name, command, environ: [] }];
  });
}
