import type { LineJoiner } from './join.js';
import type { LogPiece, LogStream } from './record.js';

/** A reader that is this far behind misses what comes. One read may bring so many lines (64 KB of newlines), so who keeps up misses none. */
const MAX_PIECES = 65_536;
const MAX_BYTES = 4 * 1024 * 1024;

type Streams = Readonly<Record<LogStream, Set<LineJoiner>>>;

/** Pieces of lines on their way to one reader. Memory is bounded: what does not fit is counted, not kept, and no line is kept in part. */
export class PieceQueue {
  private queued: { readonly joiner: LineJoiner; readonly piece: LogPiece }[] = [];
  private bytes = 0;
  private missed = 0;
  /** Who has had the beginning of a line, perhaps, and misses its rest. */
  private readonly cut: Streams = { out: new Set(), err: new Set() };
  /** Who is in the middle of a line that is missed. */
  private readonly broken: Streams = { out: new Set(), err: new Set() };
  private wake: (() => void) | null = null;

  /** Queues `piece` for `joiner`. */
  push(joiner: LineJoiner, piece: LogPiece): void {
    const broken = this.broken[piece.stream];
    const isMissed = broken.delete(joiner) && piece.isContinuation;
    // Once there is a gap, everything until the reader has been told belongs to it: order stays, and the gap is one.
    if (isMissed || this.missed > 0 || this.queued.length >= MAX_PIECES || this.bytes >= MAX_BYTES) {
      this.missed += isMissed ? 0 : 1;
      this.cut[piece.stream].add(joiner);
      if (piece.end === 'next-piece') broken.add(joiner);
    } else {
      this.queued.push({ joiner, piece });
      this.bytes += piece.bytes.length;
    }
    this.wake?.();
  }

  /** Resolves with true when something is queued or missed, with false when `signal` ends the waiting. One waits at a time. */
  async waitForMore(signal: AbortSignal): Promise<boolean> {
    if (!signal.aborted && this.queued.length === 0 && this.missed === 0) {
      await new Promise<void>((resolve) => {
        this.wake = resolve;
        signal.addEventListener('abort', this.onAbort);
      });
      this.wake = null;
      signal.removeEventListener('abort', this.onAbort);
    }
    return !signal.aborted;
  }

  /** Gives all that is queued to the joiners, in order, and returns how many lines are missing after it. */
  takeAll(): number {
    const { queued, missed } = this;
    this.queued = [];
    this.bytes = 0;
    this.missed = 0;
    for (const { joiner, piece } of queued) joiner.push(piece);
    for (const stream of ['out', 'err'] as const) {
      for (const joiner of this.cut[stream]) joiner.drop(stream);
      this.cut[stream].clear();
    }
    return missed;
  }

  private readonly onAbort = (): void => {
    this.wake?.();
  };
}
