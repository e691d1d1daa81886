import type { FileMoment } from '../base/read-backwards.js';
import { type LogPiece, type LogRecord, type LogStream, MAX_JOINED_BYTES } from './record.js';

/** Whose lines they are. */
export interface LogOwner {
  readonly app: string;
  readonly path: string;
}

/** The log of one service: its file, or what of it was there at one moment. */
export interface LogSource extends LogOwner, FileMoment {}

/** Which lines are wanted; what is undefined does not matter. */
export interface LogFilter {
  readonly stream?: LogStream | undefined;
  readonly run?: number | undefined;
}

/** What to do with a line that the end of its log leaves open. */
export interface OpenLines {
  /** Takes its pieces, for whoever follows the log. Default: they are shown as a line. */
  readonly onOpenLine?: ((source: LogSource, pieces: LinePieces) => void) | undefined;
}

/** Makes lines of pieces that arrive in file order. */
export interface LineJoiner {
  push(piece: LogPiece): void;
  /** Nothing follows: gives out what is unfinished. */
  end(): void;
  /** The unfinished lines, which it then knows nothing of any more. */
  takeOpen(): readonly LinePieces[];
}

/** Pieces of one line in order; its time is that of the last one. */
export type LinePieces = readonly [LogPiece, ...LogPiece[]];

/** Does `piece` pass? */
export const isWanted = (piece: LogPiece, filter: LogFilter): boolean =>
  (filter.stream === undefined || piece.stream === filter.stream) && (filter.run === undefined || piece.run === filter.run);

/** The line that `pieces` are. */
export function joinPieces(owner: LogOwner, pieces: LinePieces): LogRecord {
  const last = pieces.at(-1) ?? pieces[0];
  const bytes = pieces.length === 1 ? last.bytes : Buffer.concat(pieces.map((piece) => piece.bytes));
  return { at: last.at, run: last.run, stream: last.stream, text: bytes.toString('utf8'), app: owner.app, path: owner.path };
}

/** A joiner that gives each line to `give` as soon as it is whole. It holds at most {@link MAX_JOINED_BYTES} and a record for each stream. */
export function lineJoiner(owner: LogOwner, give: (record: LogRecord) => void): LineJoiner {
  const open: Record<LogStream, LinePieces | null> = { out: null, err: null };
  const giveOpen = (stream: LogStream): void => {
    const pieces = open[stream];
    open[stream] = null;
    if (pieces) give(joinPieces(owner, pieces));
  };
  return {
    push: (piece) => {
      const { stream } = piece;
      if (open[stream] && open[stream][0].run !== piece.run) giveOpen(stream);
      const pieces: LinePieces = open[stream] ? [...open[stream], piece] : [piece];
      open[stream] = pieces;
      if (piece.end !== 'next-record' || sizeOf(pieces) > MAX_JOINED_BYTES) giveOpen(stream);
    },
    end: () => {
      giveOpen('out');
      giveOpen('err');
    },
    takeOpen: () => {
      const taken = [open.out, open.err].filter((pieces) => pieces !== null);
      open.out = null;
      open.err = null;
      return taken;
    },
  };
}

/** Bytes of a line so far. */
export const sizeOf = (pieces: LinePieces): number => pieces.reduce((sum, piece) => sum + piece.bytes.length, 0);
