import { linesBackwards, linesBackwardsSync } from '../base/read-backwards.js';
import { isWanted, joinPieces, type LinePieces, type LogFilter, type LogSource, type OpenLines, sizeOf } from './join.js';
import { type LogPiece, type LogRecord, type LogStream, MAX_JOINED_BYTES, parseRecord } from './record.js';

/** Which lines, and how many of the last ones over all sources. */
export interface TailQuery extends LogFilter, OpenLines {
  readonly lines: number;
}

/** So many files are read at once: enough to keep the disk busy, few enough to bound memory and open files. */
const FILES_AT_ONCE = 8;

/**
 * The last lines over several services, oldest first, merged by time; lines of one service always stand in the order
 * of its file. Files are read backwards and no further than needed. A source without a file has no lines.
 *
 * @throws the system's error when a file that is there cannot be read.
 */
export async function readLast(sources: readonly LogSource[], query: TailQuery): Promise<readonly LogRecord[]> {
  let found: readonly LogRecord[] = [];
  for (let start = 0; start < sources.length && query.lines > 0; start += FILES_AT_ONCE) {
    // Older than the oldest of enough lines: not wanted from the other files either.
    const notBefore = found.length >= query.lines ? (found[0]?.at ?? 0) : -Infinity;
    const some = sources.slice(start, start + FILES_AT_ONCE);
    const tails = await Promise.all(some.map((source) => readTail(source, { ...query, notBefore })));
    for (const [index, source] of some.entries()) {
      const lines = closedLines(source, tails[index] ?? [], query);
      found = mergeByTime(found, lines).slice(-query.lines);
    }
  }
  return found;
}

/** The last `count` lines of one service, oldest first, read at once: only for small counts. */
export function lastLinesNow(source: LogSource, count: number): readonly LogRecord[] {
  const tail = new Tail({ lines: count, notBefore: -Infinity });
  for (const batch of linesBackwardsSync(source)) {
    if (batch.some((line) => tail.isDoneWith(line))) break;
  }
  return tail.lines().map((pieces) => joinPieces(source, pieces));
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

/** The last lines of one source as the pieces they are made of, oldest first. */
async function readTail(source: LogSource, query: TailQuery & { readonly notBefore: number }): Promise<readonly LinePieces[]> {
  const tail = new Tail(query);
  for await (const batch of linesBackwards(source)) {
    if (batch.some((line) => tail.isDoneWith(line))) break;
  }
  return tail.lines();
}

/** The lines of a tail; those that are open go to `onOpenLine` instead, where there is one. */
function closedLines(source: LogSource, tail: readonly LinePieces[], { onOpenLine }: TailQuery): readonly LogRecord[] {
  const isOpen = (pieces: LinePieces): boolean =>
    pieces.at(-1)?.end === 'next-record' && pieces === tail.findLast(([{ stream }]) => stream === pieces[0].stream);
  const open = onOpenLine ? tail.filter(isOpen) : [];
  for (const pieces of open) onOpenLine?.(source, pieces);
  return tail.filter((pieces) => !open.includes(pieces)).map((pieces) => joinPieces(source, pieces));
}

/** A line while it is put together from its last piece backwards. */
interface Growing {
  pieces: LinePieces;
  /** Is an earlier piece of it known to stand before the ones found? */
  lacksStart: boolean;
}

/** Takes the lines of a file from the last to the first until it has as many as wanted, whole. */
class Tail {
  private readonly query: TailQuery & { readonly notBefore: number };
  /** Newest first, by where a line ends. */
  private readonly found: Growing[] = [];
  /** The earliest line of each stream, which the next piece may belong to; it may be one that is not wanted any more. */
  private readonly growing: Record<LogStream, Growing | null> = { out: null, err: null };

  constructor(query: TailQuery & { readonly notBefore: number }) {
    this.query = query;
  }

  /** Takes one line of the file, if it is a wanted record. Returns whether everything has been found. */
  isDoneWith(line: Buffer): boolean {
    const piece = parseRecord(line);
    if (!piece) return this.isComplete();
    const isTooOld = piece.at < this.query.notBefore;
    if (isWanted(piece, this.query)) this.take(piece, isTooOld);
    return isTooOld ? !this.lacksStart() : this.isComplete();
  }

  lines(): readonly LinePieces[] {
    return this.found.map(({ pieces }) => pieces).reverse();
  }

  private take(piece: LogPiece, isTooOld: boolean): void {
    const line = this.growing[piece.stream];
    if (line && isBefore(piece, line.pieces)) {
      line.pieces = [piece, ...line.pieces];
      line.lacksStart = piece.isContinuation && sizeOf(line.pieces) <= MAX_JOINED_BYTES;
      return;
    }
    const isTaken = !isTooOld && this.found.length < this.query.lines;
    const fresh = { pieces: [piece] as const, lacksStart: isTaken && piece.isContinuation };
    if (isTaken) this.found.push(fresh);
    this.growing[piece.stream] = fresh;
  }

  private isComplete(): boolean {
    return this.found.length >= this.query.lines && !this.lacksStart();
  }

  private lacksStart(): boolean {
    return this.growing.out?.lacksStart === true || this.growing.err?.lacksStart === true;
  }
}

/** Does the line that begins with `pieces` go back to `piece`, the record before it of the same stream? */
const isBefore = (piece: LogPiece, pieces: LinePieces): boolean =>
  piece.end === 'next-record' && piece.run === pieces[0].run && sizeOf(pieces) <= MAX_JOINED_BYTES;
