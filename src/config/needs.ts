/**
 * What the names in `needs` and `links` mean: a sibling, else a path from the root, else (of `needs`) a watchdog; and what is wrong with
 * them, on the configuration as it is written. Pure.
 */
import { circlesIn } from '../base/circles.js';
import { isWithin } from '../base/names.js';
import { nearest } from '../base/nearest.js';
import { type Finding, foundText } from './finding.js';
import { type ConfigNode, nodesOf } from './kinds.js';
import { type ConfigPath, isMapping } from './path.js';
import { isAnythingThere, isThere, profilesOf } from './profiles.js';

/** What a name stands for; `path` is from the root. */
type Meant = { readonly is: 'child'; readonly child: Child } | { readonly is: 'watchdog'; readonly name: string };

interface Child {
  readonly node: ConfigNode;
  readonly path: string;
  /** With the profiles that were asked for. */
  readonly isThere: boolean;
}

/** All services, supervisors and watchdogs of a configuration. */
export interface Directory {
  readonly children: ReadonlyMap<string, Child>;
  readonly watchdogs: readonly string[];
}

/** Makes the directory of a configuration, whatever that holds. */
export function directoryOf(value: unknown, profiles: readonly string[]): Directory {
  const children = new Map<string, Child>();
  const there = new Map<ConfigNode | undefined, boolean>([[undefined, true]]);
  for (const node of nodesOf(value)) {
    const isHere = there.get(node.parent) === true && isThere(profilesOf(node.value), profiles) && isAnythingThere(node.value, profiles);
    there.set(node, isHere);
    const path = pathOf(node.path);
    if (node.kind !== 'root') children.set(path, { node, path, isThere: isHere });
  }
  const watchdogs = isMapping(value) && isMapping(value['watchdogs']) ? Object.keys(value['watchdogs']) : [];
  return { children, watchdogs };
}

/** The last part of the path of a pool's template, which no child can have. */
const TEMPLATE = '*';

/** The path from the root of what stands at a place in the configuration: `backend/db`; a template's is `pool/*`. */
const pathOf = (place: ConfigPath): string =>
  place
    // The names of children stand behind "services".
    .flatMap((part, index) => (index % 2 === 1 ? [String(part)] : part === 'template' ? [TEMPLATE] : []))
    .join('/');

const outerPath = (path: string): string => path.slice(0, Math.max(0, path.lastIndexOf('/') + 1));

function meantBy({ children, watchdogs }: Directory, from: string, name: string): Meant | undefined {
  const sibling = name.includes('/') ? undefined : children.get(`${outerPath(from)}${name}`);
  const child = sibling ?? children.get(name);
  if (child !== undefined && child.node.kind !== 'template') return { is: 'child', child };
  return watchdogs.includes(name) ? { is: 'watchdog', name } : undefined;
}

/** What an entry of a service that passed every check means: a path from the root, or a watchdog. */
export function meaningOf(directory: Directory, service: ConfigPath, name: string): string {
  const meant = meantBy(directory, pathOf(service), name);
  // The findings refused every other name; reaching this is a bug.
  if (!meant) throw new Error(`unchecked name: ${name}`);
  return meant.is === 'child' ? meant.child.path : meant.name;
}

/** Everything that is wrong with names in `needs` and `links`, and every circle of needs. */
export function needFindings(directory: Directory): readonly Finding[] {
  const findings: Finding[] = [];
  const places = new Map<string, ConfigPath>();
  const graph = new Map<string, string[]>();
  for (const child of directory.children.values()) {
    graph.set(child.path, [...(graph.get(child.path) ?? [])]);
    if (child.isThere && outerPath(child.path) !== '') graph.get(outerPath(child.path).slice(0, -1))?.push(child.path);
    for (const { name, at } of namesIn(child, 'needs')) {
      const finding = needFinding(directory, child, { name, at });
      if (finding) findings.push(finding);
      const meant = finding ? undefined : meantBy(directory, child.path, name);
      if (meant?.is !== 'child' || !child.isThere) continue;
      graph.get(child.path)?.push(meant.child.path);
      places.set(edge(child.path, meant.child.path), at);
    }
    findings.push(...linkFindings(directory, child));
  }
  return [...findings, ...circlesIn(graph).flatMap((circle) => circleFinding(circle, places))];
}

const edge = (from: string, to: string): string => JSON.stringify([from, to]);

interface Named {
  readonly name: string;
  readonly at: ConfigPath;
}

