/** `whereis`: from a name to a process. */
import { PortsupError } from '../base/errors.js';
import type { InputOf, Scope } from '../control/contract.js';
import type { Whereabouts } from '../control/registry-rows.js';
import type { Service } from '../supervision/tree.js';
import { appOfFile } from './app-registry.js';
import type { DaemonContext } from './context.js';
import { resolveNames } from './select.js';
import { isServicePlace, type Placed, pidOf } from './view.js';

/** What is needed to tell where a service is. */
export type WhereContext = Pick<DaemonContext, 'runtime' | 'apps'> & { readonly ports: Pick<DaemonContext['ports'], 'hasEnded'> };

/**
 * Where a service runs. What is reported as ended has left the forest first, so nobody who has heard of an end finds the dead one here (as with Erlang's registered
 * names); one that has ended while others of its process group are still being cleared away is not found either.
 *
 * @throws PortsupError as `placeNamed`; `USAGE` for a supervisor.
 */
export function whereis(context: WhereContext, query: InputOf<'GET /v1/whereis'>): Whereabouts {
  const place = placeNamed(context, query, 'name one service');
  if (!isServicePlace(place)) {
    const name = place.path || place.app;
    throw new PortsupError(
      'USAGE',
      `${name} is a supervisor, which has no process`,
      `"portsup ps -q ${name}" prints the PIDs of all below it`,
    );
  }
  return whereaboutsOf(context, place);
}

/** A service's process, unless that is known to have ended. */
export function whereaboutsOf({ ports }: Pick<WhereContext, 'ports'>, { app, path, node }: Placed<Service>): Whereabouts {
  return { app, path, pid: ports.hasEnded({ app, path, run: node.run }) ? null : pidOf(node), run: node.run };
}

/**
 * The one node that is meant.
 *
 * @throws PortsupError as `resolveNames`; `AMBIGUOUS`, with the hint, for a name of several.
 */
export function placeNamed(
  context: Pick<DaemonContext, 'runtime' | 'apps'>,
  query: Scope & { readonly name: string },
  hint: string,
): Placed {
  const [place, ...others] = resolveNames(context.runtime.forest(), [query.name], whereOf(context, query));
  if (place && others.length === 0) return place;
  throw new PortsupError('AMBIGUOUS', `"${query.name}" is more than one`, hint);
}

/** Where names of a scope are looked for. */
export const whereOf = (
  { apps }: Pick<DaemonContext, 'apps'>,
  { app, here }: Scope,
): { readonly only: string | undefined; readonly home: string | undefined } => ({ only: app, home: appOfFile(apps, here) });
