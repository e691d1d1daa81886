import { AppendFile, type WriteBytes, writeNow } from '../base/append-file.js';
import type { Clock, Millis } from '../base/clock.js';
import { messageOf } from '../base/errors.js';
import { daemonEntry, formatEntry, type JournalEntry } from './entry.js';
import { closedParts, closePart, linesOfParts, PART_BYTES } from './parts.js';
import { type JournalQuery, type JournalScope, scan, search } from './search.js';

/** So many entries wait for a disk that takes none; beyond that the oldest go. */
export const MAX_WAITING_ENTRIES = 10_000;

const FIRST_RETRY_MS: Millis = 1_000;
const LONGEST_RETRY_MS: Millis = 30_000;
/** A part that cannot be closed grows on; after so much of a part's size it is tried again. */
const CLOSE_AGAIN = 1 / 16;

/** Where a journal is and whom it tells. */
export interface JournalOptions {
  /** Made (0600, folders 0700) by the first entry; older parts lie beside it, see parts.ts. */
  readonly file: string;
  readonly clock: Clock;
  /** It cannot be written, for this error; null: it can be again. Once each time that it changes. */
  readonly onFailing: (error: unknown) => void;
  /** It holds lines that are no entries, a part cannot be closed, or entries are given up: once for each time that it begins. */
  readonly onTrouble: (message: string) => void;
  /** Replaces the system call in tests. */
  readonly writeBytes?: WriteBytes | undefined;
  /** Size at which a part is closed; default {@link PART_BYTES}. For tests. */
  readonly partBytes?: number | undefined;
}

/** Opens a journal; it is not touched before the first entry. Whoever calls this calls `close`. */
export const openJournal = (options: JournalOptions): Journal => new Journal(options);

/**
 * The daemon's memory of what happened: one JSON line an entry, in order. Entries are gathered and written one write
 * at a time; nobody waits for it. What could not be written is tried again with the next entry, and by itself after 1 s, then twice as
 * long each time up to 30 s. Its size is bounded: see parts.ts.
 */
export class Journal {
  private readonly options: JournalOptions;
  private readonly file: AppendFile;
  private readonly partBytes: number;
  /** Size of the file at which closing it is tried next. */
  private closeAt: number;
  /** Entries nobody has begun to write. */
  private waiting: JournalEntry[] = [];
  /** Of what is being written, or could not be, the part that is not on disk. */
  private rest: Buffer | null = null;
  private isWriting = false;
  private isDue = false;
  private isInTrouble = false;
  private isClosing = false;
  private retryMs = 0;
  private cancelRetry: (() => void) | null = null;
  private toldDamage = 0;
  private hasToldFullPart = false;
  private lost = 0;
  private whenIdle: (() => void)[] = [];

  constructor(options: JournalOptions) {
    this.options = options;
    this.file = new AppendFile(options.file, options.writeBytes ?? writeNow);
    this.partBytes = options.partBytes ?? PART_BYTES;
    this.closeAt = this.partBytes;
  }

  /** Takes an entry; returns at once and never fails. */
  append(entry: JournalEntry): void {
    this.waiting.push(entry);
    if (this.waiting.length > MAX_WAITING_ENTRIES) {
      this.waiting.shift();
      this.lost += 1;
    }
    this.writeSoon();
  }

  /** After what is being done: whoever appends has something more urgent to do than to wake a thread, and more may come. */
  private writeSoon(): void {
    if (this.isWriting || this.isDue) return;
    this.isDue = true;
    setImmediate(() => {
      this.isDue = false;
      if (!this.isWriting) this.write();
    });
  }

  /**
   * The wanted entries, oldest first, those not yet on disk included. Reads backwards and no further than needed;
   * lines that are no entries are passed over, and `onTrouble` is told how many.
   *
   * @throws the system's error when a file is there and cannot be read.
   */
  async read(query: JournalQuery = {}): Promise<readonly JournalEntry[]> {
    const { entries, damaged } = await search(this.linesNow(), query);
    this.tellDamage(damaged);
    return entries;
  }

  /**
   * Gives `take` the entries in a scope, newest first, those not yet on disk included, until it says that it is done; all of the moment of this
   * call. Lines that are no entries are passed over, and `onTrouble` is told how many.
   *
   * @throws the system's error when a file is there and cannot be read.
   */
  async scan(scope: JournalScope, take: (entry: JournalEntry) => boolean): Promise<void> {
    this.tellDamage(await scan(this.linesNow(), scope, take));
  }

