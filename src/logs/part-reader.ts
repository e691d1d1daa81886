/** Reads a part of a log, in either direction, without ever holding more of it than a block. */
import type { ByteSource } from './byte-source.js';
import { rawBackward, rawForward } from './raw-lines.js';
import { blockEndIn, type Heading, type LogPiece, MAX_HEAD_BYTES, MAX_UNIT_BYTES, parseHeading, piecesOf, sealIn } from './record.js';

const NEWLINE = 0x0a;
/** The first block holds the last 50 lines of most services; whoever wants more gets larger blocks. */
const FIRST_BLOCK_BYTES = 16 * 1024;
const BLOCK_BYTES = 256 * 1024;

/** A part of a log that is being read. Whoever has it calls `bytes.close`. */
export interface OpenPart {
  readonly bytes: ByteSource;
  readonly seal: string | null;
  /** Null: it holds records and blocks. Else a program has written it itself: each line is one, and this is when it wrote last. */
  readonly rawAt: number | null;
}

/** Positions in a part, each the beginning of a record or block, or its end. */
export interface Range {
  readonly start: number;
  readonly end: number;
}

/** A part that portsup wrote. */
export async function readSeal(bytes: ByteSource): Promise<OpenPart> {
  const head = await bytes.read(0, MAX_HEAD_BYTES);
  const end = head.indexOf(NEWLINE);
  return { bytes, seal: end < 0 ? null : sealIn(head.toString('latin1', 0, end)), rawAt: null };
}

/** All of a part. */
export const wholeOf = ({ bytes }: OpenPart): Range => ({ start: 0, end: bytes.size });

/** The pieces of a part in batches, first to last. `blockBytes`: so much is read at once. */
export const piecesForward = (part: OpenPart, range: Range, blockBytes: number = BLOCK_BYTES): AsyncGenerator<readonly LogPiece[]> =>
  part.rawAt === null ? unitsForward(part, range, blockBytes) : rawForward({ bytes: part.bytes, at: part.rawAt, blockBytes });

/** The same, last to first. */
export const piecesBackward = (part: OpenPart, range: Range): AsyncGenerator<readonly LogPiece[]> =>
  part.rawAt === null ? unitsBackward(part, range) : rawBackward({ bytes: part.bytes, at: part.rawAt, blockBytes: BLOCK_BYTES });

async function* unitsForward(part: OpenPart, { start, end }: Range, blockBytes: number): AsyncGenerator<readonly LogPiece[]> {
  let rest: Buffer = Buffer.alloc(0);
  for (let position = start; position < end; ) {
    const block = await part.bytes.read(position, Math.min(blockBytes, end - position));
    if (block.length === 0) break;
    position += block.length;
    const window = rest.length === 0 ? block : Buffer.concat([rest, block]);
    const { pieces, taken } = takePieces(part, window, position >= end);
    // What is longer without a newline is foreign: dropped, so that memory stays bounded. What remains of it is no record either.
    rest = window.length - taken > 2 * MAX_UNIT_BYTES ? Buffer.alloc(0) : window.subarray(taken);
    if (pieces.length > 0) yield pieces;
  }
}

async function* unitsBackward(part: OpenPart, range: Range): AsyncGenerator<readonly LogPiece[]> {
  let window: Buffer = Buffer.alloc(0);
  let wanted = FIRST_BLOCK_BYTES;
  for (let position = range.end; position > range.start; ) {
    const length = Math.min(wanted, position - range.start);
    position -= length;
    const block = await part.bytes.read(position, length);
    window = window.length === 0 ? block : Buffer.concat([block, window]);
    const { pieces, left } = takeLastPieces(part, window, position === range.start);
    window = left > 2 * MAX_UNIT_BYTES ? Buffer.alloc(0) : window.subarray(0, left);
    if (pieces.length > 0) yield pieces;
    wanted = BLOCK_BYTES;
  }
}

/** What a line in a window says, if it begins a record or block. */
export function headingAt({ seal }: OpenPart, window: Buffer, { start, end }: Range): Heading | undefined {
  return parseHeading(window.toString('latin1', start, Math.min(end, start + MAX_HEAD_BYTES + 1)), seal);
}

