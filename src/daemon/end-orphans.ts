import { kill } from 'node:process';
import type { Clock, Millis } from '../base/clock.js';
import { errnoOf } from '../base/errors.js';
import { groupGone } from '../ports/groups.js';
import { startTicksOf } from '../ports/identity.js';
import { isLiving, readProcess } from '../ports/process-table.js';
import type { Forest } from '../supervision/tree.js';
import { isServicePlace, pidOf, placedNodes } from './view.js';

/** How long what the keeper left may take to end. */
const GRACE_MS: Millis = 5_000;
/** How long what was killed may take to vanish. */
const VANISH_MS: Millis = 1_000;
const STEP_MS: Millis = 50;

/** The main process of a service; its process group has the same number. */
interface Orphan {
  readonly pid: number;
  /** Undefined where the system does not tell (macOS), or where it has ended. */
  readonly started: number | undefined;
}

/**
 * Ends every service after the keeper, their parent, has died: nobody could tell any more how they end, and nothing
 * may run on unsupervised. SIGTERM to each group; SIGKILL to what is left of it when its main process has ended, or
 * after a grace.
 */
export function endOrphans(forest: Forest, clock: Clock, then: () => void): void {
  const pids = Object.values(forest.apps)
    .flatMap(placedNodes)
    .filter(isServicePlace)
    .flatMap(({ node }) => pidOf(node) ?? []);
  // Whatever fails in one of them, the others are ended first.
  void Promise.allSettled(pids.map((pid) => endOrphan({ pid, started: startTicksOf(pid) }, clock))).then(then);
}

async function endOrphan(orphan: Orphan, clock: Clock): Promise<void> {
  signalGroup(orphan.pid, 'SIGTERM');
  for (let waited = 0; isRunning(orphan) && waited < GRACE_MS; waited += STEP_MS) await delay(clock);
  if (isReused(orphan)) return;
  signalGroup(orphan.pid, 'SIGKILL');
  await groupGone(orphan.pid, clock, VANISH_MS);
}

/** A zombie does not run: init, which has inherited it, may take its time to reap it. */
function isRunning({ pid, started }: Orphan): boolean {
  if (process.platform !== 'linux') return signal(pid, 0);
  const stat = readProcess(pid);
  return stat !== undefined && stat.startTicks === started && isLiving(stat);
}

/** Is the number somebody else's by now? While anybody is in the old group, the kernel gives it to nobody. */
function isReused({ pid, started }: Orphan): boolean {
  const now = startTicksOf(pid);
  return now !== undefined && now !== started;
}

const signalGroup = (pid: number, name: 'SIGTERM' | 'SIGKILL'): boolean => signal(-pid, name);

/** False if there is no such process or group, or none that we may signal. */
function signal(target: number, name: 'SIGTERM' | 'SIGKILL' | 0): boolean {
  try {
    return kill(target, name);
  } catch (error) {
    // EPERM: on macOS also for a group of zombies.
    const errno = errnoOf(error);
    if (errno !== 'ESRCH' && errno !== 'EPERM') throw error;
    return false;
  }
}

const delay = (clock: Clock): Promise<void> =>
  new Promise((resolve) => {
    clock.after(STEP_MS, resolve);
  });
