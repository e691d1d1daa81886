/** How a newer specification takes effect in a supervisor that is at work: who has to go is stopped, in reverse order; then it is the one in force. */
import { childPath } from '../base/names.js';
import type { Cause } from './cause.js';
import { forgetDropped } from './child.js';
import { stopAt } from './ending.js';
import { policyOf, rebuiltChildren } from './fresh.js';
import { nextToStop } from './stop-order.js';
import type { StopOrder } from './stop-service.js';
import type { Node, Supervisor } from './tree.js';
import type { Turn } from './turn.js';

/** Stops the next one that has to go; undefined: there is none. */
export function stopLeaving(turn: Turn, supervisor: Supervisor): Supervisor | undefined {
  const index = nextToStop(turn, supervisor, (child) => child.leaving !== 'no');
  return index === undefined ? undefined : stopAt(turn, supervisor, { index, order: leavingOrder(turn, supervisor, index) });
}

/**
 * Where the start that the others wait for is that of one who has to go, a newer specification takes effect at once: it may have been made as this start does
 * not come to its end. Undefined: nobody waits for such a one.
 */
export function replaceStarting(turn: Turn, supervisor: Supervisor): Supervisor | undefined {
  if (supervisor.leaving !== 'no' || supervisor.applying === null || !supervisor.children.some(isStartReplaced)) return undefined;
  return stopLeaving(turn, supervisor) ?? finishApply(turn, supervisor);
}

/** Has it to go before it is ready, or has it for that reason? */
function isStartReplaced({ leaving, state, kind }: Node): boolean {
  if (leaving === 'no') return false;
  if (state.phase === 'running') return 'proving' in state && state.proving !== null;
  if (state.phase === 'stopping') return true;
  return kind === 'supervisor' ? state.phase === 'starting' : leaving !== 'remove' && state.phase === 'stopped';
}

function leavingOrder(turn: Turn, { children, spec, applying }: Supervisor, index: number): StopOrder {
  const how = { by: 'user', next: 'stopped', graceMs: null } as const;
  const leaving = children[index]?.leaving;
  if (leaving === 'remove') return { ...how, cause: applying ? { type: 'removed' } : { type: 'by_hand', verb: 'removed' } };
  const replaced: Cause = { type: 'by_hand', verb: 'replaced' };
  const culprit = leaving === 'follow' ? children.find((child) => child.leaving === 'recreate') : undefined;
  if (!culprit) return { ...how, cause: replaced };
  const { strategy } = applying?.spec ?? spec;
  return { ...how, cause: { type: 'sibling', path: childPath(turn.path, culprit.name), cause: replaced, strategy } };
}

/** What had to go has gone: the new specification is the one in force; what it adds is started next. */
export function finishApply(turn: Turn, supervisor: Supervisor): Supervisor {
  const { applying } = supervisor;
  if (!applying) return supervisor;
  const children = rebuiltChildren(supervisor, turn.path, applying);
  forgetDropped(turn, supervisor, children);
  return { ...supervisor, spec: policyOf(applying.spec), children, applying: null };
}