/** The pieces at the beginning of a window, and how much of it they are. */
function takePieces(part: OpenPart, window: Buffer, isLast: boolean): { readonly pieces: LogPiece[]; readonly taken: number } {
  const pieces: LogPiece[] = [];
  let start = 0;
  for (let end = window.indexOf(NEWLINE); end >= 0; end = window.indexOf(NEWLINE, start)) {
    const heading = headingAt(part, window, { start, end });
    if (!heading || heading.blockBytes === null) {
      if (heading) pieces.push(...piecesOf(heading, window.subarray(start + heading.start, end)));
      start = end + 1;
      continue;
    }
    const block = blockAt(window, { start: end + 1, length: heading.blockBytes, seal: part.seal ?? '' }, isLast);
    if (block === 'cut') break;
    if (block) pieces.push(...blockPieces(heading, block.raw));
    start = block ? block.end : end + 1;
  }
  return { pieces, taken: start };
}

/** Of a block that was torn before its first byte nothing is there, not even an empty line; and whatever is there goes on in nothing. */
function blockPieces(heading: Heading, raw: Buffer): LogPiece[] {
  if (heading.blockBytes === null || raw.length === heading.blockBytes) return piecesOf(heading, raw);
  return raw.length === 0 ? [] : piecesOf({ ...heading, end: 'exit' }, raw);
}

interface BlockPlace {
  readonly start: number;
  readonly length: number;
  readonly seal: string;
}

/** The bytes of a block and where it ends; `cut`: the window may end before it does; undefined: it has no end. */
function blockAt(
  window: Buffer,
  { start, length, seal }: BlockPlace,
  isLast: boolean,
): { readonly raw: Buffer; readonly end: number } | 'cut' | undefined {
  const after = `\n#${length}.${seal}\n`;
  const usual = start + length + after.length;
  if (window.toString('latin1', start + length, usual) === after) return { raw: window.subarray(start, start + length), end: usual };
  if (window.length < usual + MAX_HEAD_BYTES && !isLast) return 'cut';
  // It was torn, and ended by whoever wrote next, with the length that it has.
  const sealed = window.indexOf(`.${seal}\n`, start, 'latin1');
  if (sealed >= 0 && sealed < usual + MAX_HEAD_BYTES) {
    const rawEnd = Math.max(start, window.lastIndexOf(NEWLINE, sealed));
    return { raw: window.subarray(start, Math.min(start + length, rawEnd)), end: sealed + seal.length + 2 };
  }
  if (window.length >= usual) return undefined;
  // Nobody has written since.
  return { raw: window.subarray(start, Math.min(start + length, window.length)), end: window.length };
}

/** The pieces at the end of a window, last first, and how much of it is left before them; `isWhole`: nothing comes before it. */
function takeLastPieces(part: OpenPart, window: Buffer, isWhole: boolean): { readonly pieces: LogPiece[]; readonly left: number } {
  const pieces: LogPiece[] = [];
  let end = window.length;
  while (end > 0) {
    const textEnd = window[end - 1] === NEWLINE ? end - 1 : end;
    const start = textEnd === 0 ? 0 : window.lastIndexOf(NEWLINE, textEnd - 1) + 1;
    if (start === 0 && !isWhole) break;
    const unit = unitBefore(part, window, { start, end: textEnd });
    if (unit === 'cut' && !isWhole) break;
    if (unit === 'cut' || unit === undefined) {
      end = start;
      continue;
    }
    for (const piece of blockPieces(unit.heading, unit.raw).reverse()) pieces.push(piece);
    end = unit.start;
  }
  return { pieces, left: end };
}

interface Unit {
  readonly heading: Heading;
  readonly raw: Buffer;
  readonly start: number;
}

/** The record in a line, or the block that ends with it; `cut`: the window begins within the block; undefined: neither. */
function unitBefore(part: OpenPart, window: Buffer, line: Range): Unit | 'cut' | undefined {
  const length = part.seal === null ? undefined : blockLength(window, line, part.seal);
  if (length === undefined) {
    const heading = headingAt(part, window, line);
    if (heading?.blockBytes !== null) return undefined;
    return { heading, raw: window.subarray(line.start + heading.start, line.end), start: line.start };
  }
  const rawStart = line.start - 1 - length;
  if (rawStart < 2) return 'cut';
  const start = window.lastIndexOf(NEWLINE, rawStart - 2) + 1;
  const heading = headingAt(part, window, { start, end: rawStart - 1 });
  if (!heading || heading.blockBytes === null) return start === 0 ? 'cut' : undefined;
  return { heading, raw: window.subarray(rawStart, rawStart + Math.min(length, heading.blockBytes)), start };
}

/** The bytes of the block that ends with a line in a window, if one does. */
export function blockLength(window: Buffer, { start, end }: Range, seal: string): number | undefined {
  const isShort = end - start <= MAX_HEAD_BYTES;
  return isShort ? blockEndIn(window.toString('latin1', start, end), seal) : undefined;
}
