/** What `up --dry-run` would do where nothing runs: everything is added. No daemon is started to find that out. Pure. */
import { type Addressable, isGlob, placesAt } from '../base/address.js';
import { PortsupError } from '../base/errors.js';
import { childPath } from '../base/names.js';
import { nearest } from '../base/nearest.js';
import type { LoadedConfig } from '../config/load.js';
import type { Change, PlanStep } from '../control/contract.js';

type Node = LoadedConfig['root']['children'][number];

interface Planned {
  readonly changes: readonly Change[];
  readonly steps: readonly PlanStep[];
}

interface Place extends Addressable {
  readonly node: Node;
}

/**
 * The plan for a tree of which nothing is up, in start order; with names only these (and what they are in) are started, and the rest is listed.
 *
 * @throws {@link PortsupError} `NOT_FOUND` with the nearest names; `AMBIGUOUS` with the candidates.
 */
export function plannedFromNothing(root: LoadedConfig['root'], names: readonly string[]): Planned {
  const places = placesBelow(root, '');
  const chosen = withNeeds(places, new Set(names.flatMap((name) => chosenPaths(places, name))));
  const starts = ({ path, node }: Place): boolean => {
    const isChosen = [...chosen].some(
      (one) => path === one || path.startsWith(`${one}/`) || (one.startsWith(`${path}/`) && node.kind === 'supervisor'),
    );
    return (chosen.size === 0 || isChosen) && (node.kind === 'supervisor' || node.autostart || chosen.has(path));
  };
  const changes = places.map(
    (place): Change => ({
      path: place.path,
      action: 'added',
      fields: [],
      effect: starts(place) ? 'start' : 'none',
      restarts: false,
      because: null,
    }),
  );
  const steps = inStartOrder(places.filter((place) => place.isService && starts(place))).map(
    ({ path }): PlanStep => ({ verb: 'start', path }),
  );
  return { changes, steps };
}

const needsOf = ({ node }: Place): readonly string[] => (node.kind === 'service' ? node.needs : []);
const isIn = (path: string, outer: string): boolean => path === outer || path.startsWith(`${outer}/`);

/** Who is named, and all that these need. */
function withNeeds(places: readonly Place[], chosen: Set<string>): ReadonlySet<string> {
  for (const one of chosen) {
    const needs = places.filter(({ path }) => isIn(path, one)).flatMap(needsOf);
    // What is added is visited, too.
    for (const need of needs) if (places.some(({ path }) => path === need)) chosen.add(need);
  }
  return chosen;
}

/** As they come in the tree, but who needs somebody that comes later follows that one. */
function inStartOrder(places: readonly Place[]): readonly Place[] {
  const started: Place[] = [];
  const waiting = new Set<Place>();
  const isFree = (place: Place): boolean =>
    needsOf(place).every((need) => places.every((other) => !isIn(other.path, need) || started.includes(other)));
  for (const place of places) {
    waiting.add(place);
    for (let free = [...waiting].find(isFree); free; free = [...waiting].find(isFree)) {
      started.push(free);
      waiting.delete(free);
    }
  }
  return [...started, ...waiting];
}

function placesBelow(supervisor: LoadedConfig['root'], above: string): readonly Place[] {
  return supervisor.children.flatMap((node): readonly Place[] => {
    const path = childPath(above, node.name);
    const own: Place = { path, isService: node.kind === 'service', node };
    return node.kind === 'service' ? [own] : [own, ...placesBelow(node, path)];
  });
}

function chosenPaths(places: readonly Place[], name: string): readonly string[] {
  const found = placesAt(places, name).map(({ path }) => path);
  if (found.length === 1 || (found.length > 0 && isGlob(name))) return found;
  if (found.length > 1) throw new PortsupError('AMBIGUOUS', `"${name}" may be any of ${found.join(', ')}`, 'write one of these addresses');
  const near = nearest(
    name,
    places.flatMap(({ path, node }) => [path, node.name]),
  );
  const hint = near.length > 0 ? `did you mean ${near.join(' or ')}?` : '"portsup check --resolved" shows what there is';
  throw new PortsupError('NOT_FOUND', `no service or supervisor "${name}"`, hint);
}

/** How many services a tree has; a pool's template is none yet. */
export const countServices = (node: Node): number =>
  node.kind === 'service' ? 1 : node.children.reduce((sum, child) => sum + countServices(child), 0);
