import type { Clock, Millis } from '../base/clock.js';
import { errnoOf, messageOf } from '../base/errors.js';
import { Gatherer, type Part, releasePart } from './gather.js';
import type { Chunk, LogStream } from './record.js';

/** While so much waits for a file that cannot be written, no more is asked for: then the program waits, too. */
export const FULL_BYTES = 256 * 1024;
/** What comes all the same (last words, nearly always) is kept up to this. */
export const DROP_BYTES = 4 * 1024 * 1024;

const FIRST_RETRY_MS: Millis = 100;
const LONGEST_RETRY_MS: Millis = 10_000;
const NEWLINE = 0x0a;

/** As `fs.writeSync`: it may write only a part. */
export type WriteNow = (fd: number, bytes: Buffer) => number;

/** A file that lines are appended to, each by one system call that is not waited for longer than the kernel takes to copy it. */
export interface LogTarget {
  readonly path: string;
  readonly size: number;
  /** Puts a chunk as it is going to stand in the file. */
  put(chunk: Chunk, into: Gatherer): void;
  /** So many bytes of this time are about to be put, and nothing waits: the moment to begin another file. */
  prepare?(stamp: string, bytes: number): void;
  /** The largest chunk that fits into one file, in bytes. */
  largestChunk(): number;
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
  /** From now on lines are dropped (null), or so many were: the file can be written again. */
  readonly onDropped?: ((lines: number | null, cause: string) => void) | undefined;
  /** The chunk that says in the log that `lost` lines are missing at its place. */
  readonly lossChunk: (lost: number, cause: string) => Chunk;
}

/**
 * Appends chunks to a file, at once: what the kernel has taken survives us. While the file cannot be written, they wait; a failed write is tried
 * again after 100 ms, then twice as long each time up to 10 s. When that has lasted for `blockMs`, what comes is dropped, and a line in the
 * log says how much. Memory is bounded by whoever heeds {@link isFull}. Whoever made it calls `close`.
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
  #lost = 0;
  /** Streams whose last line in the file goes on. */
  readonly #open = new Set<LogStream>();
  /** Streams of which the beginning of the line that comes next is lost. */
  readonly #broken = new Set<LogStream>();

  constructor(options: LogWriterOptions) {
    this.#options = options;
  }

  /** Does enough wait? Nothing more should be read until `onRoom`. */
  get isFull(): boolean {
    if (this.#isDropping || this.#waitingBytes < FULL_BYTES) return false;
    this.#isAsking = true;
    return true;
  }

  /** A copy of what has been added and is not yet in the file. */
  get unwritten(): Buffer {
    return this.#rest ? Buffer.concat([this.#rest, this.#gathered.copy()]) : this.#gathered.copy();
  }

  /** Takes a chunk, whose bytes may be overwritten then, and writes it unless what came before still waits. */
  add(chunk: Chunk): void {
    if (this.#isDropping || (this.#retryMs > 0 && this.#waitingBytes + chunk.bytes.length > DROP_BYTES)) this.#lose(chunk);
    else this.#put(this.#broken.delete(chunk.stream) ? { ...chunk, mark: withoutBeginning[chunk.mark] } : chunk);
  }

  /** Writes what waits, once more even in trouble, and closes the file; what cannot be written is reported and given up. */
  close(): void {
    this.#isClosing = true;
    this.#endRetry();
    this.#write();
    this.#options.target.close();
  }

  get #waitingBytes(): number {
    return (this.#rest?.length ?? 0) + this.#gathered.size;
  }

  #put(chunk: Chunk): void {
    const { target } = this.#options;
    if (this.#waitingBytes === 0) target.prepare?.(chunk.stamp, chunk.bytes.length);
    target.put(chunk, this.#gathered);
    if (chunk.mark.endsWith('+')) this.#open.add(chunk.stream);
    else this.#open.delete(chunk.stream);
    if (this.#retryMs === 0) this.#write();
  }

  #lose(chunk: Chunk): void {
    this.#lost += linesIn(chunk);
    if (chunk.mark.endsWith('+')) this.#broken.add(chunk.stream);
    else this.#broken.delete(chunk.stream);
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
      onTrouble(`${this.#waitingBytes} bytes could not be written to ${target.path} and are lost: ${this.#cause}`);
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
    this.#options.onFailing?.(this.#error, true);
    this.#options.onDropped?.(null, this.#cause);
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
      if (this.#lost > 0) this.#tellLoss();
      this.#isDropping = false;
    }
    this.#giveRoom();
  }

  #tellLoss(): void {
    const { target, onTrouble, onDropped, lossChunk } = this.#options;
    const lost = this.#lost;
    this.#lost = 0;
    this.#isDropping = false;
    onTrouble(`${lost} lines could not be written to ${target.path} and are lost: ${this.#cause}`);
    onDropped?.(lost, this.#cause);
    const chunk = lossChunk(lost, this.#cause);
    // What comes next must not be taken for the rest of a line from before the gap.
    for (const stream of this.#open) this.#put({ ...chunk, stream, mark: '-.', bytes: NOTHING });
    this.#put(chunk);
  }

  #giveUp(): void {
    if (this.#retryMs > 0) this.#options.onFailing?.(null, false);
    this.#endRetry();
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

const NOTHING = Buffer.alloc(0);

const withoutBeginning = { '': '', '+': '+', '.': '.', '-': '', '-+': '+', '-.': '.' } as const;

/** Lines that end in a chunk. */
function linesIn({ mark, bytes }: Chunk): number {
  let lines = mark.endsWith('+') ? 0 : 1;
  for (let at = bytes.indexOf(NEWLINE); at >= 0; at = bytes.indexOf(NEWLINE, at + 1)) lines += 1;
  return lines;
}
