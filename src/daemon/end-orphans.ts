import { kill } from 'node:process';
import type { Clock, Millis } from '../base/clock.js';
import { errnoOf } from '../base/errors.js';
import { startTicksOf } from '../ports/identity.js';
import type { Forest } from '../supervision/tree.js';
import { isServicePlace, pidOf, placedNodes } from './view.js';

/** How long what the keeper left may take to end. */
const GRACE_MS: Millis = 5_000;

/**
 * Ends every service after the keeper, their parent, has died: nobody could tell any more how they end, and nothing
 * may run on unsupervised. SIGTERM to each group, SIGKILL after a grace to those that are still the same process.
 */
export function endOrphans(forest: Forest, clock: Clock, then: () => void): void {
  const pids = Object.values(forest.apps)
    .flatMap(placedNodes)
    .filter(isServicePlace)
    .flatMap(({ node }) => pidOf(node) ?? []);
  const orphans = pids.map((pid) => ({ pid, started: startTicksOf(pid) }));
  for (const { pid } of orphans) signalGroup(pid, 'SIGTERM');
  const checkEvery = 50;
  const check = (waited: Millis): void => {
    const left = orphans.filter(isAlive);
    if (left.length > 0 && waited < GRACE_MS)
      return void clock.after(checkEvery, () => {
        check(waited + checkEvery);
      });
    for (const { pid } of left) signalGroup(pid, 'SIGKILL');
    then();
  };
  check(0);
}

/** Is it still the same process? Where there are no start times, a process with its PID has to do. */
const isAlive = ({ pid, started }: { readonly pid: number; readonly started: number | undefined }): boolean =>
  started === undefined ? signalGroup(pid, 0) : startTicksOf(pid) === started;

/** False if there is no such group. */
function signalGroup(pid: number, signal: 'SIGTERM' | 'SIGKILL' | 0): boolean {
  try {
    return kill(-pid, signal);
  } catch (error) {
    if (errnoOf(error) !== 'ESRCH') throw error;
    return false;
  }
}
