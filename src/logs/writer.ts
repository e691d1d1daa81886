import type { Clock, Millis } from '../base/clock.js';
import { errnoOf, messageOf } from '../base/errors.js';
import { Gap, type Loss } from './gap.js';
import { Gatherer, type Part, releasePart } from './gather.js';
import type { Chunk } from './record.js';

/** While so much waits for a file that cannot be written, no more is asked for: then the program waits, too. */
export const FULL_BYTES = 256 * 1024;
/** What comes all the same (last words, nearly always) is kept up to this. */
export const DROP_BYTES = 4 * 1024 * 1024;

const FIRST_RETRY_MS: Millis = 100;
const LONGEST_RETRY_MS: Millis = 10_000;

/** As `fs.writeSync`: it may write only a part. */
export type WriteNow = (fd: number, bytes: Buffer) => number;

/** A file that lines are appended to, each by one system call that is not waited for longer than the kernel takes to copy it. */
export interface LogTarget {
  readonly path: string;
  /** Puts a chunk as it is going to stand in the file. */
  put(chunk: Chunk, into: Gatherer): void;
  /** A chunk is about to be put, and nothing waits: the moment to begin another file. */
  prepare?(chunk: Chunk): void;
  /** All that has waited is written. */
  settle?(): void;
  /** It is about to be closed: puts what it has kept back. */
  flush?(into: Gatherer): void;
  /** Appends; returns how much of it. @throws the system's error. */
  write(bytes: Buffer): number;
  close(): void;
}

/** What a writer needs, and whom it tells. */
export interface LogWriterOptions {
  readonly target: LogTarget;
  readonly clock: Clock;
  /** So long a program is held while the file cannot be written. */
  readonly blockMs: () => Millis | 'infinity';
  /** A reader that waits may read on: there is room, or what comes is dropped from now on. */
  readonly onRoom: () => void;
  /** The file cannot be written, or lines were lost: once for each time that it begins, with the cause. */
  readonly onTrouble: (message: string) => void;
  /** The file cannot be written, for this error; null: it can be again, or nothing waits for it any more; and is what comes dropped? Once each time that it changes. */
  readonly onFailing?: ((error: unknown, isDropped: boolean) => void) | undefined;
  /** From now on lines are dropped (null), or so many were: the file can be written again, or is closed. */
  readonly onDropped?: ((lines: number | null, cause: string) => void) | undefined;
  /** The chunk that says in the log that `lost` lines are missing at its place. */
  readonly lossChunk: (lost: number, cause: string) => Chunk;
}

/** Does what may fail for a reason of the system's that nobody can do anything about (EIO; on a network ENOSPC and EDQUOT come as late as at the close). */
export function tellOf(action: () => void, what: string, onTrouble: (message: string) => void): void {
  try {
    action();
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    onTrouble(`${what}: ${messageOf(error)}`);
  }
}

/**
 * Appends chunks to a file, at once: what the kernel has taken survives us. While the file cannot be written, they wait; a failed write is tried
 * again after 100 ms, then twice as long each time up to 10 s. When that has lasted for `blockMs`, what there is no room for is dropped, with all
 * that comes after it, and a line in the log says how much. Memory is bounded by whoever heeds {@link isFull}. Whoever made it calls `close`.
 */
export class LogWriter {
  readonly #options: LogWriterOptions;
  readonly #gathered = new Gatherer();
  /** What is taken out to be written, and how much of it is not; what is gathered comes after it. */
  #part: Part | null = null;
  #rest: Buffer | null = null;
  #isAsking = false;
  #isClosing = false;
  #cancelRetry: (() => void) | null = null;
  #retryMs = 0;
  #failingSince: Millis = 0;
  #error: unknown = null;
  #cause = '';
  #isDropping = false;
  readonly #gap = new Gap();

  constructor(options: LogWriterOptions) {
    this.#options = options;
  }

