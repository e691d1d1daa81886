import { execFileSync } from 'node:child_process';
import { isRunning } from '../base/machine.js';
import type { Held } from './protocol.js';

/** ps(1) tells whole seconds. */
const ROUNDING_MS = 2_000;

/** Is it the process that an earlier keeper has started, or has somebody else its number by now? */
export function isStill(held: Held): boolean {
  if (process.platform === 'linux') return isRunning(held);
  const startedAt = startedAtByPs(held.pid);
  return startedAt !== undefined && Math.abs(startedAt - held.startedAt) <= ROUNDING_MS;
}

/** When a process was started, in milliseconds since 1970 to the second; undefined if there is none. For systems without /proc. */
export function startedAtByPs(pid: number): number | undefined {
  try {
    const text = execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8', env: { ...process.env, LC_ALL: 'C' } });
    const at = Date.parse(text.trim());
    return Number.isNaN(at) ? undefined : at;
  } catch (error) {
    // ps(1) ends with 1 when there is no such process.
    if (error instanceof Error && 'status' in error && error.status === 1) return undefined;
    throw error;
  }
}
