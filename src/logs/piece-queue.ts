import type { LineJoiner } from './join.js';
import type { LogPiece } from './record.js';

/** A reader that is this far behind misses what comes. */
const MAX_PIECES = 10_000;
const MAX_BYTES = 4 * 1024 * 1024;

/** Pieces of lines on their way to one reader. Memory is bounded: what does not fit is counted, not kept. */
export class PieceQueue {
  private queued: { readonly joiner: LineJoiner; readonly piece: LogPiece }[] = [];
  private bytes = 0;
  private missed = 0;
  private wake: (() => void) | null = null;

  /** Queues `piece` for `joiner`. */
  push(joiner: LineJoiner, piece: LogPiece): void {
    // Once there is a gap, everything until the reader has been told belongs to it: order stays, and the gap is one.
    if (this.missed > 0 || this.queued.length >= MAX_PIECES || this.bytes >= MAX_BYTES) {
      this.missed += piece.end === 'next-piece' ? 0 : 1;
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
    return missed;
  }

  private readonly onAbort = (): void => {
    this.wake?.();
  };
}
