/**
 * Goes on where a daemon ended that had no time to say goodbye. What it knew the keeper has remembered; what happened since, the
 * keeper tells as news. There is nothing else to restore: what follows from the two is decided as ever.
 */
import type { KeeperNews, RunNews } from '../keeper/protocol.js';
import { isLive, type Service } from '../supervision/tree.js';
import type { DaemonContext } from './context.js';
import { probeOfKey } from './health/probe-name.js';
import { hookOfKey } from './hook-name.js';
import { readMemory } from './memory.js';
import { spawn } from './perform.js';
import type { PortRegistry } from './port-registry.js';
import { isServicePlace, type Placed, placedNodes } from './view.js';

type Hello = Extract<KeeperNews, { news: 'hello' }>;

/** The parts of a daemon that take something back. */
export interface RecoverContext extends Pick<DaemonContext, 'apps' | 'runtime'> {
  readonly ports: Pick<PortRegistry, 'adopt' | 'planLogs' | 'closeStdin' | 'disown' | 'hold' | 'prepare' | 'spawn' | 'refuse' | 'onNews'>;
}

/** A run of which nobody has told that it was started, and whose main process was found all the same. */
export interface FoundRun {
  readonly key: string;
  readonly pid: number;
  readonly startTicks: number;
}

/**
 * Takes back what the keeper has kept, and gives the number of services that run.
 *
 * @param found - of runs that were decided; they are not started again.
 * @throws Error if the memory is none: the daemon cannot go on with it, and must not begin without it.
 */
export function recover(
  context: RecoverContext,
  { memory, latest, held = [] }: Pick<Hello, 'memory' | 'latest' | 'held'>,
  found: readonly FoundRun[] = [],
): number {
  const { forest, records } = readMemory(new Map(memory));
  for (const record of records) context.apps.set(record.name, record);
  context.ports.planLogs(Object.values(forest.apps));
  const services = Object.values(forest.apps).flatMap(placedNodes).filter(isServicePlace);
  const pipesOf = new Map(held.map((run) => [run.key, run]));
  const foundOf = new Map(found.map((one) => [one.key, one]));
  const runs = new Map([
    ...latest.map(({ key, run }) => [key, run] as const),
    ...services.filter((place) => foundOf.has(keyOf(place))).map((place) => [keyOf(place), place.node.run] as const),
  ]);
  for (const place of services) {
    const { app, path, node } = place;
    if (!runs.has(keyOf(place))) continue;
    context.ports.adopt({ app, path, run: node.run }, pipesOf.get(keyOf(place)));
    const one = foundOf.get(keyOf(place));
    if (one) context.ports.hold({ app, path, run: node.run }, one);
  }
  const unstarted = services.filter((place) => !runs.has(keyOf(place)));
  for (const app of Object.keys(forest.apps)) {
    context.ports.prepare(
      app,
      unstarted.filter((place) => place.app === app).map(({ path }) => path),
    );
  }
  context.runtime.restore(forest);
  const placeOf = new Map(services.map((place) => [keyOf(place), place]));
  // The last word of a daemon about a service that is no more did not arrive: of a later one with its name that would be old news.
  for (const { key } of latest) if (!placeOf.has(key) && !hookOfKey(key) && !probeOfKey(key)) context.ports.disown(key);
  for (const news of latest) for (const one of unheard(placeOf.get(news.key)?.node, news)) context.ports.onNews(one);
  // Its input has been ended by its stop; keeper and daemon have opened it again, as they do for whatever runs.
  for (const { app, path, node } of services) if (isBeingStopped(node)) context.ports.closeStdin({ app, path, run: node.run });
  for (const place of services) if (runs.get(keyOf(place)) !== place.node.run) spawnAgain(context, place);
  const ended = new Set(latest.flatMap(({ news, key, run }) => (news === 'exited' ? `${run} ${key}` : [])));
  return services.filter((place) => place.node.state.phase === 'running' && !ended.has(`${place.node.run} ${keyOf(place)}`)).length;
}

const keyOf = ({ app, path }: Placed): string => `${app}:${path}`;

/** Is it not known yet whether its newest run could be started? */
export const isAwaited = ({ state }: Service): boolean => state.phase === 'starting' || (state.phase === 'stopping' && state.pid === null);

const isBeingStopped = ({ state, spec }: Service): boolean =>
  state.phase === 'stopping' && state.held === null && state.pid !== null && spec.stdin === 'pipe';

/**
 * What the latest news of a service says that the daemon before did not know: of a run that has ended before anybody heard of its start, both. Of an
 * end that was acted upon nothing: nothing is left of that run, and to look once more takes time. Whoever is brought up under its name meanwhile
 * begins with run 1 again, and would be taken for it.
 */
function unheard(service: Service | undefined, news: RunNews): readonly RunNews[] {
  if (news.news !== 'exited') return [news];
  if (service?.run !== news.run || !isLive(service)) return [];
  const { key, run, pid } = news;
  return isAwaited(service) ? [{ news: 'spawned', key, run, pid }, news] : [news];
}

/** A spawn that was decided, but whose order never left: its pipes were still being made. */
function spawnAgain(context: RecoverContext, { app, path, node }: Placed<Service>): void {
  if (isAwaited(node)) spawn(context, { app, path, run: node.run }, context.runtime.forest());
}
