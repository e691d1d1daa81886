/**
 * How output stands in a part of a log, so that grep and tail read it too; pure. A line, or a piece of one, is a record:
 * `<ISO 8601 with ms, Z> <run> <o|e><mark> <bytes>\n`. Of a program that prints a lot at once the bytes stand there as they were read, as a
 * block: `<time> <run> <o|e><mark>#<length>.<seal>\n<bytes>\n#<length>.<seal>\n`. The seal is a random word in the first line of each part, so nothing
 * that a program prints (another log, say) can pass for the beginning or the end of a block, from whichever side it is read.
 */

/** Which of the two outputs of a program. */
export type LogStream = 'out' | 'err';

/**
 * What is special about the bytes of a record or block: "-" they go on from those before them of the same stream, "+" their last line goes on
 * in the next ones, "." the program ended without a newline after it; "" whole lines.
 */
export type LogMark = '' | '+' | '.' | '-' | '-+' | '-.';

/** A line as it stands in a log, or a piece of one. */
export interface LogPiece {
  /** Wall time, milliseconds since 1970. */
  readonly at: number;
  readonly run: number;
  readonly stream: LogStream;
  /** Does it go on from the piece before it of the same stream? */
  readonly isContinuation: boolean;
  /** How it ends: its line goes on in the next piece of the stream, or its program ended in the middle of the line. */
  readonly end: 'newline' | 'next-piece' | 'exit';
  readonly bytes: Buffer;
}

/** One line of a service, for eyes and JSON: its text is decoded as UTF-8, what is none becomes U+FFFD (on disk it stays as it was). */
export interface LogRecord {
  /** Wall time, milliseconds since 1970. */
  readonly at: number;
  readonly run: number;
  readonly stream: LogStream;
  readonly text: string;
  readonly app: string;
  readonly path: string;
}

/** Bytes of a stream that were read together, less the newline at their end. */
export interface Chunk {
  readonly stamp: string;
  readonly run: number;
  readonly stream: LogStream;
  readonly mark: LogMark;
  readonly bytes: Buffer;
}

/** The longest piece of a line in bytes, without its newline: what is read at once. */
export const MAX_PIECE_BYTES = 64 * 1024;
/** Lines are joined from their pieces up to this size in bytes; a longer one comes as several. */
export const MAX_JOINED_BYTES = 1024 * 1024;
/** No head of a record or block is longer. */
export const MAX_HEAD_BYTES = 96;
/** Nothing of ours without a newline in it is longer, and no block as a whole. */
export const MAX_UNIT_BYTES = MAX_PIECE_BYTES + 4 * MAX_HEAD_BYTES;

