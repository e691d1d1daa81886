import type { OpenPart } from './part-reader.js';
import { type LogPiece, type LogRecord, type LogStream, MAX_JOINED_BYTES } from './record.js';

/** Whose lines they are. */
export interface LogOwner {
  readonly app: string;
  readonly path: string;
}

/** A part of a log, as it was at one moment. */
export interface LogPart {
  /** When it was last written, milliseconds since 1970; null: it may be written now. */
  readonly endedAt: number | null;
  /** Its first time, where it is known that no time in it is before one that stands further up. Default: they may fall by `CLOCK_STEP_MS`. */
  readonly steadyFrom?: number | null | undefined;
  /** Opens it, wherever it is by now; undefined: it has been dropped. Whoever calls this closes its bytes. */
  readonly open: () => Promise<OpenPart | undefined>;
}

/** One run of a service: its number, and when it was (milliseconds since 1970; undefined: at any time), as numbers come again. */
export interface RunWindow {
  readonly run: number;
  readonly since?: number | undefined;
  readonly until?: number | undefined;
}

/** The log of one service at one moment; oldest part first. */
export interface LogSource extends LogOwner {
  readonly parts: readonly LogPart[];
  /** Only what this run said. Default: all. */
  readonly only?: RunWindow | undefined;
}

/** Says of each of some lines whether it is wanted. */
export type LineTest = (texts: readonly string[]) => Promise<readonly boolean[]> | readonly boolean[];

/** Which pieces are wanted; what is undefined does not matter. */
export interface PieceFilter {
  readonly stream?: LogStream | undefined;
  readonly run?: number | undefined;
}

/** Which lines are wanted; what is undefined does not matter. */
export interface LogFilter extends PieceFilter {
  /** Milliseconds since 1970: nothing from before. */
  readonly since?: number | undefined;
  /** Milliseconds since 1970: nothing from after. */
  readonly until?: number | undefined;
  readonly test?: LineTest | undefined;
}

/** What to do with a line that the end of its log leaves open. */
export interface OpenLines {
  /** Takes its pieces, for whoever follows the log. Default: they are shown as a line. */
  readonly onOpenLine?: ((source: LogSource, pieces: LinePieces) => void) | undefined;
}

/** Makes lines of pieces that arrive in file order. */
export interface LineJoiner {
  push(piece: LogPiece): void;
  /** Forgets the unfinished line of a stream. */
  drop(stream: LogStream): void;
  /** Nothing follows: gives out what is unfinished. */
  end(): void;
  /** The unfinished lines, which it then knows nothing of any more. */
  takeOpen(): readonly LinePieces[];
}

/** Pieces of one line in order; its time is that of the last one. */
export type LinePieces = readonly [LogPiece, ...LogPiece[]];

/** Does `piece` pass? */
export const isWanted = (piece: LogPiece, filter: PieceFilter): boolean =>
  (filter.stream === undefined || piece.stream === filter.stream) && (filter.run === undefined || piece.run === filter.run);

/** Does a line of this time pass? */
export const isInTime = (at: number, { since, until }: Pick<LogFilter, 'since' | 'until'>): boolean =>
  !(since !== undefined && at < since) && !(until !== undefined && at > until);

/** Those of some lines that pass, in their order. */
export async function wantedLines(records: readonly LogRecord[], filter: LogFilter): Promise<readonly LogRecord[]> {
  const { since, until, test } = filter;
  const inTime = since === undefined && until === undefined ? records : records.filter(({ at }) => isInTime(at, filter));
  if (!test || inTime.length === 0) return inTime;
  const passes = await test(inTime.map(({ text }) => text));
  return inTime.filter((_record, index) => passes[index]);
}

/** The line that `pieces` are. */
export function joinPieces(owner: LogOwner, pieces: LinePieces): LogRecord {
  const last = pieces.at(-1) ?? pieces[0];
  const bytes = pieces.length === 1 ? last.bytes : Buffer.concat(pieces.map((piece) => piece.bytes));
  return { at: last.at, run: last.run, stream: last.stream, text: bytes.toString('utf8'), app: owner.app, path: owner.path };
}

/** A joiner that gives each line to `give` as soon as it is whole. It holds at most {@link MAX_JOINED_BYTES} and a piece for each stream. */
export function lineJoiner(owner: LogOwner, give: (record: LogRecord) => void): LineJoiner {
  // Grown in place: a program may write a line byte by byte.
  const open: Record<LogStream, { readonly pieces: [LogPiece, ...LogPiece[]]; bytes: number } | null> = { out: null, err: null };
  const takeOpen = (stream: LogStream): LinePieces | undefined => {
    const pieces = open[stream]?.pieces;
    open[stream] = null;
    return pieces;
  };
  const giveOpen = (stream: LogStream): void => {
    const pieces = takeOpen(stream);
    if (pieces) give(joinPieces(owner, pieces));
  };
  return {
    push: (piece) => {
      const { stream, bytes } = piece;
      if (open[stream] && open[stream].pieces[0].run !== piece.run) giveOpen(stream);
      const begun = open[stream];
      if (!begun && piece.end !== 'next-piece') return give(joinPieces(owner, [piece]));
      const line = begun ?? { pieces: [piece], bytes: 0 };
      if (begun) line.pieces.push(piece);
      line.bytes += bytes.length;
      open[stream] = line;
      if (piece.end !== 'next-piece' || line.bytes > MAX_JOINED_BYTES) giveOpen(stream);
    },
    drop: (stream) => void takeOpen(stream),
    end: () => {
      giveOpen('out');
      giveOpen('err');
    },
    takeOpen: () => [takeOpen('out'), takeOpen('err')].filter((pieces) => pieces !== undefined),
  };
}
