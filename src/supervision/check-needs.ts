/** What `needs` and `links` demand of a whole tree, and watchdogs of each other: that there is who is named, and that no circle waits for itself. */
import { circlesIn } from '../base/circles.js';
import { childPath, isName, isWithin } from '../base/names.js';
import type { ChildSpec, ServiceSpec, SpecProblem, SupervisorSpec } from './spec.js';

/** Every such rule that an application's specification breaks, in tree order. */
export function needProblems(root: SupervisorSpec): readonly SpecProblem[] {
  const places = placesIn(root, '');
  const known = new Map(places.filter(({ isTemplate }) => !isTemplate).map((place) => [place.path, place]));
  const watchdogs = new Set(root.watchdogs.map(({ name }) => name));
  const problems = places.flatMap((place) =>
    place.spec.kind === 'service' ? [...needsOf(place, place.spec, { known, watchdogs }), ...linksOf(place, place.spec, known)] : [],
  );
  return [...watchdogProblems(root, ''), ...problems, ...circleProblems(places, known)];
}

interface Place {
  /** From the root; of a template that of its pool, with `/*` behind it. */
  readonly path: string;
  readonly spec: ChildSpec;
  readonly isTemplate: boolean;
}

function placesIn(supervisor: SupervisorSpec, path: string): readonly Place[] {
  const { children, template } = supervisor;
  const pool: readonly Place[] = template === null ? [] : [{ path: childPath(path, '*'), spec: template, isTemplate: true }];
  const below = children.flatMap((spec): readonly Place[] => {
    const own = { path: childPath(path, spec.name), spec, isTemplate: false };
    return spec.kind === 'service' ? [own] : [own, ...placesIn(spec, own.path)];
  });
  return [...pool, ...below];
}

interface Known {
  readonly known: ReadonlyMap<string, Place>;
  readonly watchdogs: ReadonlySet<string>;
}

const KNOWN = 'the path of a service or supervisor, or the name of a watchdog';

type Told = Pick<SpecProblem, 'found' | 'expected'>;

/** The path of a problem says whose template it is. */
const problemAt = ({ path, isTemplate }: Place, field: 'needs' | 'links', told: Told): SpecProblem =>
  isTemplate ? { path: path.slice(0, -2), field: `template.${field}`, ...told } : { path, field, ...told };

function needsOf(place: Place, { needs }: ServiceSpec, { known, watchdogs }: Known): readonly SpecProblem[] {
  return needs.flatMap((need) => {
    const found = JSON.stringify(need);
    if (watchdogs.has(need)) return [];
    if (!known.has(need)) return [problemAt(place, 'needs', { found, expected: KNOWN })];
    const spec = known.get(need)?.spec;
    if (spec?.kind === 'service' && spec.onDemand)
      return [problemAt(place, 'needs', { found, expected: 'what no call has to start first' })];
    if (isWithin(place.path, need)) return [problemAt(place, 'needs', { found, expected: 'neither itself nor what it is in' })];
    return [];
  });
}

function linksOf(place: Place, { links }: ServiceSpec, known: ReadonlyMap<string, Place>): readonly SpecProblem[] {
  if (place.isTemplate) return links.length === 0 ? [] : [problemAt(place, 'links', { found: 'links in a template', expected: 'none' })];
  return links.flatMap((link) => {
    const isOther = link !== place.path && known.get(link)?.spec.kind === 'service';
    return isOther ? [] : [problemAt(place, 'links', { found: JSON.stringify(link), expected: 'the path of another service' })];
  });
}

function watchdogProblems(supervisor: SupervisorSpec, path: string): readonly SpecProblem[] {
  const { watchdogs, children } = supervisor;
  const problems: SpecProblem[] = [];
  if (path !== '' && watchdogs.length > 0)
    problems.push({ path, field: 'watchdogs', found: `${watchdogs.length} of them`, expected: 'none but at the root' });
  const taken = new Set(children.map(({ name }) => name));
  for (const { name } of watchdogs) {
    if (!isName(name) || taken.has(name))
      problems.push({ path, field: 'watchdogs', found: JSON.stringify(name), expected: 'a name, and one that nothing else here has' });
    taken.add(name);
  }
  const below = children.flatMap((child) => (child.kind === 'service' ? [] : watchdogProblems(child, childPath(path, child.name))));
  return [...problems, ...below];
}

/** A supervisor is up when all in it is; so it waits for its children as if it needed them. */
function circleProblems(places: readonly Place[], known: ReadonlyMap<string, Place>): readonly SpecProblem[] {
  const graph = new Map<string, readonly string[]>();
  for (const { path, spec } of places) {
    if (spec.kind === 'supervisor') {
      const template = spec.template === null ? [] : [childPath(path, '*')];
      graph.set(path, [...spec.children.map(({ name }) => childPath(path, name)), ...template]);
    } else
      graph.set(
        path,
        spec.needs.filter((need) => known.has(need) && !isWithin(path, need)),
      );
  }
  return circlesIn(graph).flatMap((circle) => {
    const needing = places.find(({ path, spec }) => spec.kind === 'service' && circle.includes(path));
    if (!needing) return [];
    const start = circle.indexOf(needing.path);
    const shown = [...circle.slice(start), ...circle.slice(0, start), needing.path];
    return [problemAt(needing, 'needs', { found: `a circle (${shown.join(' -> ')})`, expected: 'needs that end somewhere' })];
  });
}
