import type { PsRow } from '../control/contract.js';
import { type DaemonContext, momentOf } from './context.js';
import { isServicePlace, type Placed, pidOf, rowOf } from './view.js';

/** Rows of `ps` for these nodes; CPU, memory and process counts are gathered now, or left null. */
export async function rowsOf(context: DaemonContext, placed: readonly Placed[], withUsage: boolean): Promise<readonly PsRow[]> {
  const pids = withUsage ? placed.filter(isServicePlace).flatMap(({ node }) => pidOf(node) ?? []) : [];
  const usage = await context.usage.usageOf(pids);
  const moment = momentOf(context);
  return placed.map((place) => {
    const pid = isServicePlace(place) ? pidOf(place.node) : null;
    return rowOf(place, moment, pid === null ? undefined : usage.get(pid));
  });
}
