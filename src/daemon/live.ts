/** What goes on as long as the client listens: `logs`, `events`. */
import { PortsupError } from '../base/errors.js';
import type { EventLine, InputOf, LogLine } from '../control/contract.js';
import type { LineStream } from '../control/streams.js';
import type { JournalEntry } from '../journal/entry.js';
import { followLogs } from '../logs/follow.js';
import { readAll } from '../logs/read-all.js';
import type { LogRecord } from '../logs/record.js';
import { readLast } from '../logs/tail.js';
import { appOfFile } from './app-registry.js';
import type { DaemonContext } from './context.js';
import { selected } from './queries.js';
import { logLineOf } from './results.js';
import { isServicePlace } from './view.js';

/** Events that may wait for a client that reads slowly, before it is cut off. */
const MAX_WAITING_EVENTS = 1_000;

/** Lines of the selected services by time; with `follow` each new one as it comes. */
export async function logs(context: DaemonContext, query: InputOf<'GET /v1/logs'>, stream: LineStream<LogLine>): Promise<void> {
  const captures = selected(context, query, false)
    .filter(isServicePlace)
    .flatMap(({ app, path }) => context.ports.capture(app, path) ?? []);
  const { lines, run } = query;
  const filter = { stream: query.stream, run };
  if (query.follow) {
    stream.open();
    for await (const { records, missed } of followLogs(captures, { ...filter, lines }, stream.signal)) {
      await writeAll(stream, records);
      if (missed > 0) stream.write(missedLine(context, records.at(-1), missed));
    }
    return;
  }
  const sources = captures.map((capture) => capture.source());
  if (lines !== undefined) return writeAll(stream, await readLast(sources, { ...filter, lines }));
  for await (const records of readAll(sources, filter)) {
    if (stream.signal.aborted) return;
    await writeAll(stream, records);
  }
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
  const only = query.all ? undefined : (query.app ?? appOfFile(context.apps, query.here));
  const waiting: JournalEntry[] = [];
  let wake = (): void => undefined;
  const unsubscribe = context.feed.subscribe((entry) => {
    if (only !== undefined && entry.app !== only) return;
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
