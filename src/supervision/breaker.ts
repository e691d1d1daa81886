/**
 * A supervisor's circuit breaker, worked by hand: its budget of restarts is a fuse (jlouis/fuse: {standard, intensity, period}, {reset, reset_after}). ok while it is
 * at work; blown when it has given up; disabled until somebody enables it, whatever else happens meanwhile.
 */
import { startByHand } from './by-hand.js';
import type { Cause } from './cause.js';
import { BY_DISABLING, resting, startSupervisor, stopSupervisor } from './child.js';
import type { BreakerVerb, Event } from './messages.js';
import { giveUp } from './reaction.js';
import { changeAt, findNode, isActive, isLive, type Supervisor } from './tree.js';
import { report, type Turn } from './turn.js';

/** Is its circuit open for good, open for now, or closed? */
export function breakerOf({ isDisabled, state, cause }: Supervisor): 'ok' | 'blown' | 'disabled' {
  if (isDisabled) return 'disabled';
  if (state.phase === 'stopping') return state.outcome.end === 'gave_up' ? 'blown' : 'ok';
  if (state.phase !== 'ended') return 'ok';
  // What could not even be started has melted nothing.
  return state.retryAt !== null || cause?.type === 'gave_up' ? 'blown' : 'ok';
}

/** What a person does to the breaker of the supervisor at `path`; nothing where it is so already. */
export function onBreaker(turn: Turn, root: Supervisor, { path, verb }: Extract<Event, { type: 'breaker-asked' }>): Supervisor {
  const supervisor = findNode(root, path);
  if (supervisor?.kind !== 'supervisor') return root;
  const there = { ...turn, path };
  switch (verb) {
    case 'melt':
      return changeSupervisor(root, path, (node) => melt(there, node));
    case 'disable':
      return changeSupervisor(root, path, (node) => disable(there, node));
    case 'reset': {
      const breaker = breakerOf(supervisor);
      if (breaker === 'disabled' || (breaker === 'ok' && supervisor.history.length === 0)) return root;
      const reset = changeSupervisor(root, path, (node) => told(there, { ...node, history: [] }, verb));
      return breaker === 'ok' ? reset : started(turn, reset, path);
    }
    case 'enable': {
      if (!supervisor.isDisabled) return root;
      const enabled = changeSupervisor(root, path, (node) => told(there, { ...node, isDisabled: false }, verb));
      return started(turn, enabled, path);
    }
    default:
      return verb satisfies never;
  }
}

const EVENTS = { melt: 'breaker_melted', reset: 'breaker_reset', disable: 'breaker_disabled', enable: 'breaker_enabled' } as const;

function told(turn: Turn, supervisor: Supervisor, verb: BreakerVerb): Supervisor {
  report(turn, { type: 'info', event: EVENTS[verb], by: 'user' });
  return supervisor;
}

/**
 * One more melt within the period, which unlike with restarts ends before its last instant; one too many blows it (fuse: melt/1). While it is blown or
 * stopped nothing is counted, and its reset comes no later for it.
 */
function melt(turn: Turn, supervisor: Supervisor): Supervisor {
  if (!isActive(supervisor)) return supervisor;
  const { intensity, periodMs } = supervisor.spec;
  const recent = supervisor.history.filter((at) => turn.at - at < periodMs);
  const melted = told(turn, { ...supervisor, history: [...recent, turn.at] }, 'melt');
  if (melted.history.length <= intensity) return melted;
  return giveUp(turn, melted, { path: turn.path, cause: MELTED });
}

const MELTED: Cause = { type: 'by_hand', verb: 'melted' };

/** What of it runs is stopped, and nothing starts it again before it is enabled (fuse: circuit_disable/1). */
function disable(turn: Turn, supervisor: Supervisor): Supervisor {
  if (supervisor.isDisabled) return supervisor;
  const disabled = told(turn, { ...resting(supervisor), isDisabled: true }, 'disable');
  if (isLive(disabled)) return stopSupervisor(turn, disabled, { by: 'user', cause: BY_DISABLING, next: 'stopped', graceMs: null });
  // Its supervisor has yet to react to an end of its own; else there is nothing to be started any more, which is all that is done.
  return disabled.state.phase === 'down' ? disabled : startSupervisor(turn, disabled, 'hand');
}

/** With a fresh budget, and with the supervisors above it. */
function started(turn: Turn, root: Supervisor, path: string): Supervisor {
  const node = startByHand(turn, root, { names: path === '' ? [] : path.split('/'), parent: null });
  return node.kind === 'supervisor' ? node : root;
}

const changeSupervisor = (root: Supervisor, path: string, change: (node: Supervisor) => Supervisor): Supervisor =>
  changeAt(root, path, (node) => (node.kind === 'supervisor' ? change(node) : node));
