/** How a supervisor comes to its end: what it stops in which order, and what it is when nothing below it is live any more. */
import { forgetDropped, restingFrom, startSupervisor, stopChild } from './child.js';
import { endedNode } from './reaction.js';
import { isHeld, nextToStop } from './stop-order.js';
import type { StopOrder } from './stop-service.js';
import { isAnswered, type Node, type Origin, type Supervisor, withChild } from './tree.js';
import { into, report, type Turn, wakeAt } from './turn.js';

/** Stops what is live: the last child first, or all instances of a pool at once; then the supervisor has ended. */
export function advanceStopping(turn: Turn, supervisor: Supervisor): Supervisor {
  const { state } = supervisor;
  if (state.phase !== 'stopping') return supervisor;
  const rested = restingFrom(supervisor, 0);
  if (rested !== supervisor) return rested;
  const cause = supervisor.cause && { type: 'supervisor' as const, path: turn.path, cause: supervisor.cause };
  const order: StopOrder = { by: state.by, cause, next: 'stopped', graceMs: state.graceMs };
  const live = nextToStop(turn, supervisor, () => true);
  if (live === undefined) return finishStop(turn, supervisor);
  if (supervisor.spec.strategy !== 'simple_one_for_one') return stopAt(turn, supervisor, { index: live, order });
  const children = supervisor.children.map((child) => {
    const there = into(turn, child.name);
    return isHeld(there, child, order) ? child : stopChild(there, child, order);
  });
  return children.every((child, index) => child === supervisor.children[index]) ? supervisor : { ...supervisor, children };
}

/** Nothing below is live any more. */
function finishStop(turn: Turn, supervisor: Supervisor): Supervisor {
  const { state } = supervisor;
  if (state.phase !== 'stopping') return supervisor;
  const { outcome } = state;
  // What an apply removes goes when that takes effect.
  const kept = supervisor.children.filter(({ leaving }) => leaving !== 'remove' || supervisor.applying !== null);
  forgetDropped(turn, supervisor, kept);
  const settled = { ...supervisor, history: [], children: kept.map((child) => settledChild(child, outcome.end)) };
  report(turn, { type: 'shutdown', event: 'stopped', cause: supervisor.cause, by: state.by });
  switch (outcome.end) {
    case 'asked':
      if (outcome.next === 'stopped') return withoutInstances(turn, settled);
      return startSupervisor(turn, settled, outcome.next === 'start' ? 'hand' : 'trigger');
    case 'gave_up':
      return afterGivingUp(turn, settled, state.since);
    case 'auto_shutdown':
      if (turn.path !== '') return { ...settled, state: { phase: 'down', clean: true, failedStart: null } };
      return { ...settled, state: { phase: 'ended', how: 'stopped', retryAt: null } };
    case 'start_failed':
      return afterFailedStart(turn, settled, outcome.origin);
    default:
      return outcome satisfies never;
  }
}

/** Stopped; instances are not kept. */
function withoutInstances(turn: Turn, supervisor: Supervisor): Supervisor {
  const children = supervisor.children.filter((child) => child.kind === 'supervisor' || !child.dynamic);
  forgetDropped(turn, supervisor, children);
  return { ...supervisor, children, state: { phase: 'stopped' } };
}

/**
 * With `reset_after` it rests and tries again by itself, unless it is about to be replaced or removed; else its parent reacts to a clean end, and the
 * root has failed.
 */
function afterGivingUp(turn: Turn, supervisor: Supervisor, since: number): Supervisor {
  const resetAfterMs = supervisor.leaving === 'no' ? supervisor.spec.resetAfterMs : null;
  if (resetAfterMs === null && turn.path !== '') return { ...supervisor, state: { phase: 'down', clean: true, failedStart: null } };
  const retryAt = resetAfterMs === null ? null : since + resetAfterMs;
  if (retryAt !== null) wakeAt(turn, retryAt);
  return { ...supervisor, state: { phase: 'ended', how: 'failed', retryAt } };
}

function afterFailedStart(turn: Turn, supervisor: Supervisor, origin: Origin): Supervisor {
  report(turn, { type: 'start_error', event: 'start_failed', cause: supervisor.cause });
  if (origin === 'reset') return afterGivingUp(turn, supervisor, turn.at);
  if (turn.path === '' || isAnswered(origin)) return { ...supervisor, state: { phase: 'ended', how: 'failed', retryAt: null } };
  return { ...supervisor, state: { phase: 'down', clean: false, failedStart: origin } };
}

/** A child nobody will react to any more: a crash stays visible where the supervisor ended because of crashes. */
function settledChild(child: Node, end: 'asked' | 'gave_up' | 'auto_shutdown' | 'start_failed'): Node {
  const { state } = child;
  if (state.phase !== 'down') return child;
  return end === 'asked' ? { ...child, state: { phase: 'stopped' } } : endedNode(child, state);
}

/** Stops the child at an index; the same object when there is nothing to change. */
export function stopAt(turn: Turn, supervisor: Supervisor, stop: { readonly index: number; readonly order: StopOrder }): Supervisor {
  const child = supervisor.children[stop.index];
  if (!child) return supervisor;
  const there = into(turn, child.name);
  if (isHeld(there, child, stop.order)) return supervisor;
  const stopped = stopChild(there, child, stop.order);
  return stopped === child ? supervisor : withChild(supervisor, stop.index, stopped);
}
