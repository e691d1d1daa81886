/**
 * Cuts a stream of bytes into lines, whatever chunks it arrives in. A line longer than {@link MAX_LINE_BYTES}
 * becomes several pieces of exactly that size and a last one that is not empty. No byte is looked at but the newline.
 */

/** The longest piece of a line in bytes, without its newline. */
export const MAX_LINE_BYTES = 64 * 1024;

const NEWLINE = 0x0a;

/**
 * What a record says about its piece of a line: "-" it goes on from the record before it of the same stream, "+" it
 * goes on in the next one, "." it ended without a newline; "" is a whole line.
 */
export type LineMark = '' | '+' | '.' | '-' | '-+' | '-.';

/** Where a stream stands: the beginning of a line whose end has not come yet. */
export interface OpenLine {
  /** Its bytes so far that have not been given out; null: none. */
  bytes: Buffer | null;
  /** Have pieces of it been given out already? */
  isSplit: boolean;
}

/**
 * Takes one piece, or with mark "" any number of whole lines separated by newlines (none after the last).
 * `bytes` may be a part of a buffer that is used again: it must not be kept.
 */
export type LineSink = (mark: LineMark, bytes: Buffer) => void;

/** A stream at its beginning. */
export const openLine = (): OpenLine => ({ bytes: null, isSplit: false });

/** Gives `sink` all pieces that `chunk` completes, in order, and keeps the rest in `line`. */
export function takeBytes(line: OpenLine, chunk: Buffer, sink: LineSink): void {
  // Blocks of whole lines go out unlooked at: no line inside one may be too long, so no block may be longer than a line may.
  for (let start = 0; start < chunk.length; start += MAX_LINE_BYTES) {
    takeBlock(line, chunk.subarray(start, start + MAX_LINE_BYTES), sink);
  }
}

/** The stream's program has ended: gives `sink` the line that has no newline, if there is one. */
export function endLine(line: OpenLine, sink: LineSink): void {
  if (line.bytes !== null || line.isSplit) sink(line.isSplit ? '-.' : '.', line.bytes ?? NOTHING);
  line.bytes = null;
  line.isSplit = false;
}

/** Gives `sink` the beginning of the line that has not ended yet: nothing is kept, so that nothing is lost with who keeps it. */
export function giveBeginning(line: OpenLine, sink: LineSink): void {
  if (line.bytes === null) return;
  sink(line.isSplit ? '-+' : '+', line.bytes);
  line.bytes = null;
  line.isSplit = true;
}

const NOTHING = Buffer.alloc(0);

function takeBlock(line: OpenLine, block: Buffer, sink: LineSink): void {
  let start = 0;
  if (line.bytes !== null || line.isSplit) {
    const begun = line.bytes ?? NOTHING;
    const end = block.indexOf(NEWLINE);
    if (end < 0) {
      keep(line, Buffer.concat([begun, block]), sink);
      return;
    }
    const rest = givePieces(line, Buffer.concat([begun, block.subarray(0, end)]), sink);
    sink(line.isSplit ? '-' : '', rest);
    line.bytes = null;
    line.isSplit = false;
    start = end + 1;
  }
  const last = block.lastIndexOf(NEWLINE);
  if (last >= start) {
    sink('', block.subarray(start, last));
    start = last + 1;
  }
  // A copy: the block is a part of a buffer that is about to be overwritten.
  if (start < block.length) line.bytes = Buffer.from(block.subarray(start));
}

function keep(line: OpenLine, bytes: Buffer, sink: LineSink): void {
  const rest = givePieces(line, bytes, sink);
  line.bytes = rest.length === bytes.length ? rest : Buffer.from(rest);
}

/** Gives out pieces of full length while something remains behind them, and returns what remains: never nothing. */
function givePieces(line: OpenLine, bytes: Buffer, sink: LineSink): Buffer {
  let rest = bytes;
  while (rest.length > MAX_LINE_BYTES) {
    sink(line.isSplit ? '-+' : '+', rest.subarray(0, MAX_LINE_BYTES));
    line.isSplit = true;
    rest = rest.subarray(MAX_LINE_BYTES);
  }
  return rest;
}