const NEWLINE = 0x0a;
/** Of a record, without its run, with its newline. */
const HEAD_BYTES = '2026-11-20T11:22:33.123Z  o-+ \n'.length;
const HEAD = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z) (\d{1,16}) ([oe])(-?)([+.]?)(?: |#(\d{1,7})\.([\da-f]{16})$)/;
const SEAL_LINE = /^# portsup log ([\da-f]{16})$/;

/** The first line of a part, with its newline; `seal`: 16 hexadecimal digits. */
export const sealLine = (seal: string): string => `# portsup log ${seal}\n`;

/** The seal in the first line of a part (without its newline); null: it has none, and so no blocks. */
export const sealIn = (line: string): string | null => SEAL_LINE.exec(line)?.[1] ?? null;

const headOf = ({ stamp, run, stream }: Omit<Chunk, 'bytes'>, mark: string): string =>
  `${stamp} ${run} ${stream === 'out' ? 'o' : 'e'}${mark}`;

/** A chunk as records, one a line, as latin1 text: one character a byte. */
export function formatRecords(chunk: Chunk): string {
  const { mark } = chunk;
  const text = chunk.bytes.toString('latin1');
  const first = text.indexOf('\n');
  if (first < 0) return `${headOf(chunk, mark)} ${text}\n`;
  const last = text.lastIndexOf('\n');
  const plain = headOf(chunk, '');
  const begin = mark.startsWith('-') ? headOf(chunk, '-') : plain;
  const end = headOf(chunk, mark.replace('-', ''));
  const between = first === last ? '' : `${plain} ${text.slice(first + 1, last).replaceAll('\n', `\n${plain} `)}\n`;
  return `${begin} ${text.slice(0, first)}\n${between}${end} ${text.slice(last + 1)}\n`;
}

/** So many bytes a chunk takes as records, at most. */
export function recordsSize({ bytes, run }: Chunk): number {
  const headBytes = HEAD_BYTES + String(run).length;
  let size = bytes.length + headBytes;
  for (let at = bytes.indexOf(NEWLINE); at >= 0; at = bytes.indexOf(NEWLINE, at + 1)) size += headBytes;
  return size;
}

/** What stands before and after the bytes of a chunk that becomes a block. */
export function blockEnds(chunk: Chunk, seal: string): { readonly before: string; readonly after: string } {
  const name = `#${chunk.bytes.length}.${seal}\n`;
  return { before: `${headOf(chunk, chunk.mark)}${name}`, after: `\n${name}` };
}

/** What a line that begins a record or block says. */
export interface Heading extends Omit<LogPiece, 'bytes'> {
  /** Where the bytes of a record begin in its line. */
  readonly start: number;
  /** Bytes of a block, which follow its line; null: a record. */
  readonly blockBytes: number | null;
}

/**
 * Reads the head of a line (given without its newline, cut to {@link MAX_HEAD_BYTES} + 1); undefined for what has none: torn by a crash, or
 * foreign.
 */
export function parseHeading(line: string, seal: string | null): Heading | undefined {
  const match = HEAD.exec(line);
  if (!match) return undefined;
  const [{ length }, stamp = '', run, stream, continued, end, blockBytes, sealed] = match;
  const at = Date.parse(stamp);
  if (Number.isNaN(at) || (sealed !== undefined && sealed !== seal)) return undefined;
  return {
    at,
    run: Number(run),
    stream: stream === 'o' ? 'out' : 'err',
    isContinuation: continued === '-',
    end: end === '+' ? 'next-piece' : end === '.' ? 'exit' : 'newline',
    start: length,
    blockBytes: blockBytes === undefined ? null : Number(blockBytes),
  };
}

/** The pieces in the bytes of a record or block, first to last; the bytes of `raw` are not copied. */
export function piecesOf(heading: Omit<LogPiece, 'bytes'>, raw: Buffer): LogPiece[] {
  const { at, run, stream } = heading;
  const pieces: LogPiece[] = [];
  let { isContinuation } = heading;
  let start = 0;
  for (let end = raw.indexOf(NEWLINE); end >= 0; end = raw.indexOf(NEWLINE, start)) {
    pieces.push({ at, run, stream, isContinuation, end: 'newline', bytes: raw.subarray(start, end) });
    isContinuation = false;
    start = end + 1;
  }
  pieces.push({ at, run, stream, isContinuation, end: heading.end, bytes: start === 0 ? raw : raw.subarray(start) });
  return pieces;
}

/** The pieces of a chunk, as they are read from its log later on. */
export const piecesOfChunk = ({ stamp, run, stream, mark, bytes }: Chunk): LogPiece[] =>
  piecesOf(
    {
      at: Date.parse(stamp),
      run,
      stream,
      isContinuation: mark.startsWith('-'),
      end: mark.endsWith('+') ? 'next-piece' : mark.endsWith('.') ? 'exit' : 'newline',
    },
    bytes,
  );

/** The length in the last line of a block (without its newline); undefined: it is none. */
export function blockEndIn(line: string, seal: string): number | undefined {
  if (!line.startsWith('#') || !line.endsWith(`.${seal}`)) return undefined;
  const length = Number(line.slice(1, -seal.length - 1));
  return Number.isInteger(length) && length >= 0 && length <= MAX_PIECE_BYTES + MAX_HEAD_BYTES ? length : undefined;
}
