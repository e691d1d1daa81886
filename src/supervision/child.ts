/** Starting and stopping a child of either kind. What a nested supervisor does next is decided when it is advanced. */
import { childPath } from '../base/names.js';
import type { Cause } from './cause.js';
import { resetSupervisor } from './fresh.js';
import { startService } from './service.js';
import { type StopOrder, stopService } from './stop-service.js';
import { isAutomatic, isLive, isToStart, type Node, type Origin, restartsAfter, type Supervisor } from './tree.js';
import { report, type Turn, wakeAt } from './turn.js';

/** Starts a child that is not live. */
export const startChild = (turn: Turn, child: Node, origin: Origin): Node =>
  child.kind === 'service' ? startService(turn, child, origin) : startSupervisor(turn, child, origin);

/** Stops a child; the same object when there is nothing to change. */
export const stopChild = (turn: Turn, child: Node, order: StopOrder): Node =>
  child.kind === 'service' ? stopService(turn, child, order) : stopSupervisor(turn, child, order);

/** Begins a supervisor's start from its configured children, unless a person has disabled it. The caller has made sure that nothing in it is live. */
export function startSupervisor(turn: Turn, supervisor: Supervisor, origin: Origin): Supervisor {
  if (supervisor.isDisabled) return { ...supervisor, cause: BY_DISABLING, state: { phase: 'ended', how: 'stopped', retryAt: null } };
  const automatic = isAutomatic(supervisor, origin);
  const reset = resetSupervisor(supervisor, turn.path, automatic);
  forgetDropped(turn, supervisor, reset.children);
  return {
    ...reset,
    desired: 'up',
    run: supervisor.run + 1,
    restarts: restartsAfter(supervisor, origin),
    cause: automatic ? supervisor.cause : null,
    state: { phase: 'starting', origin, since: turn.at },
  };
}

/** Why a supervisor that a person has disabled does not run. */
export const BY_DISABLING: Cause = { type: 'by_hand', verb: 'disabled' };

/**
 * Begins a supervisor's stop: its children in reverse order, each by its own rule, all of it within its own
 * `shutdown` (infinity by default). One that is stopping already takes over the newer wish.
 */
export function stopSupervisor(turn: Turn, supervisor: Supervisor, order: StopOrder): Supervisor {
  const { state, spec } = supervisor;
  if (state.phase === 'stopping' && state.outcome.end === 'asked') {
    const graceMs = order.graceMs === null ? state.graceMs : Math.min(order.graceMs, state.graceMs ?? Number.POSITIVE_INFINITY);
    const same = state.outcome.next === order.next && graceMs === state.graceMs;
    if (same) return supervisor;
    return { ...supervisor, state: { ...state, graceMs, by: order.by, outcome: { end: 'asked', next: order.next } } };
  }
  if (!isLive(supervisor)) return supervisor;
  const limit = typeof spec.shutdown === 'number' ? turn.at + spec.shutdown : null;
  if (limit !== null) wakeAt(turn, limit);
  const graceMs = order.graceMs ?? (spec.shutdown === 'brutal_kill' ? 0 : null);
  report(turn, { type: 'info', event: 'stopping', cause: order.cause, by: order.by });
  return {
    ...supervisor,
    cause: order.cause,
    state: { phase: 'stopping', since: turn.at, killAt: limit, graceMs, by: order.by, outcome: { end: 'asked', next: order.next } },
  };
}

/** A child that does not start again by itself: a restart or retry it waits for is off. The same object when there was none. */
export function resting<N extends Node>(child: N): N {
  const node: Node = child;
  const { state } = node;
  if (state.phase === 'ended' && 'retryAt' in state && state.retryAt !== null) return { ...child, state: { ...state, retryAt: null } };
  if (state.phase !== 'stopping') return child;
  if ('next' in state) return state.next === 'stopped' ? child : { ...child, state: { ...state, next: 'stopped', failedStart: null } };
  return state.outcome.end === 'asked' && isToStart(state.outcome.next)
    ? { ...child, state: { ...state, outcome: { end: 'asked', next: 'stopped' } } }
    : child;
}

/** A supervisor whose children from `first` on are all {@link resting}; the same object when they were. */
export function restingFrom(supervisor: Supervisor, first: number): Supervisor {
  const { children } = supervisor;
  if (children.every((child, index) => index < first || resting(child) === child)) return supervisor;
  return { ...supervisor, children: children.map((child, index) => (index < first ? child : resting(child))) };
}

/** Says of every child that is not among `kept` (or there as another kind) that nobody needs anything of it any more. */
export function forgetDropped(turn: Turn, before: Supervisor, kept: readonly Node[]): void {
  const kinds = new Map(kept.map((child) => [child.name, child.kind]));
  for (const child of before.children) {
    if (kinds.get(child.name) !== child.kind) turn.commands.push({ do: 'forget', app: turn.app, path: childPath(turn.path, child.name) });
  }
}
