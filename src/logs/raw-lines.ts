/** Reads what a program has written itself: lines, of which nothing is known but when the last was written. */
import type { ByteSource } from './byte-source.js';
import { type LogPiece, MAX_PIECE_BYTES } from './record.js';

const NEWLINE = 0x0a;

/** What is read, and when it was written last. */
export interface RawLines {
  readonly bytes: ByteSource;
  readonly at: number;
  /** So much is read at once. */
  readonly blockBytes: number;
}

/** The lines of a raw file in batches, first to last; a long one comes in pieces. */
export async function* rawForward({ bytes, at, blockBytes }: RawLines): AsyncGenerator<readonly LogPiece[]> {
  let rest: Buffer = Buffer.alloc(0);
  let isContinuation = false;
  for (let position = 0; position < bytes.size; ) {
    const block = await bytes.read(position, blockBytes);
    if (block.length === 0) break;
    position += block.length;
    const window = rest.length === 0 ? block : Buffer.concat([rest, block]);
    const pieces: LogPiece[] = [];
    let start = 0;
    for (let end = window.indexOf(NEWLINE); end >= 0; end = window.indexOf(NEWLINE, start)) {
      pieces.push(piece(at, window.subarray(start, end), { isContinuation, end: 'newline' }));
      isContinuation = false;
      start = end + 1;
    }
    rest = window.subarray(start);
    const isLast = position >= bytes.size;
    if (rest.length > MAX_PIECE_BYTES || (isLast && (rest.length > 0 || isContinuation))) {
      pieces.push(piece(at, rest, { isContinuation, end: isLast ? 'newline' : 'next-piece' }));
      isContinuation = !isLast;
      rest = Buffer.alloc(0);
    }
    if (pieces.length > 0) yield pieces;
  }
}

/** The same, last to first. */
export async function* rawBackward({ bytes, at, blockBytes }: RawLines): AsyncGenerator<readonly LogPiece[]> {
  let window: Buffer = Buffer.alloc(0);
  // The end of the line that the window ends with; null: it ends with a newline, which is that of the line before it.
  let end: LogPiece['end'] | null = null;
  for (let position = bytes.size; position > 0; ) {
    const length = Math.min(blockBytes, position);
    position -= length;
    const block = await bytes.read(position, length);
    window = window.length === 0 ? block : Buffer.concat([block, window]);
    const pieces: LogPiece[] = [];
    for (;;) {
      if (end === null) {
        if (window.at(-1) === NEWLINE) window = window.subarray(0, -1);
        end = 'newline';
      }
      const newline = window.lastIndexOf(NEWLINE);
      if (newline < 0) break;
      pieces.push(piece(at, window.subarray(newline + 1), { isContinuation: false, end }));
      window = window.subarray(0, newline + 1);
      end = null;
    }
    if (position === 0 || window.length > MAX_PIECE_BYTES) {
      pieces.push(piece(at, window, { isContinuation: position > 0, end }));
      window = Buffer.alloc(0);
      end = 'next-piece';
    }
    if (pieces.length > 0) yield pieces;
  }
}

const piece = (at: number, bytes: Buffer, { isContinuation, end }: Pick<LogPiece, 'isContinuation' | 'end'>): LogPiece => ({
  at,
  run: 0,
  stream: 'out',
  isContinuation,
  end,
  bytes,
});
