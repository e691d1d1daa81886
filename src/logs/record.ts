/**
 * How lines stand in a log file: `<ISO 8601 with ms, Z> <run> <o|e><mark> <bytes>\n`, one record a line, so that
 * grep and tail read it too. Bytes are the program's own; a record's bytes hold no newline.
 */
import type { LineMark } from './lines.js';

/** Which of the two outputs of a program. */
export type LogStream = 'out' | 'err';

/** One record of a log file: a line, or a piece of one. */
export interface LogPiece {
  /** Wall time, milliseconds since 1970. */
  readonly at: number;
  readonly run: number;
  readonly stream: LogStream;
  /** Does it go on from the record before it of the same stream? */
  readonly isContinuation: boolean;
  /** How it ends: its line goes on in the next record of the stream, or its program ended in the middle of the line. */
  readonly end: 'newline' | 'next-record' | 'exit';
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

/** Lines are joined from their pieces up to this size in bytes; a longer one comes as several. */
export const MAX_JOINED_BYTES = 1024 * 1024;

const STAMP_LENGTH = 24;
/** Longest head of a record: stamp, 16 digits of a run, stream and mark, three spaces. */
const MAX_HEAD_LENGTH = STAMP_LENGTH + 16 + 3 + 3;
const HEAD = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z) (\d+) ([oe])(-?)([+.]?) /;

/** What stands before the bytes of a record, as text. `stamp` is an ISO 8601 time with milliseconds and Z. */
export function recordHead(stamp: string, run: number, stream: LogStream): (mark: LineMark) => string {
  const start = `${stamp} ${run} ${stream === 'out' ? 'o' : 'e'}`;
  return (mark) => `${start}${mark} `;
}

/**
 * The records of one piece, or of many lines separated by newlines: one character a byte (latin1).
 * No line is touched by itself: three copies in native code, whatever their number.
 */
export function formatRecords(head: string, bytes: Buffer): string {
  return `${head}${bytes.toString('latin1').replaceAll('\n', `\n${head}`)}\n`;
}

/** The record in one line of a log file (without its newline); undefined for what is none: torn by a crash, or foreign. */
export function parseRecord(line: Buffer): LogPiece | undefined {
  const match = HEAD.exec(line.toString('latin1', 0, MAX_HEAD_LENGTH));
  if (!match) return undefined;
  const [head, stamp = '', run, stream, continued, end] = match;
  const at = Date.parse(stamp);
  if (Number.isNaN(at)) return undefined;
  return {
    at,
    run: Number(run),
    stream: stream === 'o' ? 'out' : 'err',
    isContinuation: continued === '-',
    end: end === '+' ? 'next-record' : end === '.' ? 'exit' : 'newline',
    bytes: line.subarray(head.length),
  };
}

/** The records in text made by {@link formatRecords}. */
export function parseRecords(records: string): readonly LogPiece[] {
  const pieces: LogPiece[] = [];
  for (const line of records.split('\n')) {
    const piece = parseRecord(Buffer.from(line, 'latin1'));
    if (piece) pieces.push(piece);
  }
  return pieces;
}
