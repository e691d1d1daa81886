import { eachProcess, lives, type ProcessRow, processRow, processRows } from './process-rows.js';
import { until } from './until.js';

/** Does this process still run? A zombie is dead. */
export function isAlive(pid: number): boolean {
  const row = processRow(pid);
  return row !== undefined && lives(row);
}

/**
 * Processes in whose environment or arguments one of `needles` occurs: everything a home started, found by the home's path
 * or by the mark of the run, however far it has been reparented. This process itself is never among them; one that has ended meanwhile may be.
 */
export function processesWith(...needles: readonly string[]): readonly ProcessRow[] {
  const found: ProcessRow[] = [];
  eachWith(needles, (row) => found.push(row));
  return found;
}

/** PIDs of `pgrep -x name`, restricted to the processes that carry `home` in their environment or arguments. */
export function pgrep(name: string, home: string): readonly number[] {
  return processesWith(home)
    .filter((row) => row.name === name.slice(0, process.platform === 'linux' ? 15 : undefined))
    .map(({ pid }) => pid);
}

/** A process, its children, their children: parents first. */
function treeOf(pid: number): readonly number[] {
  const all = processRows();
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
  await until(`everything with ${needles.join(' or ')} gone`, () => {
    let isNobodyLeft = true;
    // Each at the moment it is seen: when all have been looked at it may have started the next one.
    eachWith(needles, ({ pid }) => {
      isNobodyLeft = false;
      sendSignal(pid, 'SIGKILL');
    });
    return isNobodyLeft;
  });
}

/** SIGKILLs what `find` finds until it finds nothing; `what` names that for the error after 5 s. */
export async function killAll(what: string, find: () => readonly number[]): Promise<void> {
  await until(what, () => {
    const left = find();
    for (const pid of left) sendSignal(pid, 'SIGKILL');
    return left.length === 0;
  });
}

/**
 * SIGSTOPs processes and waits until each of them stands still (or is gone): who runs on another processor goes on for a moment when the signal has been sent.
 * In D, in the kernel, it does nothing of its own either, and stops before it does: so who waits for a child of vfork(2) that was halted before its execve(2).
 */
export async function halt(...pids: readonly number[]): Promise<void> {
  for (const pid of pids) sendSignal(pid, 'SIGSTOP');
  const isStill = (pid: number): boolean => !isAlive(pid) || ['T', 'D'].includes(processRow(pid)?.state ?? '');
  await until(`${pids.join(', ')} halted`, () => pids.every(isStill));
}

/** SIGKILLs processes of which none sees the end of another, and waits until they are gone. */
export async function killTogether(...pids: readonly number[]): Promise<void> {
  await halt(...pids);
  for (const pid of pids) sendSignal(pid, 'SIGKILL');
  await until(`${pids.join(', ')} gone`, () => !pids.some(isAlive));
}

function eachWith(needles: readonly string[], onSight: (row: ProcessRow) => void): void {
  const holds = (text: string): boolean => needles.some((needle) => text.includes(needle));
  eachProcess((row) => {
    if (row.pid !== process.pid && (holds(row.command) || row.environ.some(holds))) onSight(row);
  });
}

/** Sends a signal to a process, if it is still there. */
export function sendSignal(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    // ESRCH: it has ended by itself since it was found.
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}