  /** Writes what is waiting, tries once more what could not be written, and closes the file. What remains is reported. */
  async close(): Promise<void> {
    this.isClosing = true;
    this.endRetries();
    await this.idle();
    this.write();
    await this.idle();
    const unwritten = this.unwritten();
    if (unwritten.length > 0) this.options.onTrouble(`the last ${unwritten.length} bytes of ${this.options.file} could not be written`);
    this.file.close();
  }

  /** Lines backwards, all of this moment: what is written or renamed while they are read changes nothing. Call `next` at once. */
  private linesNow(): ReturnType<typeof linesOfParts> {
    // Opens the file, which mends a torn last line that what is waiting would else be read on to.
    if (!this.isWriting) this.write();
    const unwritten = this.unwritten();
    // Of a file that could not be opened the last line may be torn.
    const apart = this.file.isOpen ? unwritten : Buffer.concat([Buffer.from('\n'), unwritten]);
    const { file } = this.options;
    return linesOfParts({ file, end: this.file.size, unwritten: apart }, closedParts(file));
  }

  /** Resolves when no write is in flight. */
  private async idle(): Promise<void> {
    if (!this.isWriting) return;
    await new Promise<void>((resolve) => {
      this.whenIdle.push(resolve);
    });
  }

  private write(): void {
    if (!this.rest && this.waiting.length > 0) {
      this.closeFullPart();
      this.rest = this.takeWaiting();
    }
    if (!this.rest) return;
    this.isWriting = true;
    this.file.append(this.rest, (rest, error) => {
      this.isWriting = false;
      this.rest = error ? rest : null;
      if (error) this.fail(error);
      else {
        this.recover();
        this.write();
      }
      if (!this.isWriting) this.settle();
    });
  }

  /** Only called between two entries, so that none is torn between two parts. */
  private closeFullPart(): void {
    const { file, onTrouble } = this.options;
    try {
      if (this.file.size < this.closeAt) return;
      this.closeAt = this.file.size + CLOSE_AGAIN * this.partBytes;
      closePart(file);
      // Only now: had it failed, the file might not open again either (EROFS), and nothing could be written any more.
      this.file.close();
      this.closeAt = this.partBytes;
      this.hasToldFullPart = false;
    } catch (error) {
      if (!this.hasToldFullPart) onTrouble(`cannot begin a new part of ${file}, it grows on: ${messageOf(error)}`);
      this.hasToldFullPart = true;
    }
  }

  private takeWaiting(): Buffer {
    const entries = this.waitingWithLoss();
    this.waiting = [];
    this.lost = 0;
    return encode(entries);
  }

  /** The entries that wait; what was lost before them is an entry too. */
  private waitingWithLoss(): readonly JournalEntry[] {
    const [next] = this.waiting;
    return next && this.lost > 0 ? [lossEntry(next.at, this.lost), ...this.waiting] : this.waiting;
  }

  private unwritten(): Buffer {
    const waiting = encode(this.waitingWithLoss());
    return this.rest ? Buffer.concat([this.rest, waiting]) : waiting;
  }

  private fail(error: unknown): void {
    if (!this.isInTrouble) this.options.onFailing(error);
    this.isInTrouble = true;
    if (this.cancelRetry || this.isClosing) return;
    this.retryMs = Math.min(Math.max(FIRST_RETRY_MS, this.retryMs * 2), LONGEST_RETRY_MS);
    this.cancelRetry = this.options.clock.after(this.retryMs, () => {
      this.cancelRetry = null;
      if (!this.isWriting) this.write();
    });
  }

  private recover(): void {
    if (!this.isInTrouble) return;
    this.isInTrouble = false;
    this.endRetries();
    this.options.onFailing(null);
  }

  private endRetries(): void {
    this.cancelRetry?.();
    this.cancelRetry = null;
    this.retryMs = 0;
  }

  private tellDamage(lines: number): void {
    if (lines > this.toldDamage) this.options.onTrouble(`${this.options.file}: ${lines} lines are no entries and are passed over`);
    this.toldDamage = Math.max(lines, this.toldDamage);
  }

  private settle(): void {
    const waiting = this.whenIdle;
    this.whenIdle = [];
    for (const resolve of waiting) resolve();
  }
}

const encode = (entries: readonly JournalEntry[]): Buffer => Buffer.from(entries.map(formatEntry).join(''));

const lossEntry = (at: string, lost: number): JournalEntry =>
  daemonEntry(at, 'entries_lost', `${lost} entries could not be written and are lost`);
