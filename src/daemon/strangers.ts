/**
 * What runs although its keeper has been killed, found by the markers in the environments of all processes. A keeper that takes over knows
 * by its state what it has to hold; what that state does not know, as its last lines are lost, must neither run on unsupervised nor
 * be started a second time: it is taken back where it can be told which run it is, and ended where not.
 */
import { homedir } from 'node:os';
import type { Clock, Millis } from '../base/clock.js';
import { errnoOf } from '../base/errors.js';
import { isRunning } from '../base/machine.js';
import { processesOfRuns } from '../ports/all-runs.js';
import { type Bearer, markerOf } from '../ports/marked.js';
import { homeIn } from '../ports/run-marker.js';
import type { ServiceSpec } from '../supervision/spec.js';
import type { RunName } from './service-environment.js';

/** How long what is ended may take before it is killed. */
const GRACE_MS: Millis = 5_000;
/** And how long being killed may take, before it is left behind: services wait for this. */
const KILL_MS: Millis = 5_000;
const STEP_MS: Millis = 20;

/** A service as it is remembered. */
export interface KnownService extends RunName {
  /** Its run was decided, but nobody has told that it was started. */
  readonly isAwaited: boolean;
  readonly orphans: ServiceSpec['orphans'];
  /** As it would be given to its run. */
  readonly env: Readonly<Record<string, string>>;
}

/** What was found beside what the keeper holds. */
export interface Sorted {
  /** Main processes of awaited runs. */
  readonly mains: readonly Bearer[];
  /** Of runs that nobody knows, or that are past. */
  readonly strangers: readonly Bearer[];
}

/** Tells apart what carries a marker of ours. Pure, but for the home of this process. */
export function sortBearers(bearers: readonly Bearer[], services: readonly KnownService[]): Sorted {
  const ownHome = homeIn(process.env, homedir());
  const known = new Map(services.map((service) => [`${service.app}:${service.path}`, service]));
  const mains = new Map<KnownService, Bearer>();
  const strangers: Bearer[] = [];
  for (const bearer of bearers) {
    const { app, path, run, home } = bearer.marker;
    const service = known.get(`${app}:${path}`);
    if (home !== (service ? markerOf(service, service.env).home : ownHome)) continue;
    if (!service || run > service.run || (run < service.run && service.orphans === 'kill')) strangers.push(bearer);
    else if (run === service.run && service.isAwaited && isMain(bearer, mains.get(service))) mains.set(service, bearer);
  }
  return { mains: [...mains.values()], strangers };
}

/** The keeper makes each main process the leader of a session; of its descendants some may do so themselves, later. */
const isMain = (bearer: Bearer, other: Bearer | undefined): boolean =>
  bearer.pid === bearer.session && (other === undefined || bearer.startTicks < other.startTicks);

export interface StrangersOptions {
  readonly clock: Clock;
  readonly keeperPid: number;
  readonly services: readonly KnownService[];
  /** Told who has been ended. */
  readonly onEnded: (ended: readonly Bearer[]) => void;
  /** Told who could not be ended (uninterruptible sleep), and goes on. */
  readonly onLeft: (left: readonly Bearer[]) => void;
}

/**
 * Ends the strangers, SIGTERM first and SIGKILL after 5 s, until none is left, or 10 s are over; gives the main processes of awaited runs. It takes some
 * milliseconds where there is no stranger.
 */
export async function settleStrangers({ clock, keeperPid, services, onEnded, onLeft }: StrangersOptions): Promise<readonly Bearer[]> {
  const begun = clock.now();
  const asked = new Map<string, Bearer>();
  for (;;) {
    const { mains, strangers } = sortBearers(await processesOfRuns(clock, keeperPid), services);
    // Root's services may have run as anybody: nobody knows any more as whom.
    const own = process.getuid?.();
    const mine = strangers.filter(({ uid }) => uid === own || own === 0);
    const isLate = clock.now() - begun >= GRACE_MS;
    for (const stranger of mine) {
      if (!asked.has(idOf(stranger)) || isLate) signal(stranger, isLate ? 'SIGKILL' : 'SIGTERM');
      asked.set(idOf(stranger), stranger);
    }
    if (mine.length === 0 || clock.now() - begun >= GRACE_MS + KILL_MS) {
      const left = new Set(mine.map(idOf));
      const ended = [...asked].flatMap(([id, bearer]) => (left.has(id) ? [] : bearer));
      if (ended.length > 0) onEnded(ended);
      if (mine.length > 0) onLeft(mine);
      return mains;
    }
    await new Promise<void>((resolve) => {
      clock.after(STEP_MS, resolve);
    });
  }
}

const idOf = ({ pid, startTicks }: Bearer): string => `${pid} ${startTicks}`;

function signal(stranger: Bearer, name: 'SIGTERM' | 'SIGKILL'): void {
  try {
    if (isRunning(stranger)) process.kill(stranger.pid, name);
  } catch (error) {
    // EPERM, EACCES: a security module forbids it; then it is left behind.
    if (!['ESRCH', 'EPERM', 'EACCES'].includes(errnoOf(error) ?? '')) throw error;
  }
}
