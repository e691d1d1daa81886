import type { PsRow } from '../control/contract.js';
import { type DaemonContext, momentOf } from './context.js';
import { usageNow } from './usage-now.js';
import { isServicePlace, type Placed, pidOf, rowOf } from './view.js';

/** Rows of `ps` for these nodes; CPU, memory and process counts are gathered now, or left null. */
export async function rowsOf(context: DaemonContext, placed: readonly Placed[], withUsage: boolean): Promise<readonly PsRow[]> {
  const pids = withUsage ? placed.filter(isServicePlace).flatMap(({ node }) => pidOf(node) ?? []) : [];
  const usage = await usageNow(context, pids);
  const moment = momentOf(context);
  const logBytes = new Map([...new Set(placed.map(({ app }) => app))].map((app) => [app, context.logs.bytesBelow(app)]));
  return placed.map((place) => {
    const pid = isServicePlace(place) ? pidOf(place.node) : null;
    return rowOf(place, moment, {
      root: context.runtime.forest().apps[place.app]?.root,
      usage: pid === null ? undefined : usage.get(pid),
      logBytes: logBytes.get(place.app)?.get(place.path) ?? 0,
      nextCron: isServicePlace(place) ? context.triggers.nextCron(place) : null,
    });
  });
}
