/** What goes on as long as the client listens: `events`. */
import { PortsupError } from '../base/errors.js';
import type { EventLine, InputOf } from '../control/contract.js';
import type { LineStream } from '../control/streams.js';
import type { JournalEntry } from '../journal/entry.js';
import { appOfFile } from './app-registry.js';
import type { DaemonContext } from './context.js';

/** Events that may wait for a client that reads slowly, before it is cut off. */
const MAX_WAITING_EVENTS = 1_000;

/**
 * Reports as they happen, of the scope's application or of all.
 *
 * @throws PortsupError `FAILED` when the client reads so slowly that too many wait.
 */
export async function events(context: DaemonContext, query: InputOf<'GET /v1/events'>, stream: LineStream<EventLine>): Promise<void> {
  const isMeant = isInScope(context, query);
  const waiting: JournalEntry[] = [];
  let wake = (): void => undefined;
  const unsubscribe = context.feed.subscribe((entry) => {
    if (!isMeant(entry)) return;
    if (waiting.length <= MAX_WAITING_EVENTS) waiting.push(entry);
    wake();
  });
  const onAbort = (): void => {
    wake();
  };
  stream.signal.addEventListener('abort', onAbort);
  stream.open();
  try {
    while (!stream.signal.aborted) {
      if (waiting.length > MAX_WAITING_EVENTS)
        throw new PortsupError('FAILED', 'events were not read in time', 'read faster, or see "portsup history"');
      for (const entry of waiting.splice(0)) if (!stream.write(entry)) await stream.drained();
      if (waiting.length > 0 || stream.signal.aborted) continue;
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  } finally {
    stream.signal.removeEventListener('abort', onAbort);
    unsubscribe();
  }
}

/** Asked again for each entry: the application of a folder may not be up yet. */
function isInScope({ apps }: DaemonContext, { all, app, here }: InputOf<'GET /v1/events'>): (entry: JournalEntry) => boolean {
  if (all || (app === undefined && here === undefined)) return () => true;
  // What the daemon says of itself is for everybody, as in history.
  return (entry) => entry.app === null || entry.app === (app ?? appOfFile(apps, here));
}
