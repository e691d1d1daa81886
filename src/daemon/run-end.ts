/** How a run of a service ends, or has ended: for who waits for it. */
import { constants } from 'node:os';
import { PortsupError } from '../base/errors.js';
import type { ExitFacts } from '../control/history-rows.js';
import type { WaitRow } from '../control/registry-rows.js';
import type { JournalEntry } from '../journal/entry.js';
import { findNode, isLive, type Service } from '../supervision/tree.js';
import type { DaemonContext } from './context.js';
import { searchRuns } from './run-search.js';
import type { RunName } from './service-environment.js';
import { exitFactsOf } from './view.js';

/** How a run ended; an error: it could not be started. */
export type RunEnd = WaitRow | PortsupError;

/** An entry about the end of a run, however it came about. */
export type EndEntry = JournalEntry & { readonly app: string; readonly path: string; readonly run: number };

/**
 * Is this entry the end of a run? Every run that was begun has one, and one that ended before it was ready a second one of the same moment. A run that a probe found not to be
 * ready in time goes on, until it has been stopped. Supervisors have no runs in their entries but for their start.
 */
export const isEndOfRun = (entry: JournalEntry): entry is EndEntry =>
  (entry.event === 'exited' || entry.event === 'stopped' || (entry.event === 'start_failed' && entry.by !== 'probe')) &&
  entry.app !== null &&
  entry.path !== null &&
  entry.run !== null;

/** Is there a run whose end is still to come? */
export const hasRun = (service: Service): boolean => isLive(service) && service.state.phase !== 'waiting';

/** The run that is meant by "its end": the present one, else the last one, else the first that there will be. */
export const runMeant = ({ run }: Service): number => Math.max(1, run);

/** Is the end of this run still to come? */
export const isToCome = (service: Service, run: number): boolean => (service.run === run && hasRun(service)) || service.run === 0;

/** The end that an entry tells of. */
export function endTold({ app, path, run, event, exit, cause }: EndEntry): RunEnd {
  return event === 'start_failed' ? unstarted(path, cause) : endedWith({ app, path, run }, exit);
}

/**
 * The end of a run that is over. It is read from history, as a service only knows of its last end; what history has lost is taken from there.
 */
export async function pastEnd(context: DaemonContext, name: RunName): Promise<RunEnd> {
  const { app, path, run } = name;
  const isWanted = (one: { readonly run: number; readonly state: string }): boolean => one.run === run && one.state !== 'running';
  const { runs } = await searchRuns(context, { scope: { places: [{ app, path }] }, limit: 2, isWanted, withOthers: false });
  const newest = runs.at(-1);
  // A run that has ended before it was ready has two entries: it ended, and so its start has failed.
  const found = runs.find(({ exit, endedAt }) => exit !== null && endedAt === newest?.endedAt) ?? newest;
  if (found?.state === 'start_failed') return unstarted(path, found.cause);
  if (found?.exit) return endedWith(name, found.exit);
  const root = context.runtime.forest().apps[app]?.root;
  const node = root && findNode(root, path);
  const isKnown = node?.kind === 'service' && node.run === run && !hasRun(node);
  return endedWith(name, isKnown && node.lastExit ? exitFactsOf(node.lastExit) : null);
}

const endedWith = (name: RunName, exit: ExitFacts | null): WaitRow => ({ ...name, exit, code: exit && codeOf(exit) });

/** As shells say it; null: nobody knows. */
function codeOf({ code, signal }: ExitFacts): number | null {
  return signal === null ? code : 128 + (constants.signals[signal as NodeJS.Signals] ?? 0);
}

const unstarted = (path: string, cause: string | null): PortsupError =>
  new PortsupError(
    'START_FAILED',
    `${path} could not be started${cause === null ? '' : `: ${cause}`}`,
    `"portsup history ${path}" tells more`,
  );
