/** What goes on as long as the client listens: `events`. */
import type { EventLine, InputOf } from '../control/contract.js';
import type { LineStream } from '../control/streams.js';
import { daemonEntry, type JournalEntry } from '../journal/entry.js';
import { isInScope } from './app-registry.js';
import type { DaemonContext } from './context.js';

/** Events that may wait for a client that reads slowly. */
const MAX_WAITING_EVENTS = 1_000;

/** What waits for a client, oldest first, and what had no room behind that. */
interface Backlog {
  readonly entries: readonly JournalEntry[];
  readonly missed: { readonly count: number; readonly at: string } | undefined;
}

/** Reports as they happen, of the scope's application or of all. A client that reads too slowly is told in an event how many it has missed. */
export async function events(context: DaemonContext, query: InputOf<'GET /v1/events'>, stream: LineStream<EventLine>): Promise<void> {
  // What the daemon says of itself is for everybody, as in history.
  const isMeant = ({ app }: JournalEntry): boolean => query.all || app === null || isInScope(context.apps, query, app);
  let backlog: Backlog = { entries: [], missed: undefined };
  let wake = (): void => undefined;
  const unsubscribe = context.feed.subscribe((entry) => {
    if (!isMeant(entry)) return;
    backlog = added(backlog, entry);
    wake();
  });
  const onAbort = (): void => {
    wake();
  };
  stream.signal.addEventListener('abort', onAbort);
  stream.open();
  try {
    while (!stream.signal.aborted) {
      const told = linesOf(backlog);
      backlog = { entries: [], missed: undefined };
      for (const entry of told) if (!stream.write(entry)) await stream.drained();
      if (backlog.entries.length > 0 || stream.signal.aborted) continue;
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  } finally {
    stream.signal.removeEventListener('abort', onAbort);
    unsubscribe();
  }
}

function added({ entries, missed }: Backlog, entry: JournalEntry): Backlog {
  if (!missed && entries.length < MAX_WAITING_EVENTS) return { entries: [...entries, entry], missed };
  return { entries, missed: { count: (missed?.count ?? 0) + 1, at: missed?.at ?? entry.at } };
}

function linesOf({ entries, missed }: Backlog): readonly EventLine[] {
  if (!missed) return entries;
  const cause = `${missed.count} events were not read in time and are missing here; they are in history`;
  return [...entries, daemonEntry(missed.at, 'entries_lost', cause)];
}
