/** What is due when time has passed: the end of a grace, a supervisor that rests after giving up. */
import { startSupervisor } from './child.js';
import { killService } from './stop-signals.js';
import { advance } from './supervisor.js';
import type { Forest, Node, Supervisor } from './tree.js';
import { into, type Turn } from './turn.js';

/** Brings a supervisor and everything below it up to the turn's time; the same object when nothing was due. */
export function expire(turn: Turn, supervisor: Supervisor): Supervisor {
  const children = supervisor.children.map((child) => expireChild(into(turn, child.name), child));
  const isChanged = children.some((child, index) => child !== supervisor.children[index]);
  const due = expireSelf(turn, isChanged ? { ...supervisor, children } : supervisor);
  // Where somebody needs somebody else, all of the tree is looked at when this is done.
  return due === supervisor || turn.needs !== null ? due : advance(turn, supervisor, due);
}

function expireChild(turn: Turn, child: Node): Node {
  if (child.kind === 'supervisor') return expire(turn, child);
  const { state } = child;
  // From now on only what it needs can keep it waiting.
  if (state.phase === 'waiting' && state.until !== null && state.until <= turn.at) return { ...child, state: { ...state, until: null } };
  const isOverdue = state.phase === 'stopping' && state.killAt !== null && state.killAt <= turn.at;
  return isOverdue ? killService(turn, child, true) : child;
}

function expireSelf(turn: Turn, supervisor: Supervisor): Supervisor {
  const { state } = supervisor;
  if (state.phase === 'stopping' && state.killAt !== null && state.killAt <= turn.at) {
    return { ...supervisor, state: { ...state, killAt: null, graceMs: 0 } };
  }
  if (state.phase === 'ended' && state.retryAt !== null && state.retryAt <= turn.at) {
    return startSupervisor(turn, supervisor, 'reset');
  }
  return supervisor;
}

/** Every time at which something in this forest is due, as far as it is known now. */
export function deadlinesOf(forest: Forest): readonly number[] {
  const deadlines = (node: Node): readonly number[] => {
    const own = deadlineOf(node);
    return [...(own === null ? [] : [own]), ...(node.kind === 'supervisor' ? node.children.flatMap(deadlines) : [])];
  };
  return Object.values(forest.apps).flatMap(({ root }) => deadlines(root));
}

function deadlineOf({ state }: Node): number | null {
  if (state.phase === 'stopping') return state.killAt;
  if (state.phase === 'waiting') return state.until;
  return state.phase === 'ended' && 'retryAt' in state ? state.retryAt : null;
}
