/**
 * Who needs whom. A service is started only when all that it needs is up, wherever in the tree that is, and when both are to stop it stops
 * first. That what it needs ends later on does not end it: that is what strategies and links are for. Derived anew from each tree.
 */
import { circlesIn } from '../base/circles.js';
import { childPath, isWithin, parentPath } from '../base/names.js';
import { isJob } from './job.js';
import type { ChildSpec } from './spec.js';
import { findNode, isLive, type Node, type Service, type Supervisor } from './tree.js';

/** The needs in one tree. */
export interface Needs {
  /** What is not up of these; empty: the service can be started. */
  readonly unmet: (needs: readonly string[]) => readonly string[];
  /** The services that have to be stopped before the one at `path` may be: they are to stop as well, and need it, what it is in, or one of these. */
  readonly holders: (path: string) => readonly string[];
  /** Are there any? */
  readonly isHeld: (path: string) => boolean;
}

/** The needs in a tree; null where nobody needs anything. */
export function needsIn(root: Supervisor): Needs | null {
  if (!hasNeeds(root)) return null;
  let dependents: Dependents | null = null;
  const known = new Map<string, boolean>();
  const isUp = (need: string): boolean => {
    const answer = known.get(need) ?? isMet(root, need);
    known.set(need, answer);
    return answer;
  };
  return {
    unmet: (needs) => needs.filter((need) => !isUp(need)),
    isHeld: (path) => {
      dependents ??= withoutCircles(dependentsIn(root));
      return !directHolders(path, dependents)[Symbol.iterator]().next().done;
    },
    holders: (path) => {
      dependents ??= withoutCircles(dependentsIn(root));
      return holdersOf(path, dependents);
    },
  };
}

/** Also in what is about to be applied: its services are started in the step that makes them. Who is held up has yet to be told that nobody needs it any more. */
const hasNeeds = (node: Node): boolean => {
  if (node.kind === 'service') return node.spec.needs.length > 0 || (node.nextSpec?.needs.length ?? 0) > 0 || isHeldUp(node);
  return (
    node.children.some(hasNeeds) ||
    (node.spec.template?.needs.length ?? 0) > 0 ||
    (node.applying !== null && wantsNeeds(node.applying.spec))
  );
};

const isHeldUp = ({ state }: Service): boolean => state.phase === 'stopping' && state.held !== null;

const wantsNeeds = (spec: ChildSpec): boolean =>
  spec.kind === 'service' ? spec.needs.length > 0 : spec.children.some(wantsNeeds) || (spec.template?.needs.length ?? 0) > 0;

/** Is what a service needs up? A program that was to do something once is, when it has done it. */
export function isMet(root: Supervisor, need: string): boolean {
  if (root.spec.watchdogs.some(({ name }) => name === need)) return root.watched[need] === 'up';
  const node = findNode(root, need);
  // What is about to be replaced is not there for those that start now.
  if (node === undefined || node.leaving !== 'no') return false;
  return isWholeUp(node) || (node.state.phase === 'ended' && node.state.how === 'completed');
}

/** Does a service run, and is it ready? Does a supervisor run, and all in it that is to? */
export function isWholeUp(node: Node): boolean {
  if (node.kind === 'service') return node.state.phase === 'running' && node.state.proving === null;
  return node.state.phase === 'running' && node.children.every(isInPlace);
}

/**
 * Is there nothing to be waited for until this part of a running supervisor is up? Not for one that is to stay down, nor for what is started by its time or by
 * a person.
 */
function isInPlace(child: Node): boolean {
  if (child.state.phase === 'ended' || child.desired === 'stopped') return true;
  return isWholeUp(child) || (child.kind === 'service' && (child.dynamic || isJob(child.spec)));
}

/** Who needs what is at `path`, or something that this is in; not what is in it itself. */
function* directHolders(path: string, dependents: Dependents): Iterable<string> {
  for (let outer = path; ; outer = parentPath(outer)) {
    for (const holder of dependents.get(outer) ?? []) if (!isWithin(holder, path)) yield holder;
    if (!outer.includes('/')) return;
  }
}

/** Who needs it, and who needs those. */
function holdersOf(path: string, dependents: Dependents): readonly string[] {
  const holders = new Set<string>();
  const pending = [path];
  for (let needed = pending.pop(); needed !== undefined; needed = pending.pop()) {
    for (const holder of directHolders(needed, dependents)) {
      if (holders.has(holder) || holder === path) continue;
      holders.add(holder);
      pending.push(holder);
    }
  }
  return [...holders];
}

/** Paths of services that have a process and are to stop, by what they need. */
type Dependents = ReadonlyMap<string, readonly string[]>;

/** Needs are no circle; but for as long as a part of the tree has its new ones and another has not, and then nobody may hold up each other. */
function withoutCircles(dependents: Dependents): Dependents {
  const all = new Set([...dependents.values()].flat());
  const circles = circlesIn(new Map([...all].map((path) => [path, [...directHolders(path, dependents)]])));
  if (circles.length === 0) return dependents;
  const isCut = (holder: string, need: string): boolean =>
    circles.some((circle) => circle[0] === holder && isWithin(circle.at(-1) ?? '', need));
  return new Map([...dependents].map(([need, holders]) => [need, holders.filter((holder) => !isCut(holder, need))]));
}

interface Doom {
  readonly isToStop: boolean;
  /** Does its supervisor stop who leaves? While that starts or restarts others it does not yet, and may itself be waiting for who is needed to stop. */
  readonly isStoppable: boolean;
}

/** The services with needs that have a process and are to stop. */
function dependentsIn(root: Supervisor): Dependents {
  const found = new Map<string, string[]>();
  const visit = (node: Node, path: string, { isToStop, isStoppable }: Doom): void => {
    const stops = isToStop || node.state.phase === 'stopping' || (isStoppable && node.leaving !== 'no');
    if (node.kind === 'service') {
      if (!stops || !hasProcess(node)) return;
      for (const need of node.spec.needs) {
        const known = found.get(need);
        if (known) known.push(path);
        else found.set(need, [path]);
      }
      return;
    }
    const { state } = node;
    const first = state.phase === 'restarting' && state.step === 'stop' ? node.children.findIndex(({ name }) => name === state.first) : -1;
    const isAble = state.phase === 'running' && node.leaving === 'no';
    node.children.forEach((child, index) => {
      visit(child, childPath(path, child.name), { isToStop: stops || (first >= 0 && index >= first), isStoppable: isAble });
    });
  };
  visit(root, '', { isToStop: false, isStoppable: false });
  return found;
}

const hasProcess = (service: Service): boolean => isLive(service) && service.state.phase !== 'waiting';

/** Paths of the nodes that these, and what is in them, need, and what those need; each after what it needs itself, without these. */
export function neededBy(root: Supervisor, paths: readonly string[]): readonly string[] {
  const found = new Set<string>();
  const visit = (path: string): void => {
    const node = findNode(root, path);
    for (const need of node ? needsBelow(node) : []) {
      if (found.has(need) || paths.includes(need) || !findNode(root, need)) continue;
      visit(need);
      found.add(need);
    }
  };
  for (const path of paths) visit(path);
  return [...found];
}

const needsBelow = (node: Node): readonly string[] => (node.kind === 'service' ? node.spec.needs : node.children.flatMap(needsBelow));
