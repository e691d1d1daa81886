/** The ends of runs, over the deaths of daemons. */
import type { InputOf, Scope } from '../control/contract.js';
import type { DownLine } from '../control/registry-rows.js';
import { type Caller, followOn } from './call.js';
import { openDowns } from './downs.js';

/** What is monitored. */
export interface Monitoring {
  readonly scope: Scope;
  readonly names: readonly string[];
  readonly signal: AbortSignal;
}

/**
 * One line for each end of a run, in batches, and at the beginning one for each service that does not run. They end when the last daemon has ended in order, or
 * `signal` aborts.
 *
 * @throws {@link PortsupError} what `followOn` of client/call.ts throws.
 */
export async function* monitorRuns(caller: Caller, { scope, names, signal }: Monitoring): AsyncGenerator<readonly DownLine[], void, void> {
  const downs = openDowns();
  const input: InputOf<'GET /v1/monitor'> = { ...scope, names, places: [] };
  const again = (): InputOf<'GET /v1/monitor'> => {
    const on = downs.again();
    return on ? { ...input, names: [], ...on } : input;
  };
  for await (const lines of followOn(caller, { route: 'GET /v1/monitor', signal }, { input, again })) {
    const told = lines.flatMap((line) => downs.take(line));
    if (told.length > 0) yield told;
  }
}
