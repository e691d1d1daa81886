/** Whom a supervisor stops next: the last child first, but a service only after those that need it; whoever wants it stopped. */
import { childPath, isWithin } from '../base/names.js';
import { beginStop } from './stop-service.js';
import { isLive, type Node, type Service, type Supervisor } from './tree.js';
import { into, type Turn } from './turn.js';

/**
 * Index of the child to be stopped next among those that are meant and live; undefined: none is. Where the last one has to wait for others, it is who
 * holds it up; where these are elsewhere, the last that waits for nobody, as those may in turn be waiting for it. If all wait, the last: see {@link isHeld}.
 */
export function nextToStop(turn: Turn, { children }: Supervisor, isMeant: (child: Node, index: number) => boolean): number | undefined {
  const candidates = children.flatMap((child, index) => (isLive(child) && isMeant(child, index) ? [index] : [])).toReversed();
  const [last] = candidates;
  if (last === undefined || turn.needs === null) return last;
  const { needs } = turn;
  const holdUp = (index: number): string | null => (children[index] ? heldAt(turn, children[index], pathAt(index)) : null);
  const pathAt = (index: number): string => childPath(turn.path, children[index]?.name ?? '');
  const held = holdUp(last);
  if (held === null) return last;
  const below = turn.path === '' ? 0 : turn.path.length + 1;
  const holders = new Set(
    needs.holders(held).flatMap((path) => (isWithin(path, turn.path) ? (path.slice(below).split('/')[0] ?? '') : [])),
  );
  const isFree = (index: number): boolean => holdUp(index) === null;
  const isHolder = (index: number): boolean => holders.has(children[index]?.name ?? '');
  return candidates.find((index) => isHolder(index) && isFree(index)) ?? candidates.find(isFree) ?? last;
}

/** Must this service not be stopped yet, as others that are to stop, too, need it? Not so when there is no time left. */
export const isHeld = (turn: Turn, child: Node, { graceMs }: { readonly graceMs: number | null }): boolean =>
  child.kind === 'service' && graceMs !== 0 && heldAt(turn, child, turn.path) !== null;

/** Path of the service that has to wait for others before this child can go on stopping; null: none has to. */
function heldAt(turn: Turn, child: Node, path: string): string | null {
  if (turn.needs === null) return null;
  if (child.kind === 'service') return (child.state.phase !== 'stopping' || isWaiting(child)) && turn.needs.isHeld(path) ? path : null;
  // It has not been asked to yet: it is to find out itself.
  if (child.state.phase !== 'stopping') return null;
  const next = child.children[nextToStop({ ...turn, path }, child, () => true) ?? -1];
  return next ? heldAt(turn, next, childPath(path, next.name)) : null;
}

/** Is it to stop, and has not been told yet? */
const isWaiting = ({ state }: Service): boolean => state.phase === 'stopping' && state.held !== null;

/** Tells those to stop that are to, have not been told, and need not wait for anybody (any more); the same object where there are none. */
export function beginStops(turn: Turn, supervisor: Supervisor): Supervisor {
  // It is asked after each step: among a thousand children most are none of these.
  if (!supervisor.children.some((child) => child.kind === 'supervisor' || isWaiting(child))) return supervisor;
  const children = supervisor.children.map((child): Node => {
    if (child.kind === 'service' && !isWaiting(child)) return child;
    const there = into(turn, child.name);
    if (child.kind === 'supervisor') return beginStops(there, child);
    return heldAt(there, child, there.path) === null ? beginStop(there, child) : child;
  });
  return children.every((child, index) => child === supervisor.children[index]) ? supervisor : { ...supervisor, children };
}
