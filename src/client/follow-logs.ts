/** Lines of output, over the deaths of daemons. */
import type { LogLine, LogsQuery } from '../control/contract.js';
import { type Caller, follow, followOn } from './call.js';
import { openTold } from './told.js';

/** Lines that a daemon may have missed to tell while it was replaced, and that are asked for again. */
const GAP_LINES = 1_000;

/**
 * The lines a question means, in batches. With `follow` they go on with the daemon's successor, none twice, until the last daemon has ended in order
 * or `signal` aborts.
 *
 * @throws {@link PortsupError} what `follow` and `followOn` of client/call.ts throw.
 */
export async function* followLogs(caller: Caller, query: LogsQuery, signal: AbortSignal): AsyncGenerator<readonly LogLine[], void, void> {
  const question = { route: 'GET /v1/logs', signal } as const;
  if (!query.follow) {
    yield* follow(caller, question, query);
    return;
  }
  const told = openTold(new Date().toISOString());
  const again = (): LogsQuery => {
    told.repeat();
    return { ...query, lines: GAP_LINES };
  };
  for await (const lines of followOn(caller, question, { input: query, again })) yield lines.filter((line) => told.isNew(line));
}