/** The names in a field of a service, with their places. */
function namesIn({ node }: Child, field: 'needs' | 'links'): readonly Named[] {
  const isService = node.kind === 'service' || node.kind === 'template';
  const list: unknown = isService && isMapping(node.value) ? node.value[field] : undefined;
  if (!Array.isArray(list)) return [];
  return list.flatMap((name: unknown, index) =>
    typeof name === 'string' && name !== '' ? [{ name, at: [...node.path, field, index] }] : [],
  );
}

function needFinding(directory: Directory, child: Child, named: Named): Finding | undefined {
  const meant = meantBy(directory, child.path, named.name);
  if (!meant) return unknownFinding(directory, child, { ...named, what: 'a service, a supervisor or a watchdog' });
  if (meant.is === 'watchdog') return undefined;
  if (meant.child.path === child.path) return refusal(named, 'which is this service itself', 'others');
  if (isWithin(child.path, meant.child.path)) return refusal(named, 'a supervisor that it is in', 'what can be up before it');
  const { value } = meant.child.node;
  if (isMapping(value) && value['start'] === 'on_demand')
    return refusal(named, 'which only a call starts', 'what is up by itself: without "start: on_demand"');
  return absenceFinding(child, meant.child, named);
}

function linkFindings(directory: Directory, child: Child): readonly Finding[] {
  const names = namesIn(child, 'links');
  if (child.node.kind === 'template' && names.length > 0) {
    const expected = 'none: nobody could say which instance is meant';
    return [{ type: 'value', path: [...child.node.path, 'links'], found: 'links in a template', expected }];
  }
  return names.flatMap((named) => {
    const meant = meantBy(directory, child.path, named.name);
    if (!meant) return unknownFinding({ ...directory, watchdogs: [] }, child, { ...named, what: 'a service' });
    if (meant.is === 'watchdog') return refusal(named, 'a watchdog', 'a service');
    if (meant.child.path === child.path) return refusal(named, 'which is this service itself', 'another service');
    if (meant.child.node.kind !== 'service') return refusal(named, 'a supervisor', 'a service');
    return absenceFinding(child, meant.child, named) ?? [];
  });
}

const refusal = ({ name, at }: Named, what: string, expected: string): Finding => ({
  type: 'value',
  path: at,
  found: `${foundText(name, at)}, ${what}`,
  expected,
});

function unknownFinding({ children, watchdogs }: Directory, from: Child, { name, at, what }: Named & { readonly what: string }): Finding {
  const known = [...children.values()].filter(({ node, path }) => node.kind !== 'template' && path !== from.path).map(({ path }) => path);
  const outer = outerPath(from.path);
  // A sibling is called by its name alone.
  const calledOf = (path: string): string => (outerPath(path) === outer ? path.slice(outer.length) : path);
  const sameName = known.filter((path) => path.endsWith(`/${name}`)).map(calledOf);
  const [near] = sameName.length > 0 ? sameName : nearest(name, [...known.map(calledOf), ...known, ...watchdogs]);
  const expected = `the name or path of ${what}${near === undefined ? '' : `; did you mean "${near}"?`}`;
  return { type: 'value', path: at, found: foundText(name, at), expected };
}

function absenceFinding(from: Child, target: Child, named: Named): Finding | undefined {
  if (!from.isThere || target.isThere) return undefined;
  const profiles = profilesAround(target.node);
  return refusal(named, `which is only there with --profile ${profiles.join(' or ')}`, `what is there, too: give both the same profiles`);
}

/** The profiles of what is nearest. */
function profilesAround(node: ConfigNode | undefined): readonly string[] {
  if (node === undefined) return ['NAME'];
  return profilesOf(node.value) ?? profilesAround(node.parent);
}

/** Told at the last entry that leads on in it, from its first service on. */
function circleFinding(circle: readonly string[], places: ReadonlyMap<string, ConfigPath>): readonly Finding[] {
  const following = (index: number): string => circle[(index + 1) % circle.length] ?? '';
  const needing = circle.flatMap((path, index) => (places.has(edge(path, following(index))) ? [index] : []));
  const [first, last] = [needing[0] ?? 0, needing.at(-1) ?? 0];
  const at = places.get(edge(circle[last] ?? '', following(last)));
  if (!at) return [];
  const turned = [...circle.slice(first), ...circle.slice(0, first)];
  const found = `a circle (needs: ${[...turned, turned[0]].join(' -> ')})`;
  return [{ type: 'value', path: at, found, expected: 'needs that end somewhere' }];
}
