/** One line that says how far an action is and whom it waits for. Pure. */
import { formatDuration } from '../../base/duration.js';
import type { ActionLine } from '../../control/contract.js';

export type ProgressLine = Extract<ActionLine, { readonly type: 'progress' }>;

/** Names shown before the rest is only counted. */
const SHOWN = 3;

/**
 * "starting 1/3: waiting for db (starting)"; "stopping 0/2: waiting for web (stopping, SIGKILL in 3s)".
 *
 * @param sinceMs - milliseconds since the line came; the countdowns go on from there.
 */
export function progressText(verb: string, line: ProgressLine, sinceMs: number): string {
  const names = line.waitingFor.slice(0, SHOWN).map(({ path, state, killInMs }) => `${path} (${state}${countdown(killInMs, sinceMs)})`);
  const more = line.waitingFor.length - names.length;
  const waiting = names.length === 0 ? '' : `: waiting for ${names.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
  return `${verb} ${line.done}/${line.total}${waiting}`;
}

function countdown(killInMs: number | null, sinceMs: number): string {
  if (killInMs === null) return '';
  const left = Math.ceil(Math.max(0, killInMs - sinceMs) / 1_000) * 1_000;
  return left === 0 ? ', SIGKILL now' : `, SIGKILL in ${formatDuration(left)}`;
}
