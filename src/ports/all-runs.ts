/** Every process of every run, of whichever home. Linux only: elsewhere the system shows no environments. */
import { readdirSync } from 'node:fs';
import type { Clock, Millis } from '../base/clock.js';
import { type Bearer, findBearers } from './marked.js';

/** A process in the midst of execve(2) shows no environment for some 100 microseconds; for so long it is asked again. */
const SETTLE_MS: Millis = 200;
const STEP_MS: Millis = 5;

/**
 * Looks at all processes; none elsewhere than on Linux. It takes some milliseconds, and up to 200 more where something is just being executed.
 *
 * @param keeperPid - its children are not looked at: they are runs that are known.
 */
export async function processesOfRuns(clock: Clock, keeperPid: number): Promise<readonly Bearer[]> {
  if (process.platform !== 'linux') return [];
  const begun = clock.now();
  for (;;) {
    const pids = readdirSync('/proc').map(Number).filter(Number.isInteger);
    const bearers: Bearer[] = [];
    const { isUnsettled } = findBearers(pids, { marker: {}, startTicks: 0, keeperPid }, (bearer) => bearers.push(bearer));
    if (!isUnsettled || clock.now() - begun >= SETTLE_MS) return bearers;
    await new Promise<void>((resolve) => {
      clock.after(STEP_MS, resolve);
    });
  }
}
