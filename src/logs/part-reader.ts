/** Reads a part of a log, in either direction or from a time on, without ever holding more of it than a block. */
import type { ByteSource } from './byte-source.js';
import { blockEndIn, type Heading, type LogPiece, MAX_HEAD_BYTES, MAX_UNIT_BYTES, parseHeading, piecesOf, sealIn } from './record.js';

const NEWLINE = 0x0a;
/** The first block holds the last 50 lines of most services; whoever wants more gets larger blocks. */
const FIRST_BLOCK_BYTES = 16 * 1024;
const BLOCK_BYTES = 256 * 1024;
/** What is nearer than this is read rather than searched. */
const NEAR_BYTES = 256 * 1024;

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
export async function* piecesForward(
  part: OpenPart,
  { start, end }: Range,
  blockBytes: number = BLOCK_BYTES,
): AsyncGenerator<readonly LogPiece[]> {
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

/** The pieces of a part in batches, last to first. */
export async function* piecesBackward(part: OpenPart, range: Range): AsyncGenerator<readonly LogPiece[]> {
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

/**
 * Where to read what was written from `since` to `until` (milliseconds since 1970; undefined: from the beginning, to the end): a little more than
 * that, but not much. Times have to grow within a part.
 */
export async function rangeOf(part: OpenPart, since: number | undefined, until: number | undefined): Promise<Range> {
  const whole = wholeOf(part);
  if (part.rawAt !== null) return whole;
  const start = since === undefined ? whole.start : (await around(part, whole, since)).start;
  const end = until === undefined ? whole.end : (await around(part, whole, until + 1)).end;
  return { start, end };
}

/** A short range in which `time` lies: all before it is older, nothing behind it is. */
async function around(part: OpenPart, { start, end }: Range, time: number): Promise<Range> {
  let older = start;
  let high = end;
  let younger = end;
  while (high - older > NEAR_BYTES) {
    const middle = older + Math.floor((high - older) / 2);
    const found = await firstFrom(part, middle, end);
    if (found && found.at < time) older = found.position;
    else {
      high = middle;
      younger = found?.position ?? end;
    }
  }
  return { start: older, end: younger };
}

/** The first record or block that begins at a position or not far behind it, and its time; undefined: there is none. */
async function firstFrom(
  part: OpenPart,
  position: number,
  end: number,
): Promise<{ readonly position: number; readonly at: number } | undefined> {
  // From before it: so that the head or the end of a block that the position lies in is there as a whole.
  const from = Math.max(0, position - MAX_HEAD_BYTES);
  const window = await part.bytes.read(from, Math.min(MAX_UNIT_BYTES + 2 * MAX_HEAD_BYTES, end - from));
  let next = boundaryIn(part, window);
  while (next !== undefined && from + next < end) {
    const head = await part.bytes.read(from + next, MAX_UNIT_BYTES);
    const newline = head.indexOf(NEWLINE);
    const heading = headingAt(part, head, { start: 0, end: newline < 0 ? head.length : newline });
    if (heading) return { position: from + next, at: heading.at };
    if (newline < 0) return undefined;
    next += newline + 1;
  }
  return undefined;
}

/**
 * Where a record or block begins in bytes that were read from anywhere; they are longer than any of ours, or the last ones. What looks like a
 * record may be bytes of a block. Whether it is, tells the first sealed line: it is the end of a block, or the head of one.
 */
function boundaryIn(part: OpenPart, window: Buffer): number | undefined {
  const { seal } = part;
  if (seal !== null) {
    const mark = `.${seal}\n`;
    for (let sealed = window.indexOf(mark, 0, 'latin1'); sealed >= 0; sealed = window.indexOf(mark, sealed + 1, 'latin1')) {
      const line = { start: window.lastIndexOf(NEWLINE, sealed) + 1, end: sealed + mark.length - 1 };
      if (blockLength(window, line, seal) !== undefined) return line.end + 1;
      if (headingAt(part, window, line)) return line.start;
    }
  }
  const line = window.indexOf(NEWLINE);
  return line < 0 ? undefined : line + 1;
}

function headingAt({ seal }: OpenPart, window: Buffer, { start, end }: Range): Heading | undefined {
  return parseHeading(window.toString('latin1', start, Math.min(end, start + MAX_HEAD_BYTES + 1)), seal);
}

const rawPiece = (at: number, bytes: Buffer): LogPiece => ({ at, run: 0, stream: 'out', isContinuation: false, end: 'newline', bytes });

/** The pieces at the beginning of a window, and how much of it they are. */
function takePieces(part: OpenPart, window: Buffer, isLast: boolean): { readonly pieces: LogPiece[]; readonly taken: number } {
  const pieces: LogPiece[] = [];
  let start = 0;
  for (let end = window.indexOf(NEWLINE); end >= 0; end = window.indexOf(NEWLINE, start)) {
    if (part.rawAt !== null) pieces.push(rawPiece(part.rawAt, window.subarray(start, end)));
    const heading = part.rawAt === null ? headingAt(part, window, { start, end }) : undefined;
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
  if (isLast && part.rawAt !== null && start < window.length) {
    pieces.push(rawPiece(part.rawAt, window.subarray(start)));
    start = window.length;
  }
  return { pieces, taken: start };
}

/** Of a block that was torn before its first byte nothing is there: not even an empty line. */
const blockPieces = (heading: Heading, raw: Buffer): LogPiece[] => (raw.length === 0 && heading.blockBytes ? [] : piecesOf(heading, raw));

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
    if (part.rawAt !== null) {
      pieces.push(rawPiece(part.rawAt, window.subarray(start, textEnd)));
      end = start;
      continue;
    }
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

function blockLength(window: Buffer, { start, end }: Range, seal: string): number | undefined {
  const isShort = end - start <= MAX_HEAD_BYTES;
  return isShort ? blockEndIn(window.toString('latin1', start, end), seal) : undefined;
}
