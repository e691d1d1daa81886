/** What a run is called and how it ended, in few words. Pure. */
import { formatDuration } from '../../base/duration.js';
import type { RunRow } from '../../control/contract.js';
import { exitText } from './history.js';
import type { Paint } from './paint.js';

/** How it ended: "code 1", "SIGSEGV (core dumped)", "killed after 5s"; "-" while it runs. */
export function endingText(run: Pick<RunRow, 'state' | 'exit' | 'stoppingAt' | 'endedAt'>): string {
  const { state, exit, stoppingAt, endedAt } = run;
  switch (state) {
    case 'running':
      return stoppingAt === null ? '-' : 'stopping';
    case 'exited':
      return exitText(exit);
    case 'completed':
      return exit?.code ? `completed (code ${exit.code})` : 'completed';
    case 'stopped':
      return exit?.outOfMemory ? `stopped: ${exitText(exit)}` : 'stopped';
    case 'killed':
      return stoppingAt === null || endedAt === null
        ? 'killed'
        : `killed after ${formatDuration(Date.parse(endedAt) - Date.parse(stoppingAt))}`;
    case 'start_failed':
      return 'start failed';
    case 'lost':
      return 'lost';
    default:
      return state satisfies never;
  }
}

/** Who asked for its end, or for a run that goes on for its start; "-" where nobody did: it ended by itself. */
export function askerText({ state, startedBy, endedBy }: RunRow): string {
  if (endedBy === null) return startedBy ?? '-';
  return state === 'exited' || state === 'completed' || state === 'start_failed' ? (endedBy === 'supervisor' ? '-' : endedBy) : endedBy;
}

/** Why it ended, if that is more than {@link endingText} says; of one that runs: why it was started. */
export function whyText({ state, exit, cause, startCause }: RunRow): string {
  if (cause === null) return state === 'running' && startCause !== null ? `restarted: ${startCause}` : '';
  const plain = exit === null ? '' : exit.signal === null ? `exit code ${exit.code}` : `signal ${exitText(exit)}`;
  return cause === plain ? '' : cause;
}

/** How long, "-" where it is not known. */
export const lastedText = ({ durationMs }: Pick<RunRow, 'durationMs'>): string => (durationMs === null ? '-' : formatDuration(durationMs));

/** Red for what failed, green for what runs or is done. */
export function paintEnding(paint: Paint, { isFailed, state }: RunRow): (text: string) => string {
  if (isFailed) return paint.red;
  return state === 'running' || state === 'completed' ? paint.green : state === 'lost' ? paint.yellow : paint.dim;
}
