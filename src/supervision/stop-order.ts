/** Whom a supervisor stops next: the last child first, but a service only after those that need it. */
import { childPath, isWithin } from '../base/names.js';
import { isLive, type Node, type Supervisor } from './tree.js';
import type { Turn } from './turn.js';

/**
 * Index of the child to be stopped next among those that are meant and live; undefined: none is. Where the last one has to wait for others, it is who
 * holds it up; where these are elsewhere, the last that waits for nobody, as those may in turn be waiting for it. If all wait, the last: see {@link isHeld}.
 */
export function nextToStop(turn: Turn, { children }: Supervisor, isMeant: (child: Node, index: number) => boolean): number | undefined {
  const candidates = children.flatMap((child, index) => (isLive(child) && isMeant(child, index) ? [index] : [])).toReversed();
  const [last] = candidates;
  if (last === undefined || turn.needs === null) return last;
  const holders = new Map(candidates.map((index) => [index, holdersAt(turn, children[index])] as const));
  const isFree = (index: number): boolean => holders.get(index)?.length === 0;
  if (isFree(last)) return last;
  const isHolder = (index: number): boolean => {
    const own = childPath(turn.path, children[index]?.name ?? '');
    return (holders.get(last) ?? []).some((path) => isWithin(path, own));
  };
  return candidates.find((index) => isFree(index) && isHolder(index)) ?? candidates.find(isFree) ?? last;
}

const holdersAt = (turn: Turn, child: Node | undefined): readonly string[] =>
  child ? holdersOf(turn, child, childPath(turn.path, child.name)) : [];

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
