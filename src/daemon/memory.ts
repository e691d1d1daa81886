/**
 * The forest as the keeper remembers it for the next daemon: a flat table of small texts, of which a step changes only a
 * few. What a node is, what it was configured as, what it is about to be configured as and which children it has in which order
 * are entries of their own, as one of a thousand services that restarts must cost neither the specifications nor the list of its
 * siblings. Pure.
 */
import { childPath } from '../base/names.js';
import type { MemoryChange } from '../keeper/protocol.js';
import type { Applying, Forest, Node, Service, ServiceState, Supervisor } from '../supervision/tree.js';
import type { AppRecord } from './app-registry.js';
import { completePolicy, completeService, completeSupervisor } from './older-spec.js';

/** What is remembered. */
export type Memory = ReadonlyMap<string, string>;

const APP = 'app';
const NODE = 'node';
const SPEC = 'spec';
const CHILDREN = 'children';
const APPLYING = 'applying';

const keyOf = (kind: string, app: string, path: string): string => `${kind} ${app}:${path}`;

/** What an entry is the configuration of; undefined: it is another one. */
export function placeOfSpec(key: string): { readonly app: string; readonly path: string } | undefined {
  const [, app, path] = /^spec ([^:]*):(.*)$/.exec(key) ?? [];
  return app === undefined || path === undefined ? undefined : { app, path };
}

/** The entries in which `after` differs from `before`. What both share is not looked at. */
export function changesBetween(before: Forest, after: Forest): readonly MemoryChange[] {
  const changes: MemoryChange[] = [];
  for (const [name, { root }] of Object.entries(after.apps)) compare(changes, { app: name, path: '' }, [before.apps[name]?.root, root]);
  for (const [name, { root }] of Object.entries(before.apps)) {
    if (after.apps[name]) continue;
    changes.push([keyOf(APP, name, ''), null]);
    compare(changes, { app: name, path: '' }, [root, undefined]);
  }
  return changes;
}

/** The entry of what the daemon knows of an application besides its tree. */
export const appChange = (record: AppRecord): MemoryChange => [keyOf(APP, record.name, ''), JSON.stringify(record)];

interface Place {
  readonly app: string;
  readonly path: string;
}

function compare(changes: MemoryChange[], place: Place, [before, after]: readonly [Node | undefined, Node | undefined]): void {
  if (before === after) return;
  if (before && (!after || before.kind !== after.kind)) changes.push(...entriesOf(place, before).map((key) => [key, null] as const));
  const same = before?.kind === after?.kind ? before : undefined;
  if (after) compareOwn(changes, place, [same, after]);
  compareChildren(changes, place, [childrenOf(before), childrenOf(after)]);
}

/** The keys of what may be remembered of a node itself. */
const entriesOf = ({ app, path }: Place, { kind }: Node): readonly string[] =>
  (kind === 'service' ? [NODE, SPEC] : [NODE, SPEC, CHILDREN, APPLYING]).map((entry) => keyOf(entry, app, path));

function compareOwn(changes: MemoryChange[], { app, path }: Place, [before, after]: readonly [Node | undefined, Node]): void {
  const key = (kind: string): string => keyOf(kind, app, path);
  if (before?.spec !== after.spec) changes.push([key(SPEC), JSON.stringify(after.spec)]);
  if (!before || !hasSameOwn(before, after)) changes.push([key(NODE), ownText(after)]);
  if (after.kind === 'service') return;
  if (!before || !hasSameNames(childrenOf(before), after.children)) {
    changes.push([key(CHILDREN), JSON.stringify(after.children.map(({ name }) => name))]);
  }
  const applying = before?.kind === 'supervisor' ? before.applying : null;
  if (applying !== after.applying) changes.push([key(APPLYING), after.applying && JSON.stringify(after.applying)]);
}

const NONE: readonly Node[] = [];
const childrenOf = (node: Node | undefined): readonly Node[] => (node?.kind === 'supervisor' ? node.children : NONE);

