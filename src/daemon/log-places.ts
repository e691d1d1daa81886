/** From what a person wrote to logs: those of services that are there, and those that are left of what is there no more. */
import { placesAt } from '../base/address.js';
import { PortsupError } from '../base/errors.js';
import { isName } from '../base/names.js';
import type { InputOf } from '../control/contract.js';
import type { ServiceLog } from '../logs/service-log.js';
import { appOfFile } from './app-registry.js';
import type { DaemonContext } from './context.js';
import { selected } from './queries.js';
import { unique } from './select.js';
import { isServicePlace, type Placed } from './view.js';

/** Whose log it is. */
export type PlaceOfLog = Pick<Placed, 'app' | 'path'>;
type Asked = Pick<InputOf<'GET /v1/logs'>, 'app' | 'here' | 'names'>;

/**
 * The logs that are meant. With the services of a pool come those of its instances that have ended; a name that nothing has any more (a service that
 * was removed, an application that is down) means the log that is left of it.
 *
 * @throws PortsupError `NOT_FOUND`, `AMBIGUOUS` for a name that means neither, or several.
 */
export function placesOf(context: DaemonContext, query: Asked): readonly PlaceOfLog[] {
  const { app, names } = query;
  if (names.length > 0) return names.flatMap((name) => placesOfName(context, query, name));
  const left = app === undefined || context.runtime.forest().apps[app] ? [] : writtenLogs(context, app);
  return left.length > 0 ? left : withEnded(context, selected(context, query, false));
}

function placesOfName(context: DaemonContext, query: Asked, name: string): readonly PlaceOfLog[] {
  try {
    return withEnded(context, selected(context, { ...query, names: [name] }, false));
  } catch (error) {
    if (!(error instanceof PortsupError) || error.code !== 'NOT_FOUND') throw error;
    const colon = name.indexOf(':');
    const app = colon < 0 ? (query.app ?? appOfFile(context.apps, query.here)) : name.slice(0, colon);
    const path = name.slice(colon + 1);
    const written = app === undefined ? [] : writtenLogs(context, app);
    const left = path === '' ? written : logsAt(written, path);
    if (left.length === 0) throw error;
    return path === '' ? left : unique(left, path);
  }
}

const logsAt = (written: readonly ServiceLog[], name: string): readonly PlaceOfLog[] =>
  placesAt(
    written.map(({ app, path }) => ({ app, path, isService: true })),
    name,
  );

/** With the logs of instances that a pool had and has no more. */
function withEnded(context: DaemonContext, placed: readonly Placed[]): readonly PlaceOfLog[] {
  const services: readonly PlaceOfLog[] = placed.filter(isServicePlace);
  const pools = placed.filter(({ node }) => node.kind === 'supervisor' && node.spec.strategy === 'simple_one_for_one');
  const known = new Set(services.map(({ app, path }) => `${app}:${path}`));
  const ended = pools.flatMap((pool) =>
    writtenLogs(context, pool.app).filter(({ app, path }) => path.startsWith(`${pool.path}/`) && !known.has(`${app}:${path}`)),
  );
  return [...services, ...ended.map(({ app, path }) => ({ app, path }))];
}

const writtenLogs = ({ logs }: DaemonContext, app: string): readonly ServiceLog[] =>
  isName(app) ? logs.all(app).filter(({ isThere }) => isThere) : [];
