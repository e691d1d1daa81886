/**
 * A new specification over a running tree: what is not in it any more and what would run differently has to stop
 * (reverse order), then the rest follows (in order). Everything else keeps its PID; policies change in place.
 */
import { childPath } from '../base/names.js';
import { resting, startSupervisor } from './child.js';
import { isSelected } from './fresh.js';
import type { ChildSpec, ServiceSpec, SupervisorSpec } from './spec.js';
import { isLive, type Node, type Service, type Supervisor } from './tree.js';
import type { Turn } from './turn.js';

/** What is wanted: for which paths (none: all), and whether what did not change is to be started anew, too. */
export interface Wanted {
  readonly spec: SupervisorSpec;
  readonly names: readonly string[];
  readonly recreate: boolean;
}

/** Applies a specification to an application's root. */
export function applyToRoot(turn: Turn, root: Supervisor, wanted: Wanted): Supervisor {
  const marked = mark(root, '', wanted);
  if (marked.state.phase === 'stopping') {
    return { ...marked, leaving: 'no', state: { ...marked.state, outcome: { end: 'asked', next: 'start' } } };
  }
  return isLive(marked) ? marked : startSupervisor(turn, { ...marked, cause: null }, 'boot');
}

/** What would be different about one child. */
export interface Change {
  readonly path: string;
  readonly action: 'added' | 'changed' | 'removed' | 'unchanged';
  readonly fields: readonly string[];
  /** Does a running program have to be stopped for it? */
  readonly restarts: boolean;
}

/** What {@link applyToRoot} is going to do, in tree order, removed children last; `root` undefined: nothing is there yet. */
export function changesOf(root: Supervisor | undefined, wanted: Wanted, path = ''): readonly Change[] {
  const old = root?.children ?? [];
  const changes = wanted.spec.children.flatMap((spec): readonly Change[] => {
    const childsPath = childPath(path, spec.name);
    if (!isSelected(childsPath, wanted.names)) return [];
    const before = old.find((child) => child.name === spec.name);
    return changeOf(before, spec, { wanted, path: childsPath });
  });
  const removed = old.filter((child) => isDropped(child, wanted.spec) && isSelected(childPath(path, child.name), wanted.names));
  return [
    ...changes,
    ...removed.map((child) => ({ path: childPath(path, child.name), action: 'removed' as const, fields: [], restarts: isLive(child) })),
  ];
}

function changeOf(
  before: Node | undefined,
  spec: ChildSpec,
  { wanted, path }: { readonly wanted: Wanted; readonly path: string },
): readonly Change[] {
  if (spec.kind === 'supervisor') {
    const same = before?.kind === 'supervisor' ? before : undefined;
    const { children: _children, ...policy } = spec;
    const fields = same ? differing(same.spec, policy) : [];
    const action = same ? (fields.length > 0 ? 'changed' : 'unchanged') : 'added';
    const restarts = before?.kind === 'service' && isLive(before);
    return [{ path, action, fields, restarts }, ...changesOf(same, { ...wanted, spec }, path)];
  }
  if (before?.kind !== 'service')
    return [{ path, action: 'added', fields: before ? ['services'] : [], restarts: before !== undefined && isLive(before) }];
  const fields = differing(before.spec, spec);
  const restarts = isLive(before) && (wanted.recreate || runsDifferently(before.spec, spec));
  return [{ path, action: fields.length > 0 || restarts ? 'changed' : 'unchanged', fields, restarts }];
}

