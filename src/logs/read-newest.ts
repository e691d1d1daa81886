import type { LogFilter, LogSource, OpenLines } from './join.js';
import { readAll } from './read-all.js';
import type { LogRecord } from './record.js';
import { readLast } from './tail.js';

/** Up to here lines are held together; for more, files are read from their beginning, so that no wish for lines fills the memory. */
const MOST_HELD_LINES = 10_000;

/** Which lines; `lines`: so many of the last ones over all sources, undefined: all. */
export interface NewestQuery extends LogFilter, OpenLines {
  readonly lines?: number | undefined;
}

/**
 * The last lines over several services in batches, oldest first, merged by time. Memory is bounded whatever is asked for.
 *
 * @throws the system's error when a file that is there cannot be read.
 */
export async function* readNewest(sources: readonly LogSource[], query: NewestQuery): AsyncGenerator<readonly LogRecord[]> {
  const { lines } = query;
  if (lines !== undefined && lines <= MOST_HELD_LINES) {
    yield await readLast(sources, { ...query, lines });
    return;
  }
  let tooOld = lines === undefined ? 0 : (await count(sources, query)) - lines;
  for await (const batch of readAll(sources, query)) {
    if (tooOld < batch.length) yield tooOld > 0 ? batch.slice(tooOld) : batch;
    tooOld -= batch.length;
  }
}

/** How many lines there are; open ones count only where they are shown as lines. */
async function count(sources: readonly LogSource[], query: NewestQuery): Promise<number> {
  let total = 0;
  const onOpenLine = query.onOpenLine && ((): void => undefined);
  for await (const batch of readAll(sources, { ...query, onOpenLine })) total += batch.length;
  return total;
}
