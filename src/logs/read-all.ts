import { isWanted, type LogFilter, type LogSource, lineJoiner, type OpenLines, wantedLines } from './join.js';
import { logForward } from './pieces.js';
import type { LogRecord } from './record.js';

/** So many lines are given out at once. */
const BATCH_LINES = 512;
/** Every file of a merge holds a block: all of them together so much, but none less than the least. */
const BLOCKS_BYTES = 1024 * 1024;
const LEAST_BLOCK_BYTES = 16 * 1024;
const MOST_BLOCK_BYTES = 256 * 1024;

/** Which lines. */
export interface ReadAllQuery extends LogFilter, OpenLines {}

/** One source in the merge: the lines of it that are next. */
interface Head {
  readonly batches: AsyncGenerator<readonly LogRecord[]>;
  batch: readonly LogRecord[];
  next: number;
}

/**
 * All lines over several services in batches, oldest first, merged as `readLast` does. Memory: one block a source,
 * whatever the files hold. Ending the iteration closes the files.
 *
 * @throws the system's error when a file that is there cannot be read.
 */
export async function* readAll(sources: readonly LogSource[], query: ReadAllQuery = {}): AsyncGenerator<readonly LogRecord[]> {
  const blockBytes = Math.min(MOST_BLOCK_BYTES, Math.max(LEAST_BLOCK_BYTES, Math.floor(BLOCKS_BYTES / sources.length)));
  const heads: Head[] = sources.map((source) => ({ batches: readSource(source, { ...query, blockBytes }), batch: [], next: 0 }));
  try {
    const open = new Set<Head>();
    for (const head of heads) if (await refill(head)) open.add(head);
    let batch: LogRecord[] = [];
    while (open.size > 0) {
      const { head, until } = earliest(open);
      takeUntil(head, until, batch);
      if (head.next >= head.batch.length && !(await refill(head))) open.delete(head);
      if (batch.length >= BATCH_LINES || open.size === 0) {
        yield batch;
        batch = [];
      }
    }
  } finally {
    for (const head of heads) await head.batches.return(undefined);
  }
}

/** The source whose next line is the oldest, and the time up to which it stays so. */
function earliest(open: ReadonlySet<Head>): { readonly head: Head; readonly until: number } {
  let [head] = open;
  if (!head) throw new Error('a merge of nothing');
  let until = Infinity;
  for (const other of open) {
    if (other === head) continue;
    if (timeOf(other) < timeOf(head)) {
      until = timeOf(head);
      head = other;
    } else until = Math.min(until, timeOf(other));
  }
  return { head, until };
}

const timeOf = (head: Head): number => head.batch[head.next]?.at ?? Infinity;

/** Moves the lines of `head` that are older than `until`, and at least one, to `batch`. */
function takeUntil(head: Head, until: number, batch: LogRecord[]): void {
  do {
    const record = head.batch[head.next];
    if (record) batch.push(record);
    head.next += 1;
  } while (timeOf(head) < until && batch.length < BATCH_LINES);
}

async function refill(head: Head): Promise<boolean> {
  const { value, done } = await head.batches.next();
  head.batch = done ? [] : value;
  head.next = 0;
  return !done;
}

/** The lines of one source in batches, none of them empty. */
async function* readSource(source: LogSource, query: ReadAllQuery & { readonly blockBytes: number }): AsyncGenerator<readonly LogRecord[]> {
  let batch: LogRecord[] = [];
  const joiner = lineJoiner(source, (record) => {
    batch.push(record);
  });
  for await (const pieces of logForward(source, query, query.blockBytes)) {
    for (const piece of pieces) if (isWanted(piece, query)) joiner.push(piece);
    const wanted = await wantedLines(batch, query);
    batch = [];
    if (wanted.length > 0) yield wanted;
  }
  if (query.onOpenLine) for (const pieces of joiner.takeOpen()) query.onOpenLine(source, pieces);
  joiner.end();
  const wanted = await wantedLines(batch, query);
  if (wanted.length > 0) yield wanted;
}
