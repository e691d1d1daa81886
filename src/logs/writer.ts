import { AppendFile, type WriteBytes, writeNow } from '../base/append-file.js';
import type { Clock, Millis } from '../base/clock.js';
import { messageOf } from '../base/errors.js';
import { Gatherer, type Part, releasePart } from './gather.js';

/** From here on a writer asks for no more until half of it is written. */
export const FULL_BYTES = 256 * 1024;
/** While the file cannot be written, what comes beyond this is counted instead of kept. */
export const DROP_BYTES = 4 * 1024 * 1024;

const FIRST_RETRY_MS: Millis = 100;
const LONGEST_RETRY_MS: Millis = 10_000;

/** What a writer needs, and whom it tells. */
export interface LogWriterOptions {
  readonly file: string;
  readonly clock: Clock;
  /** What was written made room: a reader that waits may read on. */
  readonly onRoom: () => void;
  /** The file cannot be written, or lines were lost: once for each time that it begins, with the cause. */
  readonly onTrouble: (message: string) => void;
  /** The file cannot be written, for this error; null: it can be again, or nothing waits for it any more. Once each time that it changes. */
  readonly onFailing?: ((error: unknown) => void) | undefined;
  /** The record that says in the log that `lost` lines are missing at its place. */
  readonly lossRecord: (lost: number, cause: string) => string;
  /** Replaces the system call in tests. */
  readonly writeBytes?: WriteBytes | undefined;
}

/**
 * Appends records to a log file, at once: what the kernel has taken survives us. While the file cannot be written, the rest
 * is gathered. Memory is bounded by whoever heeds {@link isFull}. A failed write is tried
 * again after 100 ms, then twice as long each time up to 10 s; nothing is lost before {@link DROP_BYTES} are waiting,
 * and then a record in the log says how much. Whoever made it calls `close`.
 */
export class LogWriter {
  private readonly options: LogWriterOptions;
  private readonly file: AppendFile;
  /** What is being written, and how much of it is not; what is gathered comes after it. */
  private part: Part | null = null;
  private rest: Buffer | null = null;
  private readonly gathered = new Gatherer();
  private isAsking = false;
  private cancelRetry: (() => void) | null = null;
  private retryMs = 0;
  private cause = '';
  private lost = 0;
  private isClosing = false;
  /** All bytes ever appended; of these, the last `waitingBytes` are not written. */
  private appended = 0;
  /** Those who wait until the first `until` bytes of all are written. */
  private flushing: { readonly until: number; readonly done: () => void }[] = [];

  constructor(options: LogWriterOptions) {
    this.options = options;
    this.file = new AppendFile(options.file, options.writeBytes ?? writeNow);
  }

  /** Is enough waiting? Nothing more should be read until `onRoom`. */
  get isFull(): boolean {
    if (this.waitingBytes < FULL_BYTES) return false;
    this.isAsking = true;
    return true;
  }

  /** A copy of what has been appended and is not yet in the file. */
  get unwritten(): Buffer {
    return this.rest ? Buffer.concat([this.rest, this.gathered.copy()]) : this.gathered.copy();
  }

  /** Bytes of the file that are written. */
  get size(): number {
    return this.file.size;
  }

  /** Takes whole records as latin1 text; returns at once. */
  append(records: string): void {
    if (this.retryMs > 0 && this.waitingBytes + records.length > DROP_BYTES) {
      this.drop(records);
      return;
    }
    this.gather(records);
    if (!this.part) this.write();
  }

  /** Resolves when all that was appended is written, also while appending goes on; after trouble only when it is over. */
  async flush(): Promise<void> {
    if (this.waitingBytes === 0) return;
    await new Promise<void>((done) => {
      this.flushing.push({ until: this.appended, done });
    });
  }

  /** Writes what is waiting, once more even in trouble, and closes the file; what cannot be written is reported and given up. */
  async close(): Promise<void> {
    this.isClosing = true;
    if (this.cancelRetry) this.retry();
    // Closing under a write in flight would let it end up in whatever file gets the same descriptor next.
    while (this.waitingBytes > 0) await this.flush();
    this.file.close();
  }

  private get waitingBytes(): number {
    return (this.rest?.length ?? 0) + this.gathered.size;
  }

  private gather(records: string): void {
    this.gathered.add(records);
    this.appended += records.length;
  }

  private write(): void {
    if (!this.part) {
      this.part = this.gathered.take() ?? null;
      this.rest = this.part?.bytes ?? null;
    }
    if (this.rest) this.file.append(this.rest, this.onWritten);
  }

  private readonly onWritten = (rest: Buffer, error: unknown): void => {
    this.rest = rest;
    if (error) {
      this.fail(error);
      return;
    }
    this.finishPart();
    this.recover();
    this.write();
    this.settle();
    if (this.isAsking && this.waitingBytes <= FULL_BYTES / 2) {
      this.isAsking = false;
      this.options.onRoom();
    }
  };

  private fail(error: unknown): void {
    this.cause = messageOf(error);
    if (this.isClosing) {
      this.options.onTrouble(`${this.waitingBytes} bytes could not be written to ${this.options.file} and are lost: ${this.cause}`);
      this.giveUp();
      return;
    }
    if (this.retryMs === 0) {
      this.options.onTrouble(`cannot write ${this.options.file}: ${this.cause}`);
      this.options.onFailing?.(error);
    }
    this.retryMs = Math.min(Math.max(FIRST_RETRY_MS, this.retryMs * 2), LONGEST_RETRY_MS);
    this.cancelRetry = this.options.clock.after(this.retryMs, () => {
      this.retry();
    });
  }

  private giveUp(): void {
    if (this.retryMs > 0) this.options.onFailing?.(null);
    this.retryMs = 0;
    this.finishPart();
    for (let part = this.gathered.take(); part; part = this.gathered.take()) releasePart(part);
    this.settle();
  }

  private finishPart(): void {
    if (this.part) releasePart(this.part);
    this.part = null;
    this.rest = null;
  }

  private retry(): void {
    this.cancelRetry?.();
    this.cancelRetry = null;
    this.write();
  }

  private recover(): void {
    if (this.retryMs > 0) this.options.onFailing?.(null);
    this.retryMs = 0;
    if (this.lost === 0) return;
    this.gather(this.options.lossRecord(this.lost, this.cause));
    this.options.onTrouble(`${this.lost} lines could not be written to ${this.options.file} and are lost: ${this.cause}`);
    this.lost = 0;
  }

  private drop(records: string): void {
    // Each record ends in a newline.
    this.lost += records.split('\n').length - 1;
  }

  private settle(): void {
    if (this.flushing.length === 0) return;
    const written = this.appended - this.waitingBytes;
    const done = this.flushing.filter(({ until }) => until <= written);
    this.flushing = this.flushing.filter(({ until }) => until > written);
    for (const flush of done) flush.done();
  }
}
