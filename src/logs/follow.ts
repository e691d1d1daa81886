import type { Capture } from './capture.js';
import {
  isWanted,
  type LineJoiner,
  type LogFilter,
  type LogSource,
  lineJoiner,
  type OpenLines,
  type RunWindow,
  wantedLines,
} from './join.js';
import { PieceQueue } from './piece-queue.js';
import { readNewest } from './read-newest.js';
import type { LogRecord } from './record.js';

/** Lines in the order to show them, and how many are missing after them because nobody asked for them in time. */
export interface LogBatch {
  readonly records: readonly LogRecord[];
  readonly missed: number;
}

/** What to begin with and what to wait for. */
export interface FollowQuery extends LogFilter {
  /** How many of the last lines over all services come first; undefined: all there are. */
  readonly lines?: number | undefined;
  /** Of what is there only what one run of a service said, as its number may have been another's. Default: all. */
  readonly windows?: ReadonlyMap<Capture, RunWindow> | undefined;
  /** Services that appear later are followed, too: has `add` called with each, and returns what ends that. Default: none are. */
  readonly onMore?: ((add: (capture: Capture) => void) => () => void) | undefined;
}

/**
 * The last lines of several services, merged by time, and then each new line as it comes; none is lost between
 * the two, none comes twice, none is torn. Ends when `signal` says so; batches are never empty. A reader that
 * does not ask for the next batch in time is told how many lines it missed; it never slows a service nor grows the
 * daemon. What is there is what was there when the first batch was asked for.
 *
 * @throws the system's error when a log file that is there cannot be read.
 */
export async function* followLogs(captures: readonly Capture[], query: FollowQuery, signal: AbortSignal): AsyncGenerator<LogBatch> {
  const queue = new PieceQueue();
  const records: LogRecord[] = [];
  const joiners = new Map<LogSource, LineJoiner>();
  const unwatch: (() => void)[] = [];
  // Nothing is captured while this loop runs: what is watched follows exactly on what is in the sources.
  const watch = (capture: Capture): LineJoiner => {
    const joiner = lineJoiner(capture, (record) => {
      records.push(record);
    });
    unwatch.push(
      capture.watch((piece) => {
        if (isWanted(piece, query)) queue.push(joiner, piece);
      }),
    );
    return joiner;
  };
  for (const capture of captures) joiners.set({ ...capture.source(), only: query.windows?.get(capture) }, watch(capture));
  unwatch.push(query.onMore?.((capture) => watch(capture)) ?? ((): void => undefined));
  try {
    for await (const past of readPast(joiners, query)) {
      if (signal.aborted) return;
      if (past.length > 0) yield { records: past, missed: 0 };
    }
    while (await queue.waitForMore(signal)) {
      const missed = queue.takeAll();
      const wanted = await wantedLines(records.splice(0), query);
      if (wanted.length > 0 || missed > 0) yield { records: wanted, missed };
    }
  } finally {
    for (const end of unwatch) end();
  }
}

/** What was there before; a line that is open at its end goes to the joiner, which will see the rest of it. */
async function* readPast(joiners: ReadonlyMap<LogSource, LineJoiner>, query: FollowQuery): AsyncGenerator<readonly LogRecord[]> {
  const sources = [...joiners.keys()];
  const onOpenLine: OpenLines['onOpenLine'] = (source, pieces) => {
    for (const piece of pieces) joiners.get(source)?.push(piece);
  };
  yield* readNewest(sources, { ...query, onOpenLine });
}
