/** Waits for processes that have said that they end: `down` is over when daemon and keeper are gone, not when they are about to go. */
import { readFileSync } from 'node:fs';
import { errnoOf } from '../base/errors.js';
import { systemClock } from '../base/system-clock.js';
import { pause } from './pause.js';

/** They end by themselves whether we look or not; this long is worth waiting for. */
const LIMIT_MS = 5_000;
const STEP_MS = 5;

/** Resolves when none of these processes runs any more, at the latest after 5 s, or when `signal` aborts. */
export async function untilEnded(pids: readonly number[], signal?: AbortSignal): Promise<void> {
  const deadline = systemClock.now() + LIMIT_MS;
  while (pids.some(isRunning) && systemClock.now() < deadline) {
    if (signal?.aborted) return;
    await pause(STEP_MS, signal);
  }
}

/** A zombie is over: where init is slow to reap, signal 0 would find it for seconds. */
const isRunning = (pid: number): boolean => (process.platform === 'linux' ? isInProc(pid) : takesSignals(pid));

function isInProc(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The state comes after the name, which stands in parentheses and may hold some itself.
    return !/^[ZX]/.test(stat.slice(stat.lastIndexOf(')') + 2));
  } catch (error) {
    if (errnoOf(error) === 'ENOENT' || errnoOf(error) === 'ESRCH') return false;
    throw error;
  }
}

function takesSignals(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    if (errnoOf(error) === 'ESRCH') return false;
    if (errnoOf(error) === 'EPERM') return true;
    throw error;
  }
}
