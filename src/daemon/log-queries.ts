/** Questions about logs: lines that are there, lines as they come, and what becomes of their files. */
import { PortsupError } from '../base/errors.js';
import type { Flushed, InputOf, LogLine } from '../control/contract.js';
import type { LineStream } from '../control/streams.js';
import type { Capture } from '../logs/capture.js';
import { followLogs } from '../logs/follow.js';
import { type Grep, grep } from '../logs/grep.js';
import type { LogFilter, RunWindow } from '../logs/join.js';
import { readNewest } from '../logs/read-newest.js';
import type { LogRecord } from '../logs/record.js';
import { isInScope } from './app-registry.js';
import type { DaemonContext } from './context.js';
import { type PlaceOfLog, placesOf } from './log-places.js';
import { logLinesJson } from './results.js';
import { sourceOfRun } from './run-lines.js';

type LogsQuery = InputOf<'GET /v1/logs'>;

/**
 * Lines of the selected services by time; with `follow` each new one as it comes.
 *
 * @throws PortsupError `USAGE` for a time or an expression that is none, `NOT_FOUND` for a name; `FAILED` when the expression takes too long.
 */
export async function logs(context: DaemonContext, query: LogsQuery, stream: LineStream<LogLine>): Promise<void> {
  const places = placesOf(context, query);
  const expression = query.grep === undefined ? undefined : await grep({ ...query, pattern: query.grep }, context.clock);
  try {
    const asked = {
      places,
      query: { ...filterOf(query, expression), lines: query.lines },
      which: query.previous ? 'previous' : query.run,
      // Whoever names services means these.
      isMeant: query.names.length > 0 ? undefined : ({ app }: Capture) => isInScope(context.apps, query, app),
    } as const;
    if (query.follow) await follow(context, asked, stream);
    else await readPast(context, asked, stream);
  } finally {
    expression?.close();
  }
}

interface Asked {
  /** Of one run only. */
  readonly which: number | 'previous' | undefined;
  readonly places: readonly PlaceOfLog[];
  readonly query: LogFilter & { readonly lines?: number | undefined };
  /** Is a service that appears later meant, too? Undefined: none is. */
  readonly isMeant: ((capture: Capture) => boolean) | undefined;
}

const filterOf = ({ stream, since, until }: LogsQuery, expression: Grep | undefined): LogFilter => ({
  stream,
  since: since === undefined ? undefined : timeOf('since', since),
  until: until === undefined ? undefined : timeOf('until', until),
  test: expression?.test,
});

function timeOf(name: string, text: string): number {
  const at = Date.parse(text);
  if (Number.isNaN(at)) throw new PortsupError('USAGE', `parameter "${name}" is "${text}"`, 'expected a time as in 2026-11-20T12:00:00Z');
  return at;
}

async function readPast(context: DaemonContext, { places, query, which }: Asked, stream: LineStream<LogLine>): Promise<void> {
  const all = places.flatMap(({ app, path }) => context.ports.logSource(app, path) ?? []);
  const sources = which === undefined ? all : await Promise.all(all.map((source) => sourceOfRun(context, source, which)));
  for await (const records of readNewest(sources, query)) {
    if (stream.signal.aborted) return;
    await writeAll(stream, records);
  }
}

async function follow(context: DaemonContext, { places, query, which, isMeant }: Asked, stream: LineStream<LogLine>): Promise<void> {
  const captures = places.flatMap(({ app, path }) => context.ports.capture(app, path) ?? []);
  if (which === 'previous')
    throw new PortsupError('USAGE', 'what a run said that has ended cannot be followed', 'leave out "--previous", or "--follow"');
  stream.open();
  const windows = which === undefined ? undefined : await windowsOf(context, captures, which);
  const onMore = isMeant && ((add: (capture: Capture) => void) => context.ports.captured.subscribe((one) => isMeant(one) && add(one)));
  for await (const { records, missed } of followLogs(captures, { ...query, run: which, windows, onMore }, stream.signal)) {
    await writeAll(stream, records);
    if (missed > 0) stream.write(missedLine(context, records.at(-1), missed));
  }
}

/** When the newest run with this number was, of each service. */
async function windowsOf(context: DaemonContext, captures: readonly Capture[], run: number): Promise<ReadonlyMap<Capture, RunWindow>> {
  const windows = new Map<Capture, RunWindow>();
  for (const capture of captures) {
    const { only } = await sourceOfRun(context, capture.source(), run);
    if (only) windows.set(capture, only);
  }
  return windows;
}

async function writeAll(stream: LineStream<LogLine>, records: readonly LogRecord[]): Promise<void> {
  if (records.length > 0 && !stream.writeJson(logLinesJson(records))) await stream.drained();
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

/** Deletes the older parts of the selected services' logs; without names those of the whole application, also of services that are there no more. */
export function flushLogs(context: DaemonContext, query: InputOf<'POST /v1/logs/flush'>): Flushed {
  const places = placesOf(context, query);
  const isWhole = query.names.length === 0;
  const apps = [...new Set(places.map(({ app }) => app))];
  const meant = isWhole ? apps.flatMap((app) => context.logs.all(app)) : places.map(({ app, path }) => context.logs.of(app, path));
  return { services: meant.length, ...context.logs.flush(meant) };
}

/** Opens the files that users have chosen for plain lines anew. */
export const reopenLogs = ({ ports }: DaemonContext): { readonly files: number } => ({ files: ports.reopenFiles() });
