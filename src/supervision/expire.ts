/** What is due when time has passed: the end of a grace, a supervisor that rests after giving up. */
import { childPath } from '../base/names.js';
import { startSupervisor } from './child.js';
import { killService } from './service.js';
import { advance } from './supervisor.js';
import type { Node, Supervisor } from './tree.js';
import type { Turn } from './turn.js';

/** Brings a supervisor and everything below it up to the turn's time; the same object when nothing was due. */
export function expire(turn: Turn, supervisor: Supervisor, path: string): Supervisor {
  const children = supervisor.children.map((child) => expireChild(turn, child, childPath(path, child.name)));
  const isChanged = children.some((child, index) => child !== supervisor.children[index]);
  const due = expireSelf(turn, isChanged ? { ...supervisor, children } : supervisor, path);
  return due === supervisor ? supervisor : advance(turn, supervisor, due, path);
}

function expireChild(turn: Turn, child: Node, path: string): Node {
  if (child.kind === 'supervisor') return expire(turn, child, path);
  const { state } = child;
  const isOverdue = state.phase === 'stopping' && state.killAt !== null && state.killAt <= turn.at;
  return isOverdue ? killService(turn, child, path, true) : child;
}

function expireSelf(turn: Turn, supervisor: Supervisor, path: string): Supervisor {
  const { state } = supervisor;
  if (state.phase === 'stopping' && state.killAt !== null && state.killAt <= turn.at) {
    return { ...supervisor, state: { ...state, killAt: null, graceMs: 0 } };
  }
  if (state.phase === 'ended' && state.retryAt !== null && state.retryAt <= turn.at) {
    return startSupervisor(turn, supervisor, path, 'reset');
  }
  return supervisor;
}
