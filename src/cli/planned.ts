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
  const chosen = new Set(names.flatMap((name) => chosenPaths(places, name)));
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
  const steps = places.filter((place) => place.isService && starts(place)).map(({ path }): PlanStep => ({ verb: 'start', path }));
  return { changes, steps };
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