  /** Does enough wait? Nothing more should be read until `onRoom`. */
  get isFull(): boolean {
    if (this.#isDropping || this.waitingBytes < FULL_BYTES) return false;
    this.#isAsking = true;
    return true;
  }

  /** Bytes that have been added and are not yet in the file. */
  get waitingBytes(): number {
    return (this.#rest?.length ?? 0) + this.#gathered.size;
  }

  /** A copy of them. */
  get unwritten(): Buffer {
    return this.#rest ? Buffer.concat([this.#rest, this.#gathered.copy()]) : this.#gathered.copy();
  }

  /** Takes a chunk, whose bytes may be overwritten then, and writes it unless what came before still waits. */
  add(chunk: Chunk): void {
    // One gap, and one line that tells of it: not one behind each line that would still fit.
    if (!this.#gap.isThere && this.#hasRoomFor(chunk)) {
      this.#put(chunk);
      return;
    }
    const isFirst = this.#gap.lines === 0;
    this.#gap.lose(chunk);
    if (!isFirst || this.#gap.lines === 0) return;
    this.#options.onFailing?.(this.#error, true);
    this.#options.onDropped?.(null, this.#cause);
  }

  /** Writes what waits, once more even in trouble, and closes the file; what cannot be written is reported and given up. */
  close(): void {
    this.#isClosing = true;
    this.#cancelRetry?.();
    this.#options.target.flush?.(this.#gathered);
    this.#write();
    const { target, onTrouble } = this.#options;
    tellOf(() => target.close(), `closing ${target.path}`, onTrouble);
  }

  #hasRoomFor({ bytes }: Chunk): boolean {
    return this.#retryMs === 0 || this.waitingBytes + bytes.length <= (this.#isDropping ? FULL_BYTES : DROP_BYTES);
  }

  #put(chunk: Chunk): void {
    const { target } = this.#options;
    if (this.waitingBytes === 0) target.prepare?.(chunk);
    target.put(this.#gap.pass(chunk), this.#gathered);
    if (this.#retryMs === 0) this.#write();
  }

  #write(): void {
    try {
      for (;;) {
        if (!this.#part) {
          this.#part = this.#gathered.take() ?? null;
          this.#rest = this.#part?.bytes ?? null;
        }
        if (!this.#rest) break;
        const written = this.#options.target.write(this.#rest);
        this.#rest = written < this.#rest.length ? this.#rest.subarray(written) : null;
        if (!this.#rest) this.#finishPart();
      }
    } catch (error) {
      if (errnoOf(error) === undefined) throw error;
      this.#fail(error);
      return;
    }
    this.#recover();
  }

  #fail(error: unknown): void {
    const { target, clock, onTrouble, onFailing } = this.#options;
    this.#cause = messageOf(error);
    if (this.#isClosing) {
      onTrouble(`${this.waitingBytes} bytes could not be written to ${target.path} and are lost: ${this.#cause}`);
      this.#giveUp();
      return;
    }
    if (this.#retryMs === 0) {
      this.#failingSince = clock.now();
      onTrouble(`cannot write ${target.path}: ${this.#cause}`);
      onFailing?.(error, false);
      this.#error = error;
    }
    this.#retryMs = Math.min(Math.max(FIRST_RETRY_MS, this.#retryMs * 2), LONGEST_RETRY_MS);
    this.#retryAfter(Math.min(this.#retryMs, this.#dropIn()));
  }

  /** Until lines are dropped; Infinity: never, or they are already. */
  #dropIn(): Millis {
    const blockMs = this.#options.blockMs();
    if (this.#isDropping || blockMs === 'infinity') return Infinity;
    return Math.max(0, this.#failingSince + blockMs - this.#options.clock.now());
  }

  #retryAfter(delayMs: Millis): void {
    this.#cancelRetry = this.#options.clock.after(delayMs, () => {
      this.#cancelRetry = null;
      this.#write();
      // Only who still cannot write, and has been held for long enough, loses anything.
      if (this.#retryMs > 0 && this.#dropIn() <= 0) this.#drop();
    });
  }

  #drop(): void {
    this.#isDropping = true;
    this.#giveRoom();
  }

  #giveRoom(): void {
    if (!this.#isAsking) return;
    this.#isAsking = false;
    this.#options.onRoom();
  }

  #recover(): void {
    if (this.#retryMs > 0) {
      this.#endRetry();
      this.#options.onFailing?.(null, false);
      this.#isDropping = false;
      this.#options.target.settle?.();
      if (this.#gap.isThere) this.#closeGap();
    }
    this.#giveRoom();
  }

  #closeGap(): void {
    const { lines, ends, stream } = this.#tellLoss();
    const chunk = this.#options.lossChunk(lines, this.#cause);
    for (const end of ends) this.#put({ ...chunk, ...end });
    if (lines > 0) this.#put({ ...chunk, stream });
  }

  #tellLoss(): Loss {
    const { target, onTrouble, onDropped } = this.#options;
    const loss = this.#gap.close();
    if (loss.lines > 0) {
      onTrouble(`${loss.lines} lines could not be written to ${target.path} and are lost: ${this.#cause}`);
      onDropped?.(loss.lines, this.#cause);
    }
    return loss;
  }

  #giveUp(): void {
    if (this.#retryMs > 0) this.#options.onFailing?.(null, false);
    this.#endRetry();
    this.#tellLoss();
    this.#finishPart();
    for (let part = this.#gathered.take(); part; part = this.#gathered.take()) releasePart(part);
  }

  #endRetry(): void {
    this.#cancelRetry?.();
    this.#cancelRetry = null;
    this.#retryMs = 0;
  }

  #finishPart(): void {
    if (this.#part) releasePart(this.#part);
    this.#part = null;
    this.#rest = null;
  }
}
