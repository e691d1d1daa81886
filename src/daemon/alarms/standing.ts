/** Whether an alarm about something of an application is still so, by how that is now. Pure. */
import type { Millis } from '../../base/clock.js';
import { formatDuration } from '../../base/duration.js';
import { pathsDownTo } from '../../base/names.js';
import type { Alarm } from '../../health/alarms.js';
import { isClean } from '../../supervision/service.js';
import { findNode, type Node, type Supervisor } from '../../supervision/tree.js';

/** So long a run has to last within its memory; that is looked at every 5 s. */
const MEMORY_MS: Millis = 60_000;
/** A supervisor has to run for its `period` without giving up again, but nobody waits longer for it. */
const LONGEST_PERIOD_MS: Millis = 60_000;

/** It lasts, and may be over by itself at `until` (null: not by time alone); or it is over, and why. */
export type Standing = { readonly lasts: true; readonly until: Millis | null } | { readonly lasts: false; readonly why: string };

const lasting = (until: Millis | null = null): Standing => ({ lasts: true, until });
const over = (why: string): Standing => ({ lasts: false, why });

/** What became of an alarm that has set itself, of this application; it says nothing about restarts, whose times the tree does not hold. */
export function standingOf({ source, path }: Alarm, root: Supervisor, now: Millis): Standing {
  if (path === null) return lasting();
  const node = findNode(root, path);
  if (!node) return over('it is not there any more');
  if (source === 'log_budget') return node.spec.logTotalBytes === null ? over('they have no budget any more') : lasting();
  // Nothing is wrong with what nobody wants.
  if (!isWanted(root, path)) return over('it was stopped');
  if (source === 'restarts') return node.kind === 'service' && node.spec.alarm ? lasting() : over('its restarts are no alarm any more');
  if (hasEndedWell(node)) return over('it has ended well');
  if (source === 'liveness') return node.kind === 'service' && node.spec.alive ? lasting() : over('nobody looks any more');
  if (source === 'gave_up' && node.kind === 'supervisor') return afterRunning(node, Math.min(node.spec.periodMs, LONGEST_PERIOD_MS), now);
  if (source === 'memory' && node.kind === 'service') {
    return node.spec.maxMemoryBytes === null ? over('it has no limit any more') : afterRunning(node, MEMORY_MS, now);
  }
  return over('it is something else now');
}

function afterRunning({ state }: Node, holdMs: Millis, now: Millis): Standing {
  if (state.phase !== 'running') return lasting();
  const until = state.since + holdMs;
  return now >= until ? over(`all is well for ${formatDuration(holdMs)}`) : lasting(until);
}

/** Nobody will ever look at it again: its work is done, until somebody or its `cron` starts it again. */
function hasEndedWell(node: Node): boolean {
  if (node.state.phase !== 'ended') return false;
  if (node.kind === 'supervisor') return node.state.how === 'stopped';
  return node.state.how === 'completed' || (node.state.how === 'waiting' && node.lastExit !== null && isClean(node, node.lastExit));
}

/** Is it to be up, and all that it is in? */
function isWanted(root: Supervisor, path: string): boolean {
  return pathsDownTo(path).every((one) => {
    const node = findNode(root, one);
    return node?.desired === 'up' && !(node.kind === 'supervisor' && node.isDisabled);
  });
}
