/** When a service that waits, for its next attempt or for what it needs, is started after all. */
import { releaseService } from './service.js';
import { isAutomatic, type Node, type Origin, type Service, type Supervisor, withChild } from './tree.js';
import { into, type Turn } from './turn.js';

type Waiting = Service & { readonly state: Extract<Service['state'], { phase: 'waiting' }> };

const isWaiting = (child: Node): child is Waiting => child.state.phase === 'waiting';

/** Is it to wait for its next attempt, so that those after it wait, too? In a supervisor that runs they do not. */
export const isBackingOff = ({ state }: Node, origin: Origin): boolean =>
  state.phase === 'waiting' && state.until !== null && origin !== 'apply';

/** Starts a child that has waited, if it need not any more; `origin`: how its siblings are started now. The same object when nothing is to be done. */
export const releaseChild = (turn: Turn, child: Node, origin: Origin): Node =>
  isWaiting(child) && child.leaving === 'no' ? releaseService(into(turn, child.name), child, originNow(child, origin)) : child;

/** Starts a child that waited for itself alone, out of order: it was up once, or somebody has asked for it. Undefined: there is none. */
export function releaseAny(turn: Turn, supervisor: Supervisor): Supervisor | undefined {
  for (const [index, child] of supervisor.children.entries()) {
    if (!isWaiting(child) || child.state.origin === 'boot' || child.state.origin === 'apply') continue;
    const released = releaseChild(turn, child, child.state.origin);
    if (released !== child) return withChild(supervisor, index, released);
  }
  return undefined;
}

/**
 * How the start of one that has waited comes about by now: a first start is over for its siblings, so it is supervision's own doing or belongs to the `up` that
 * began it.
 */
function originNow(child: Waiting, origin: Origin): Origin {
  if (child.state.origin !== 'boot' || origin === 'boot') return child.state.origin;
  return isAutomatic(child, 'boot') ? 'restart' : 'apply';
}
