/** How a supervisor comes to its end: what it stops in which order, and what it is when nothing below it is live any more. */
import { childPath } from '../base/names.js';
import { forgetDropped, restingFrom, startSupervisor, stopChild } from './child.js';
import { endedNode } from './reaction.js';
import type { StopOrder } from './service.js';
import { isLive, type Node, type Origin, type Supervisor, withChild } from './tree.js';
import { report, type Turn, wakeAt } from './turn.js';

/** Stops what is live: the last child first, or all instances of a pool at once; then the supervisor has ended. */
export function advanceStopping(turn: Turn, supervisor: Supervisor, path: string): Supervisor {
  const { state } = supervisor;
  if (state.phase !== 'stopping') return supervisor;
  const rested = restingFrom(supervisor, 0);
  if (rested !== supervisor) return rested;
  const cause = supervisor.cause && { type: 'supervisor' as const, path, cause: supervisor.cause };
  const order: StopOrder = { by: state.by, cause, then: 'stopped', graceMs: state.graceMs };
  const live = supervisor.children.findLastIndex(isLive);
  if (live < 0) return finishStop(turn, supervisor, path);
  if (supervisor.spec.strategy !== 'simple_one_for_one') return stopAt(turn, supervisor, path, live, order);
  const children = supervisor.children.map((child) => stopChild(turn, child, childPath(path, child.name), order));
  return children.every((child, index) => child === supervisor.children[index]) ? supervisor : { ...supervisor, children };
}

/** Nothing below is live any more. */
function finishStop(turn: Turn, supervisor: Supervisor, path: string): Supervisor {
  const { state } = supervisor;
  if (state.phase !== 'stopping') return supervisor;
  const { outcome } = state;
  const settled = { ...supervisor, history: [], children: supervisor.children.map((child) => settledChild(child, outcome.end)) };
  report(turn, { type: 'shutdown', event: 'stopped', path, cause: supervisor.cause, by: state.by });
  switch (outcome.end) {
    case 'asked':
      return outcome.then === 'start' ? startSupervisor(turn, settled, path, 'hand') : withoutInstances(turn, settled, path);
    case 'gave_up':
      return afterGivingUp(turn, settled, path, state.since);
    case 'auto_shutdown':
      if (path !== '') return { ...settled, state: { phase: 'down', clean: true, failedStart: null } };
      return { ...settled, state: { phase: 'ended', how: 'stopped', retryAt: null } };
    case 'start_failed':
      return afterFailedStart(turn, settled, path, outcome.origin);
    default:
      return outcome satisfies never;
  }
}

/** Stopped; instances are not kept. */
function withoutInstances(turn: Turn, supervisor: Supervisor, path: string): Supervisor {
  const children = supervisor.children.filter((child) => child.kind === 'supervisor' || !child.dynamic);
  forgetDropped(turn, supervisor, children, path);
  return { ...supervisor, children, state: { phase: 'stopped' } };
}

/** With `reset_after` it rests and tries again by itself; else its parent reacts to a clean end, and the root has failed. */
function afterGivingUp(turn: Turn, supervisor: Supervisor, path: string, since: number): Supervisor {
  const { resetAfterMs } = supervisor.spec;
  if (resetAfterMs === null && path !== '') return { ...supervisor, state: { phase: 'down', clean: true, failedStart: null } };
  const retryAt = resetAfterMs === null ? null : since + resetAfterMs;
  if (retryAt !== null) wakeAt(turn, retryAt);
  return { ...supervisor, state: { phase: 'ended', how: 'failed', retryAt } };
}

function afterFailedStart(turn: Turn, supervisor: Supervisor, path: string, origin: Origin): Supervisor {
  report(turn, { type: 'start_error', event: 'start_failed', path, cause: supervisor.cause });
  if (origin === 'reset') return afterGivingUp(turn, supervisor, path, turn.at);
  const isAnswered = path === '' || origin === 'hand' || origin === 'apply';
  if (isAnswered) return { ...supervisor, state: { phase: 'ended', how: 'failed', retryAt: null } };
  return { ...supervisor, state: { phase: 'down', clean: false, failedStart: origin } };
}

/** A child nobody will react to any more: a crash stays visible where the supervisor ended because of crashes. */
function settledChild(child: Node, end: 'asked' | 'gave_up' | 'auto_shutdown' | 'start_failed'): Node {
  const { state } = child;
  if (state.phase !== 'down') return child;
  return end === 'asked' ? { ...child, state: { phase: 'stopped' } } : endedNode(child, state);
}

/** Stops the child at `index`; the same object when there is nothing to change. */
export function stopAt(turn: Turn, supervisor: Supervisor, path: string, index: number, order: StopOrder): Supervisor {
  const child = supervisor.children[index];
  if (!child) return supervisor;
  const stopped = stopChild(turn, child, childPath(path, child.name), order);
  return stopped === child ? supervisor : withChild(supervisor, index, stopped);
}
