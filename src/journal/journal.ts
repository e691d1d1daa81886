import { AppendFile, type WriteBytes, writeNow } from '../base/append-file.js';
import { messageOf } from '../base/errors.js';
import { linesBackwards } from '../base/read-backwards.js';
import { formatEntry, type JournalEntry, parseEntry } from './entry.js';

/** So many entries wait for a disk that takes none; beyond that the oldest go. */
export const MAX_WAITING_ENTRIES = 10_000;
/** A clock that is set back leaves younger entries behind older ones; one that was set back by more is not searched further. */
const CLOCK_STEP_MS = 3_600_000;

/** Where a journal is and whom it tells. */
export interface JournalOptions {
  /** Made (0600, folders 0700) by the first entry. */
  readonly file: string;
  /** The journal cannot be written, or holds lines that are no entries: once for each time that it begins. */
  readonly onTrouble: (message: string) => void;
  /** Replaces the system call in tests. */
  readonly writeBytes?: WriteBytes | undefined;
}

/** Which entries are wanted; what is undefined does not matter. */
export interface JournalQuery {
  readonly app?: string | undefined;
  readonly paths?: readonly string[] | undefined;
  /** ISO 8601: nothing from before. */
  readonly since?: string | undefined;
  /** So many of the last ones. */
  readonly last?: number | undefined;
}

/** Opens a journal; it is not touched before the first entry. Whoever calls this calls `close`. */
export const openJournal = (options: JournalOptions): Journal => new Journal(options);

/**
 * The daemon's memory of what happened: one JSON line an entry, in order. Entries are gathered and written one write
 * at a time; nobody waits for it. What could not be written is tried again with the next entry.
 */
export class Journal {
  private readonly options: JournalOptions;
  private readonly file: AppendFile;
  /** Entries nobody has begun to write. */
  private waiting: JournalEntry[] = [];
  /** Of what is being written, or could not be, the part that is not on disk. */
  private rest: Buffer | null = null;
  private isWriting = false;
  private isDue = false;
  private isInTrouble = false;
  private hasToldDamage = false;
  private lost = 0;
  private whenIdle: (() => void)[] = [];

  constructor(options: JournalOptions) {
    this.options = options;
    this.file = new AppendFile(options.file, options.writeBytes ?? writeNow);
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
   * @throws the system's error when the file is there and cannot be read.
   */
  async read(query: JournalQuery = {}): Promise<readonly JournalEntry[]> {
    // Opens the file, which mends a torn last line that what is waiting would else be read on to.
    if (!this.isWriting) this.write();
    const limit = query.last ?? Infinity;
    const since = query.since === undefined ? -Infinity : Date.parse(query.since);
    const found: JournalEntry[] = [];
    let damaged = 0;
    const take = (line: Buffer): boolean => {
      const entry = parseEntry(line.toString('utf8'));
      if (!entry) {
        damaged += 1;
        return false;
      }
      const at = Date.parse(entry.at);
      if (isWanted(entry, query) && !(at < since)) found.push(entry);
      return found.length >= limit || at < since - CLOCK_STEP_MS;
    };
    const moment = { file: this.options.file, end: this.file.size, unwritten: this.unwritten() };
    if (limit > 0) for await (const batch of linesBackwards(moment)) if (batch.some(take)) break;
    this.tellDamage(damaged);
    return found.reverse();
  }

  /** Writes what is waiting, tries once more what could not be written, and closes the file. What remains is reported. */
  async close(): Promise<void> {
    await this.idle();
    this.write();
    await this.idle();
    const unwritten = this.unwritten();
    if (unwritten.length > 0) this.options.onTrouble(`the last ${unwritten.length} bytes of ${this.options.file} could not be written`);
    this.file.close();
  }

  /** Resolves when no write is in flight. */
  private async idle(): Promise<void> {
    if (!this.isWriting) return;
    await new Promise<void>((resolve) => {
      this.whenIdle.push(resolve);
    });
  }

  private write(): void {
    this.rest ??= this.takeWaiting();
    if (this.rest.length === 0) this.rest = null;
    if (!this.rest) return;
    this.isWriting = true;
    this.file.append(this.rest, (rest, error) => {
      this.isWriting = false;
      this.rest = error ? rest : null;
      if (error) this.tellTrouble(error);
      else {
        this.isInTrouble = false;
        this.write();
      }
      if (!this.isWriting) this.settle();
    });
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

  private tellTrouble(error: unknown): void {
    if (!this.isInTrouble) this.options.onTrouble(`cannot write ${this.options.file}: ${messageOf(error)}`);
    this.isInTrouble = true;
  }

  private tellDamage(lines: number): void {
    if (lines > 0 && !this.hasToldDamage) this.options.onTrouble(`${this.options.file}: ${lines} lines are no entries and are passed over`);
    this.hasToldDamage = lines > 0;
  }

  private settle(): void {
    const waiting = this.whenIdle;
    this.whenIdle = [];
    for (const resolve of waiting) resolve();
  }
}

/** What the daemon did of itself belongs to every application's history. */
const isWanted = (entry: JournalEntry, { app, paths }: JournalQuery): boolean =>
  paths === undefined
    ? app === undefined || entry.app === app || entry.app === null
    : entry.path !== null && paths.includes(entry.path) && (app === undefined || entry.app === app);

const encode = (entries: readonly JournalEntry[]): Buffer => Buffer.from(entries.map(formatEntry).join(''));

const lossEntry = (at: string, lost: number): JournalEntry => ({
  at,
  app: null,
  path: null,
  event: 'entries_lost',
  pid: null,
  run: null,
  exit: null,
  cause: `${lost} entries could not be written and are lost`,
  by: 'daemon',
  type: 'info',
  supervisor: null,
});