/** Marks what has to go and wakes up what is wanted again; takes effect when the supervisor is advanced. */
function mark(supervisor: Supervisor, path: string, wanted: Wanted): Supervisor {
  const { spec } = wanted;
  const names = selectionOf(supervisor, wanted.names);
  const specs = new Map(spec.children.map((child) => [child.name, child]));
  const children = supervisor.children.map((child): Node => {
    const childsPath = childPath(path, child.name);
    if (child.kind === 'service' && child.dynamic) return spec.template === null ? leave(child, 'remove') : child;
    if (!isSelected(childsPath, names)) return child;
    const childSpec = specs.get(child.name);
    if (childSpec === undefined) return leave(child, 'remove');
    if (child.kind === 'supervisor' && childSpec.kind === 'supervisor')
      return markNested(child, childsPath, { ...wanted, spec: childSpec });
    if (child.kind === 'service' && childSpec.kind === 'service') return markService(child, childSpec, insistence(childsPath, wanted));
    return leave(child, 'recreate');
  });
  return { ...supervisor, children, applying: { spec, names } };
}

/** What an earlier specification, yet to take effect, was wanted for stays wanted: as the newer one has it. */
function selectionOf({ applying }: Supervisor, names: readonly string[]): readonly string[] {
  if (applying === null) return names;
  return applying.names.length === 0 || names.length === 0 ? [] : [...new Set([...applying.names, ...names])];
}

/** A child that has to go; nothing in it is to start again before that. */
const leave = <N extends Node>(child: N, leaving: 'remove' | 'recreate'): N => ({ ...resting(child), leaving });

/** How much a service is wanted: `recreate`: as a new run even if nothing changed; `again`: even if it has completed or waits to be asked. */
interface Insistence {
  readonly recreate: boolean;
  readonly again: boolean;
}

function insistence(path: string, { recreate, names }: Wanted): Insistence {
  const isRecreated = recreate && isSelected(path, names);
  return { recreate: isRecreated, again: isRecreated || names.includes(path) };
}

function markNested(supervisor: Supervisor, path: string, wanted: Wanted): Supervisor {
  const marked: Supervisor = { ...mark(supervisor, path, wanted), desired: 'up', leaving: 'no' };
  return marked.state.phase === 'ended' ? { ...marked, state: { phase: 'stopped' } } : marked;
}

function markService(service: Service, spec: ServiceSpec, { recreate, again }: Insistence): Service {
  const { state } = service;
  const changed = runsDifferently(service.spec, spec);
  const isUp = again || spec.autostart;
  if (isLive(service)) {
    if (changed || recreate || service.leaving === 'recreate') return { ...leave(service, 'recreate'), desired: 'up' };
    return { ...service, leaving: 'no', desired: isUp ? 'up' : service.desired };
  }
  if (state.phase === 'down') return { ...service, spec };
  if (!isUp) return { ...service, spec, desired: service.spec.autostart ? 'stopped' : service.desired };
  const isDone = state.phase === 'ended' && state.how === 'completed' && spec.restart !== 'temporary';
  if (isDone && !changed && !again) return { ...service, spec };
  return { ...service, desired: 'up', spec, state: { phase: 'stopped' } };
}

/** Must a running program be started anew for the new specification? Only what it was executed with counts. */
const runsDifferently = (before: ServiceSpec, after: ServiceSpec): boolean =>
  EXECUTED_WITH.some((field) => differ(before[field], after[field]));

const EXECUTED_WITH = ['cwd', 'stdin', 'command', 'env', 'nice', 'umask', 'limits', 'user', 'group'] as const;

const isDropped = (child: Node, spec: SupervisorSpec): boolean =>
  !(child.kind === 'service' && child.dynamic) && !spec.children.some((candidate) => candidate.name === child.name);

/** Names of the fields in which two specifications differ; the order of keys in a mapping is no difference. */
function differing<S extends object>(before: S, after: S): readonly string[] {
  const old = new Map<string, unknown>(Object.entries(before));
  const fresh = new Map<string, unknown>(Object.entries(after));
  return [...new Set([...old.keys(), ...fresh.keys()])].filter((key) => differ(old.get(key), fresh.get(key)));
}

const differ = (before: unknown, after: unknown): boolean => before !== after && canonical(before) !== canonical(after);

function canonical(value: unknown): string {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return JSON.stringify(value) ?? '';
  return JSON.stringify(Object.entries(value).sort(([left], [right]) => (left < right ? -1 : 1)));
}
