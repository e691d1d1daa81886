import { isInTime, isWanted, joinPieces, type LinePieces, type LogFilter, type LogSource, type OpenLines } from './join.js';
import { CLOCK_STEP_MS } from './log-file.js';
import { partBackward } from './pieces.js';
import { type LogPiece, type LogRecord, type LogStream, MAX_JOINED_BYTES } from './record.js';

/** Which lines, and how many of the last ones over all sources. */
export interface TailQuery extends LogFilter, OpenLines {
  readonly lines: number;
}

/** So many files are read at once: enough to keep the disk busy, few enough to bound memory and open files. */
const FILES_AT_ONCE = 8;

/**
 * The last lines over several services, oldest first, merged by time; lines of one service always stand in the order
 * of its log. Logs are read backwards and no further than needed. A source without a file has no lines.
 *
 * @throws the system's error when a file that is there cannot be read.
 */
export async function readLast(sources: readonly LogSource[], query: TailQuery): Promise<readonly LogRecord[]> {
  let found: readonly LogRecord[] = [];
  for (let start = 0; start < sources.length && query.lines > 0; start += FILES_AT_ONCE) {
    // Older than the oldest of enough lines: not wanted from the other files either.
    const oldest = found.length >= query.lines ? found[0]?.at : undefined;
    const since = oldest === undefined ? query.since : Math.max(oldest, query.since ?? oldest);
    const some = sources.slice(start, start + FILES_AT_ONCE);
    const tails = await Promise.all(some.map((source) => readTail(source, { ...query, since })));
    for (const tail of tails) found = mergeByTime(found, tail).slice(-query.lines);
  }
  return found;
}

/** Two lists merged by time: neither changes its own order, and of equal times the first list's comes first. */
function mergeByTime(first: readonly LogRecord[], second: readonly LogRecord[]): readonly LogRecord[] {
  if (first.length === 0) return second;
  const merged: LogRecord[] = [];
  let next = 0;
  for (const record of first) {
    for (let other = second[next]; other && other.at < record.at; other = second[next]) {
      merged.push(other);
      next += 1;
    }
    merged.push(record);
  }
  return [...merged, ...second.slice(next)];
}

/** The last lines of one source, oldest first. */
async function readTail(source: LogSource, query: TailQuery): Promise<readonly LogRecord[]> {
  const tail = new Tail(source, query);
  for (const part of source.parts.toReversed()) {
    let progress: Progress = 'goes on';
    for await (const batch of partBackward(source, part, query)) {
      progress = await tail.take(batch);
      if (progress !== 'goes on') break;
    }
    if (progress === 'has all') break;
  }
  return tail.lines();
}

/** After some of a part: read on, leave the rest of the part, or read no more. */
type Progress = 'goes on' | 'is past' | 'has all';

/** A line while it is put together from its last piece backwards. */
interface Growing {
  /** Newest first, by where a line ends. */
  readonly rank: number;
  /** Newest first; grown in place, as a program may write a line byte by byte. */
  readonly pieces: [LogPiece, ...LogPiece[]];
  bytes: number;
  /** Is an earlier piece of it known to stand before the ones found? */
  lacksStart: boolean;
  /** Has what stands before it in its stream been seen? */
  isSettled: boolean;
  /** Does it leave the log open, so that it goes on in what follows? Only the last line of a stream does. */
  readonly isOpen: boolean;
}

/** Takes the pieces of a log from the last to the first until it has as many lines as wanted, whole. */
class Tail {
  private readonly source: LogSource;
  private readonly query: TailQuery;
  private count = 0;
  /** Those of which it is not known whether they pass; without a test all that are wanted. */
  private found: Growing[] = [];
  private readonly passed: { readonly rank: number; readonly record: LogRecord }[] = [];
  /** The earliest line of each stream, which the next piece may belong to; it may be one that is not wanted any more. */
  private readonly growing: Record<LogStream, Growing | null> = { out: null, err: null };

  constructor(source: LogSource, query: TailQuery) {
    this.source = source;
    this.query = query;
  }

  /** Takes a batch of a part, newest first. */
  async take(batch: readonly LogPiece[]): Promise<Progress> {
    const { since = -Infinity, lines, test } = this.query;
    for (const piece of batch) {
      if (isWanted(piece, this.query)) this.takePiece(piece);
      if (this.lacksStart()) continue;
      if (!test && this.count >= lines) return 'has all';
      // Times grow within a part, but for small steps. What is before the part may be younger all the same: if the clock was set back.
      if (piece.at < since - CLOCK_STEP_MS) return 'is past';
    }
    // Made a line at once: its pieces hold the whole block that they were read with.
    const isDecided = (line: Growing): boolean => line.isSettled && !line.isOpen;
    const decided = this.found.filter(isDecided);
    this.found = this.found.filter((line) => !isDecided(line));
    await this.pass(decided);
    return this.passed.length >= lines && !this.lacksStart() ? 'has all' : 'goes on';
  }

  async lines(): Promise<readonly LogRecord[]> {
    const { lines, onOpenLine } = this.query;
    const open = onOpenLine ? this.found.filter(({ isOpen }) => isOpen) : [];
    for (const line of open) onOpenLine?.(this.source, inOrder(line));
    await this.pass(this.found.filter((line) => !open.includes(line)));
    const newest = this.passed.sort((left, right) => left.rank - right.rank).slice(0, lines);
    return newest.map(({ record }) => record).reverse();
  }

  private async pass(lines: readonly Growing[]): Promise<void> {
    if (lines.length === 0) return;
    const records = lines.map((line) => joinPieces(this.source, inOrder(line)));
    const passes = await this.query.test?.(records.map(({ text }) => text));
    for (const [index, record] of records.entries()) {
      if (passes?.[index] ?? true) this.passed.push({ rank: lines[index]?.rank ?? 0, record });
    }
  }

  private takePiece(piece: LogPiece): void {
    const { stream } = piece;
    const line = this.growing[stream];
    if (line && isBefore(piece, line)) {
      line.pieces.push(piece);
      line.bytes += piece.bytes.length;
      line.lacksStart = piece.isContinuation && line.bytes <= MAX_JOINED_BYTES;
      return;
    }
    if (line) line.isSettled = true;
    const isTaken = isInTime(piece.at, this.query) && (this.query.test !== undefined || this.count < this.query.lines);
    const lacksStart = isTaken && piece.isContinuation;
    const isOpen = line === null && piece.end === 'next-piece';
    const fresh: Growing = { rank: this.count, pieces: [piece], bytes: piece.bytes.length, lacksStart, isSettled: false, isOpen };
    if (isTaken) {
      this.count += 1;
      this.found.push(fresh);
    }
    this.growing[stream] = fresh;
  }

  private lacksStart(): boolean {
    return this.growing.out?.lacksStart === true || this.growing.err?.lacksStart === true;
  }
}

function inOrder({ pieces }: Growing): LinePieces {
  const [last, ...earlier] = pieces;
  const [first, ...rest] = earlier.reverse();
  return first ? [first, ...rest, last] : [last];
}

/** Does what is known of a line go back to `piece`, the piece before it of the same stream? */
const isBefore = (piece: LogPiece, { pieces, bytes }: Growing): boolean =>
  piece.end === 'next-piece' && piece.run === pieces[0].run && bytes <= MAX_JOINED_BYTES;
