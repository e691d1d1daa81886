import { renameSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { errnoOf } from '../base/errors.js';
import { makeFolder } from '../base/folders.js';
import { type ByteSource, bytesAt, noBytes, openFileBytes, type Written } from './byte-source.js';
import { openGzip } from './gzip-part.js';
import type { LogOwner, LogPart, LogSource } from './join.js';
import { type FoundLog, openFile, type PartFile, partFile, removeFile } from './part-files.js';
import { type OpenPart, readSeal } from './part-reader.js';
import { DEFAULT_POLICY, type LogPolicy } from './policy.js';

/** What is told of a log's size, and who decides what goes when it is too much. */
export interface Accountant {
  /** The files of `log` have grown by so many bytes (negative: shrunk). */
  grew(log: ServiceLog, bytes: number): void;
  /** One more part is closed. */
  closed(log: ServiceLog, part: PartFile): void;
}

/** The log of one service: its files on disk and their sizes. Who writes into it is a `LogFile`. */
export class ServiceLog implements LogOwner {
  readonly app: string;
  path: string;
  /** Path of its files, without extension. */
  readonly stem: string;
  policy: LogPolicy = DEFAULT_POLICY;
  /** A part is closed before it would grow beyond this: as configured, or less where that is its share of a budget. */
  maxBytes: number = DEFAULT_POLICY.maxBytes;
  /** Closes the part that is written into now, for there is no room; null: nobody writes. */
  makeRoom: (() => void) | null = null;
  /** The first time of what is written into now, as long as no time in it is before one that stands further up; null: nobody knows. Whoever writes says. */
  steadyFrom: number | null = null;
  /** Oldest first. */
  #parts: PartFile[];
  readonly #openBytes: { log: number; raw: number };
  #unfinishedBytes = 0;
  #lastNumber: number;
  /** What is written into now; it gets its number when it is closed. */
  readonly #written: Record<'log' | 'raw', { number: number | null }> = { log: { number: null }, raw: { number: null } };
  readonly #accountant: Accountant;

  constructor(owner: LogOwner & { readonly stem: string }, found: FoundLog | undefined, accountant: Accountant) {
    this.app = owner.app;
    this.path = owner.path;
    this.stem = owner.stem;
    this.#parts = [...(found?.parts ?? [])];
    this.#openBytes = { log: 0, raw: 0, ...found?.openBytes };
    this.#lastNumber = this.#parts.at(-1)?.number ?? 0;
    this.#accountant = accountant;
  }

  /** Closed parts, oldest first. */
  get parts(): readonly PartFile[] {
    return this.#parts;
  }

  /** Bytes of what is written into now. */
  get openBytes(): number {
    return this.#openBytes.log + this.#openBytes.raw;
  }

  /** Bytes of what we write into now. */
  get writtenBytes(): number {
    return this.#openBytes.log;
  }

  /** Bytes of the file that a program writes itself, as last measured. */
  get rawBytes(): number {
    return this.#openBytes.raw;
  }

  /** Bytes on disk. */
  get bytes(): number {
    return this.#parts.reduce((sum, { bytes }) => sum + bytes, this.openBytes + this.#unfinishedBytes);
  }

  /** Has it ever been written into? */
  get isThere(): boolean {
    return this.#parts.length > 0 || this.openBytes > 0;
  }

  /** It is the log of the service at this path. */
  rename(path: string): this {
    this.path = path;
    return this;
  }

  /** What is written into now has this size. */
  setOpenBytes(kind: 'log' | 'raw', bytes: number): void {
    const grown = bytes - this.#openBytes[kind];
    this.#openBytes[kind] = bytes;
    if (grown !== 0) this.#accountant.grew(this, grown);
  }

  /** What is being compressed has grown to this size; 0: nothing is. */
  setUnfinishedBytes(bytes: number): void {
    const grown = bytes - this.#unfinishedBytes;
    this.#unfinishedBytes = bytes;
    if (grown !== 0) this.#accountant.grew(this, grown);
  }

  /** Looks how large the file is that a program writes itself. */
  measureRaw(): void {
    try {
      this.setOpenBytes('raw', statSync(openFile(this.stem, 'raw'), { throwIfNoEntry: false })?.size ?? 0);
    } catch (error) {
      // ENOTDIR, EACCES, EIO: then it is not known to be any larger.
      if (errnoOf(error) === undefined) throw error;
    }
  }

  /**
   * Makes what was written into until now the youngest closed part, and drops the oldest of those that are too many. Nobody may have it
   * open for writing.
   *
   * @throws the system's error when it cannot be renamed: then nothing has changed.
   */
  close(kind: 'log' | 'raw', now: number): void {
    const number = this.#freeNumber(kind);
    const path = partFile(this.stem, kind, number);
    const closing = this.#written[kind];
    const bytes = this.#openBytes[kind];
    this.#openBytes[kind] = 0;
    try {
      renameSync(openFile(this.stem, kind), path);
    } catch (error) {
      if (errnoOf(error) !== 'ENOENT') {
        this.#openBytes[kind] = bytes;
        throw error;
      }
      // Somebody has removed it.
      closing.number = 0;
      this.#written[kind] = { number: null };
      this.#accountant.grew(this, -bytes);
      return;
    }
    this.#lastNumber = number;
    closing.number = number;
    this.#written[kind] = { number: null };
    const part = {
      number,
      path,
      bytes,
      endedAt: now,
      isCompressed: false,
      isRaw: kind === 'raw',
      steadyFrom: kind === 'log' ? this.steadyFrom : null,
    };
    if (kind === 'log') this.steadyFrom = null;
    this.#parts.push(part);
    this.#accountant.closed(this, part);
    this.dropBeyond(this.policy.keep);
  }

  /** Closes the part that is written into now, or was by somebody who is gone. False: it cannot be closed now. */
  closeWritten(now: number): boolean {
    const bytes = this.#openBytes.log;
    try {
      if (this.makeRoom) this.makeRoom();
      else this.close('log', now);
    } catch (error) {
      // EROFS, EACCES: it grows on.
      if (errnoOf(error) === undefined) throw error;
    }
    return this.#openBytes.log < bytes;
  }

  /** Keeps so many of the youngest closed parts. */
  dropBeyond(keep: number): void {
    while (this.#parts.length > keep && this.dropOldest());
  }

  /** Drops the oldest closed part. False: there is none, or it cannot be removed. */
  dropOldest(): boolean {
    const [oldest] = this.#parts;
    if (!oldest) return false;
    if (!removeFile(oldest.path)) return false;
    this.#parts.shift();
    this.#accountant.grew(this, -oldest.bytes);
    return true;
  }

  /** A part has been replaced by its compressed self. */
  replace(part: PartFile, by: PartFile): boolean {
    const index = this.#parts.indexOf(part);
    if (index < 0) return false;
    this.#parts[index] = by;
    this.#accountant.grew(this, by.bytes - part.bytes);
    return true;
  }

  /** Makes the folder for its files (0700). */
  makeFolder(): void {
    makeFolder(dirname(this.stem));
  }

  /**
   * Everything up to now.
   *
   * @param written - of what we write into now the bytes that are in the file, and those that wait to be; default: what is in the file. Of what a program
   * writes itself it is what was there when it was last measured.
   */
  source(written: Written = {}): LogSource {
    const closed = this.#parts.map(
      ({ number, endedAt, steadyFrom }): LogPart => ({ endedAt, steadyFrom, open: () => this.#openNumber(number) }),
    );
    const kinds = (['raw', 'log'] as const).filter(
      (kind) => this.#openBytes[kind] > 0 || (kind === 'log' && (written.unwritten?.length ?? 0) > 0),
    );
    const unclosed = kinds.map((kind): LogPart => {
      const moment = kind === 'log' ? written : { end: this.#openBytes.raw };
      const steadyFrom = kind === 'log' ? this.steadyFrom : null;
      // By the time it is opened it may have been closed, and have a number.
      const now = this.#written[kind];
      const open = (): Promise<OpenPart | undefined> =>
        now.number === null ? this.#openNow(kind, moment) : this.#openNumber(now.number, moment);
      return { endedAt: null, steadyFrom, open };
    });
    return { app: this.app, path: this.path, parts: [...closed, ...unclosed] };
  }

  /** The next one. What is there, though it was not found (the folder could not be read then), is not written over. */
  #freeNumber(kind: 'log' | 'raw'): number {
    const isFile = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isFile() === true;
    const isTaken = (path: string): boolean => isFile(path) || isFile(`${path}.gz`);
    let number = this.#lastNumber + 1;
    while (isTaken(partFile(this.stem, kind, number))) number += 1;
    return number;
  }

  async #openNumber(number: number, moment: Written = {}): Promise<OpenPart | undefined> {
    const part = this.#parts.find((candidate) => candidate.number === number);
    if (!part) return undefined;
    const bytes = part.isCompressed ? await existing(() => openGzip(part.path)) : await existing(() => openFileBytes(part.path));
    return bytes && openPart(bytesAt(bytes, moment), part.isRaw ? part.endedAt : null);
  }

  async #openNow(kind: 'log' | 'raw', moment: Written): Promise<OpenPart> {
    const path = openFile(this.stem, kind);
    const rawAt = kind === 'raw' ? (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0) : null;
    // A file that is not there, or cannot be made, has what waits to be written all the same.
    return openPart(bytesAt((await existing(() => openFileBytes(path))) ?? noBytes, moment), rawAt);
  }
}

async function openPart(bytes: ByteSource, rawAt: number | null): Promise<OpenPart> {
  try {
    return rawAt === null ? await readSeal(bytes) : { bytes, seal: null, rawAt };
  } catch (error) {
    bytes.close();
    throw error;
  }
}

/** Undefined if the file is not there: it has been dropped meanwhile. */
async function existing(open: () => ByteSource | Promise<ByteSource>): Promise<ByteSource | undefined> {
  try {
    return await open();
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw error;
    return undefined;
  }
}
