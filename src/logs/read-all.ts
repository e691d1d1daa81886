import { createReadStream } from 'node:fs';
import { errnoOf } from '../base/errors.js';
import { isWanted, type LogFilter, type LogSource, lineJoiner, type OpenLines } from './join.js';
import { type LogRecord, parseRecord } from './record.js';

const NEWLINE = 0x0a;
/** Small, because every file of a merge holds one. */
const BLOCK_BYTES = 32 * 1024;
/** No record of ours is longer; what is longer is foreign and dropped, so that memory stays bounded. */
const MAX_RECORD_BYTES = 128 * 1024;
/** So many lines are given out at once. */
const BATCH_LINES = 512;

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
  const heads: Head[] = sources.map((source) => ({ batches: readSource(source, query), batch: [], next: 0 }));
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
async function* readSource(source: LogSource, query: ReadAllQuery): AsyncGenerator<readonly LogRecord[]> {
  let batch: LogRecord[] = [];
  const joiner = lineJoiner(source, (record) => {
    batch.push(record);
  });
  for await (const lines of linesOf(source)) {
    for (const line of lines) {
      const piece = parseRecord(line);
      if (piece && isWanted(piece, query)) joiner.push(piece);
    }
    if (batch.length > 0) yield batch;
    batch = [];
  }
  if (query.onOpenLine) for (const pieces of joiner.takeOpen()) query.onOpenLine(source, pieces);
  joiner.end();
  if (batch.length > 0) yield batch;
}

/** The lines of a file from the first to the last, in batches, without their newlines; the last one also without having one. */
async function* linesOf(source: LogSource): AsyncGenerator<readonly Buffer[]> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const block of blocksOf(source)) {
    const lines: Buffer[] = [];
    const bytes = rest.length === 0 ? block : Buffer.concat([rest, block]);
    let start = 0;
    for (let end = bytes.indexOf(NEWLINE); end >= 0; end = bytes.indexOf(NEWLINE, start)) {
      lines.push(bytes.subarray(start, end));
      start = end + 1;
    }
    rest = bytes.subarray(start);
    // Its head goes with the rest: what remains of it is no record either.
    if (rest.length > MAX_RECORD_BYTES) rest = Buffer.alloc(0);
    yield lines;
  }
  yield [rest];
}

async function* blocksOf(source: LogSource): AsyncGenerator<Buffer> {
  // `end` of a stream is the last byte that is read, so an empty part of a file cannot be said.
  if (source.end !== 0) {
    const options = { highWaterMark: BLOCK_BYTES, ...(source.end === undefined ? {} : { end: source.end - 1 }) };
    try {
      for await (const block of createReadStream(source.file, options)) yield block as Buffer;
    } catch (error) {
      if (errnoOf(error) !== 'ENOENT') throw error;
    }
  }
  if (source.unwritten) yield source.unwritten;
}
