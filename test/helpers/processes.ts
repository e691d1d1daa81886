import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { until } from './until.js';

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

/** Every process of the system that is not a zombie. A process that ends meanwhile is left out. */
function processes(): readonly ProcessRow[] {
  return (process.platform === 'linux' ? linuxProcesses() : bsdProcesses()).filter(lives);
}

/** Does this process still run? A zombie is dead. */
export function isAlive(pid: number): boolean {
  const row = process.platform === 'linux' ? linuxProcess(pid) : bsdProcesses().find((other) => other.pid === pid);
  return row !== undefined && lives(row);
}

/**
 * Processes in whose environment or arguments one of `needles` occurs: everything a home started, found by the home's path
 * or by the mark of the run, however far it has been reparented. This process itself is never among them.
 */
export function processesWith(...needles: readonly string[]): readonly ProcessRow[] {
  const holds = (text: string): boolean => needles.some((needle) => text.includes(needle));
  return processes().filter((row) => row.pid !== process.pid && (holds(row.command) || row.environ.some(holds)));
}

/** PIDs of `pgrep -x name`, restricted to the processes that carry `home` in their environment or arguments. */
export function pgrep(name: string, home: string): readonly number[] {
  return processesWith(home)
    .filter((row) => row.name === name.slice(0, process.platform === 'linux' ? 15 : undefined))
    .map(({ pid }) => pid);
}

/** A process, its children, their children: parents first. */
function treeOf(pid: number): readonly number[] {
  const all = processes();
  const found = [pid];
  for (const parent of found) found.push(...all.filter((row) => row.ppid === parent).map((row) => row.pid));
  return found;
}

/** SIGKILLs a process and everything below it, and waits until none of them is left. */
export async function killTree(pid: number): Promise<void> {
  await killAll(`tree of ${pid} gone`, () => treeOf(pid).filter(isAlive));
}

/** SIGKILLs everything that carries one of `needles`, as often as something is left: a dying keeper or daemon may just have started more. */
export async function killWith(...needles: readonly string[]): Promise<void> {
  await killAll(`everything with ${needles.join(' or ')} gone`, () => processesWith(...needles).map(({ pid }) => pid));
}

/** SIGKILLs what `find` finds until it finds nothing; `what` names that for the error after 5 s. */
export async function killAll(what: string, find: () => readonly number[]): Promise<void> {
  await until(what, () => {
    const left = find();
    for (const pid of left) kill(pid);
    return left.length === 0;
  });
}

const lives = ({ state }: ProcessRow): boolean => state !== 'Z' && state !== 'X';

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    // ESRCH: it has ended by itself since it was found.
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}

function linuxProcesses(): readonly ProcessRow[] {
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .flatMap((entry) => linuxProcess(Number(entry)) ?? []);
}

function linuxProcess(pid: number): ProcessRow | undefined {
  const stat = readProc(pid, 'stat');
  // The name stands in parentheses and may hold some itself: the last one closes it.
  const close = stat.lastIndexOf(')');
  if (close < 0) return undefined;
  const [state = '', ppid, pgid] = stat.slice(close + 2).split(' ');
  return {
    pid,
    ppid: Number(ppid),
    pgid: Number(pgid),
    name: stat.slice(stat.indexOf('(') + 1, close),
    state,
    // Read only when asked for: looking through 500 services costs a file each, not three.
    get command() {
      return readProc(pid, 'cmdline').split('\0').join(' ').trim();
    },
    get environ() {
      return readProc(pid, 'environ').split('\0').filter(Boolean);
    },
  };
}

function readProc(pid: number, file: 'stat' | 'cmdline' | 'environ'): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch (error) {
    // ENOENT, ESRCH: it has ended. EACCES, EPERM: it belongs to somebody else, so it is none of ours.
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ENOENT' || code === 'ESRCH' || code === 'EACCES' || code === 'EPERM') return '';
    throw error;
  }
}

/** macOS has no /proc: `ps -E` appends the environment to the arguments (of our own processes only). */
function bsdProcesses(): readonly ProcessRow[] {
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
