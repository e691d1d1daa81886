import type { PsRow } from '../control/contract.js';
import type { Usage } from '../ports/usage.js';
import { canOpenFiles, isOutOfFiles } from './conditions.js';
import { type DaemonContext, momentOf } from './context.js';
import { isServicePlace, type Placed, pidOf, rowOf } from './view.js';

/** CPU, memory and processes by main PID; of nobody while no file can be opened to read them. */
export async function usageNow({ usage, conditions }: DaemonContext, pids: readonly number[]): Promise<ReadonlyMap<number, Usage>> {
  if (pids.length === 0) return new Map();
  try {
    const used = await usage.usageOf(pids);
    canOpenFiles(conditions);
    return used;
  } catch (error) {
    if (!isOutOfFiles(conditions, error)) throw error;
    return new Map();
  }
}

/** Rows of `ps` for these nodes; CPU, memory and process counts are gathered now, or left null. */
export async function rowsOf(context: DaemonContext, placed: readonly Placed[], withUsage: boolean): Promise<readonly PsRow[]> {
  const pids = withUsage ? placed.filter(isServicePlace).flatMap(({ node }) => pidOf(node) ?? []) : [];
  const usage = await usageNow(context, pids);
  const moment = momentOf(context);
  const logBytes = new Map([...new Set(placed.map(({ app }) => app))].map((app) => [app, context.logs.bytesBelow(app)]));
  return placed.map((place) => {
    const pid = isServicePlace(place) ? pidOf(place.node) : null;
    return rowOf(place, moment, {
      usage: pid === null ? undefined : usage.get(pid),
      logBytes: logBytes.get(place.app)?.get(place.path) ?? 0,
    });
  });
}