function compareChildren(
  changes: MemoryChange[],
  { app, path }: Place,
  [before, after]: readonly [readonly Node[], readonly Node[]],
): void {
  if (before === after) return;
  if (hasSameNames(before, after)) {
    for (let index = 0; index < after.length; index += 1) {
      const [old, child] = [before[index], after[index]];
      if (old !== child && child) compare(changes, { app, path: childPath(path, child.name) }, [old, child]);
    }
    return;
  }
  const old = new Map(before.map((child) => [child.name, child]));
  const now = new Map(after.map((child) => [child.name, child]));
  for (const child of before) if (!now.has(child.name)) compare(changes, { app, path: childPath(path, child.name) }, [child, undefined]);
  for (const child of after) compare(changes, { app, path: childPath(path, child.name) }, [old.get(child.name), child]);
}

/** Almost always only one child differs, and its name does not. */
function hasSameNames(before: readonly Node[], after: readonly Node[]): boolean {
  if (before.length !== after.length) return false;
  for (let index = 0; index < after.length; index += 1) {
    if (before[index] !== after[index] && before[index]?.name !== after[index]?.name) return false;
  }
  return true;
}

/** Fields that are entries of their own. */
const APART: ReadonlySet<string> = new Set([SPEC, CHILDREN, APPLYING]);

/** Values that are the same object hold the same: nothing is ever changed in place. */
function hasSameOwn(before: Node, after: Node): boolean {
  const old: Readonly<Record<string, unknown>> = { ...before };
  return Object.entries(after).every(([name, value]) => APART.has(name) || old[name] === value);
}

/** A node without what is an entry of its own. */
const ownText = (node: Node): string => JSON.stringify(Object.fromEntries(Object.entries(node).filter(([name]) => !APART.has(name))));

/** What a memory holds. */
export interface Remembered {
  readonly forest: Forest;
  readonly records: readonly AppRecord[];
}

/**
 * The forest and the applications of a memory written by {@link changesBetween}.
 *
 * @throws SyntaxError or Error if it holds anything else.
 */
export function readMemory(memory: Memory): Remembered {
  const records = [...memory].flatMap(([key, text]) => (key.startsWith(`${APP} `) ? [JSON.parse(text) as AppRecord] : []));
  const known = records.filter(({ name }) => memory.has(keyOf(NODE, name, '')));
  const apps = known.map(({ name }) => {
    const root = readNode(memory, { app: name, path: '' });
    if (root.kind !== 'supervisor') throw new Error(`the root of ${name} is no supervisor`);
    return [name, { name, root }] as const;
  });
  return { forest: { apps: Object.fromEntries(apps) }, records: known };
}

function readNode(memory: Memory, place: Place): Node {
  const { app, path } = place;
  const node = { ...(read(memory, keyOf(NODE, app, path)) as object), spec: read(memory, keyOf(SPEC, app, path)) } as Service | Supervisor;
  if (node.kind === 'service') return completed(node);
  const names = read(memory, keyOf(CHILDREN, app, path)) as readonly string[];
  const applying = memory.has(keyOf(APPLYING, app, path)) ? (read(memory, keyOf(APPLYING, app, path)) as Applying) : null;
  return {
    ...node,
    isDisabled: node.isDisabled ?? false,
    watched: node.watched ?? {},
    spec: completePolicy(node.spec, path),
    applying: applying && { ...applying, spec: completeSupervisor(applying.spec, path) },
    children: names.map((name) => readNode(memory, { app, path: childPath(path, name) })),
  };
}

/** An older daemon's lacks what came later. */
const completed = (node: Service): Service => ({
  ...node,
  watchLoop: node.watchLoop ?? null,
  skippedRun: node.skippedRun ?? 0,
  attempts: node.attempts ?? 0,
  state: completeState(node.state),
  nextSpec: node.nextSpec ? completeService(node.nextSpec) : null,
  spec: completeService(node.spec),
});

function completeState(state: ServiceState): ServiceState {
  if (state.phase === 'running') return { ...state, proving: state.proving ?? null };
  return state.phase === 'stopping' ? { ...state, failedStart: state.failedStart ?? null, held: state.held ?? null } : state;
}

function read(memory: Memory, key: string): unknown {
  const text = memory.get(key);
  if (text === undefined) throw new Error(`nothing is remembered of ${key}`);
  return JSON.parse(text);
}
