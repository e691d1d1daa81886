/** What goes on as long as the client listens: `logs`, `events`. */
import { PortsupError } from '../base/errors.js';
import type { EventLine, InputOf, LogLine } from '../control/contract.js';
import type { LineStream } from '../control/streams.js';
import type { JournalEntry } from '../journal/entry.js';
import { type FollowQuery, followLogs } from '../logs/follow.js';
import { readNewest } from '../logs/read-newest.js';
import type { LogRecord } from '../logs/record.js';
import { appOfFile } from './app-registry.js';
import type { DaemonContext } from './context.js';
import { selected } from './queries.js';
import { logLineOf } from './results.js';
import { isServicePlace, type Placed } from './view.js';

/** Events that may wait for a client that reads slowly, before it is cut off. */
const MAX_WAITING_EVENTS = 1_000;

/** Lines of the selected services by time; with `follow` each new one as it comes. */
export async function logs(context: DaemonContext, query: InputOf<'GET /v1/logs'>, stream: LineStream<LogLine>): Promise<void> {
  const { lines, run } = query;
  const filter = { stream: query.stream, run };
  const places = placesOf(context, query);
  if (query.follow) return follow(context, { places, lines, ...filter }, stream);
  const sources = places.flatMap(({ app, path }) => context.ports.logSource(app, path) ?? []);
  for await (const records of readNewest(sources, { ...filter, lines })) {
    if (stream.signal.aborted) return;
    await writeAll(stream, records);
  }
}

type PlaceOfLog = Pick<Placed, 'app' | 'path'>;

async function follow(
  context: DaemonContext,
  { places, ...query }: FollowQuery & { readonly places: readonly PlaceOfLog[] },
  stream: LineStream<LogLine>,
): Promise<void> {
  const captures = places.flatMap(({ app, path }) => context.ports.capture(app, path) ?? []);
  stream.open();
  for await (const { records, missed } of followLogs(captures, query, stream.signal)) {
    await writeAll(stream, records);
    if (missed > 0) stream.write(missedLine(context, records.at(-1), missed));
  }
}

/** The services that are meant; of one that is there no more (an instance that has ended) the log may still be. */
function placesOf(context: DaemonContext, query: InputOf<'GET /v1/logs'>): readonly PlaceOfLog[] {
  if (query.names.length === 0) return selected(context, query, false).filter(isServicePlace);
  const app = query.app ?? appOfFile(context.apps, query.here);
  return query.names.flatMap((name): readonly PlaceOfLog[] => {
    try {
      return selected(context, { ...query, names: [name] }, false).filter(isServicePlace);
    } catch (error) {
      const isGone = error instanceof PortsupError && error.code === 'NOT_FOUND';
      if (!isGone || app === undefined || !context.ports.logSource(app, name)) throw error;
      return [{ app, path: name }];
    }
  });
}

async function writeAll(stream: LineStream<LogLine>, records: readonly LogRecord[]): Promise<void> {
  for (const record of records) if (!stream.write(logLineOf(record))) await stream.drained();
}

/** Told to a reader that was too slow, between the lines it did get. */
const missedLine = ({ clock }: DaemonContext, last: LogRecord | undefined, missed: number): LogLine => ({
  at: clock.wallTime(clock.now()).toISOString(),
  app: last?.app ?? '',
  path: last?.path ?? '',
  run: last?.run ?? 0,
  stream: 'err',
  text: `portsup: ${missed} lines were not read in time and are missing here; they are in the log`,
});

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
