/** Whom a supervisor stops next: the last child first, but a service only after those that need it. */
import { childPath, isWithin } from '../base/names.js';
import { isLive, type Node, type Supervisor } from './tree.js';
import type { Turn } from './turn.js';

/**
 * Index of the child to be stopped next among those that are meant and live; undefined: none is. Where the last one has to wait for others, it is who
 * holds it up. A child that waits for somebody outside of this supervisor is returned all the same: see {@link isHeld}.
 */
export function nextToStop(turn: Turn, { children }: Supervisor, isMeant: (child: Node, index: number) => boolean): number | undefined {
  const last = children.findLastIndex((child, index) => isLive(child) && isMeant(child, index));
  if (last < 0) return undefined;
  const seen = new Set<number>();
  const holders: string[] = [];
  for (let index = last; index >= 0; ) {
    const child = children[index];
    const holding = child ? holdersOf(turn, child, childPath(turn.path, child.name)) : [];
    if (holding.length === 0) return index;
    seen.add(index);
    holders.push(...holding);
    const isHolder = (other: Node): boolean => holders.some((path) => isWithin(path, childPath(turn.path, other.name)));
    index = children.findLastIndex((other, place) => !seen.has(place) && isLive(other) && isMeant(other, place) && isHolder(other));
  }
  return last;
}

/** Must this service not be stopped yet, as others that are to stop, too, need it? Not so when there is no time left. */
export const isHeld = (turn: Turn, child: Node, { graceMs }: { readonly graceMs: number | null }): boolean =>
  child.kind === 'service' && graceMs !== 0 && holdersOf(turn, child, turn.path).length > 0;

/** Whom a child waits for before it can go on stopping; empty: for nobody. */
function holdersOf(turn: Turn, child: Node, path: string): readonly string[] {
  if (turn.needs === null) return [];
  if (child.kind === 'service') return child.state.phase === 'stopping' ? [] : turn.needs.holders(path);
  // It has not been asked to yet: it is to find out itself.
  if (child.state.phase !== 'stopping') return [];
  const next = child.children[nextToStop({ ...turn, path }, child, () => true) ?? -1];
  return next ? holdersOf(turn, next, childPath(path, next.name)) : [];
}
