import { randomBytes } from 'node:crypto';
import { closeSync, fstatSync, ftruncateSync, statSync, writeSync } from 'node:fs';
import { openAppending } from '../base/append-file.js';
import type { Clock, Millis } from '../base/clock.js';
import { errnoOf } from '../base/errors.js';
import { readNow } from './byte-source.js';
import type { Gatherer } from './gather.js';
import { openFile } from './part-files.js';
import { LEAST_PART_BYTES } from './policy.js';
import {
  blockEnds,
  type Chunk,
  formatRecords,
  MAX_HEAD_BYTES,
  MAX_UNIT_BYTES,
  parseHeading,
  recordsSize,
  sealIn,
  sealLine,
} from './record.js';
import type { ServiceLog } from './service-log.js';
import { type LogTarget, tellOf, type WriteNow } from './writer.js';

/** From here on a chunk is written as it is, as a block: then it is cheaper, and no longer made to be looked at. */
const BLOCK_BYTES = 2 * 1024;
/** Or where records would take so much: each line costs a head, however short it is. */
const MOST_RECORD_BYTES = 3 * 1024;
/** A clock that was set back by more begins a new part, as times have to grow within each: who searches for a time reads no further. */
export const CLOCK_STEP_MS: Millis = 10_000;
/** A part that cannot be closed grows on; after so much of its size it is tried again. */
const CLOSE_AGAIN = 1 / 16;

const NEWLINE = 0x0a;
const CLOSED = -1;

/** What a log file needs besides its log. */
export interface LogFileOptions {
  readonly clock: Clock;
  /** A part cannot be closed: once for each time that it begins. */
  readonly onTrouble: (message: string) => void;
  /** Replaces the system call in tests. */
  readonly writeNow?: WriteNow | undefined;
}

/**
 * The file that a service's lines go to, part after part. It is opened by the first write: folders are made 0700, the file 0600, and what a
 * crash tore at its end is ended, so that it cannot swallow what follows.
 */
export class LogFile implements LogTarget {
  readonly path: string;
  readonly #log: ServiceLog;
  readonly #options: LogFileOptions;
  #fd = CLOSED;
  #size: number;
  #seal: string | null = null;
  /** The latest time in the part; "": none is known. */
  #lastStamp = '';
  /** The second in which it was last looked whether it is there. */
  #lookedAt = '';
  /** Size at which closing it is tried next, if it has failed. */
  #closeAgainAt = 0;

  constructor(log: ServiceLog, options: LogFileOptions) {
    this.#log = log;
    this.#options = options;
    this.path = openFile(log.stem, 'log');
    this.#size = log.writtenBytes;
  }

  /** Bytes of the part that is written into now. */
  get size(): number {
    return this.#size;
  }

  /** What a crash has torn is ended, if there is anything: whoever reads it next finds it whole. A disk that takes nothing leaves it as it is. */
  mend(): void {
    try {
      if (this.#size > 0) this.open();
    } catch (error) {
      if (errnoOf(error) === undefined) throw error;
    }
  }

  open(): void {
    if (this.#fd !== CLOSED) return;
    const fd = openAppending(this.path);
    const size = this.#mended(fd);
    this.#fd = fd;
    this.#setSize(size);
  }

  put(chunk: Chunk, into: Gatherer): void {
    if (chunk.stamp >= this.#lastStamp) this.#lastStamp = chunk.stamp;
    else this.#log.steadyFrom = null;
    if (this.#seal === null || !isBlock(chunk)) {
      into.add(formatRecords(chunk));
      return;
    }
    const { before, after } = blockEnds(chunk, this.#seal);
    into.add(before);
    into.addBytes(chunk.bytes);
    into.add(after);
  }

  prepare(chunk: Chunk): void {
    try {
      this.#missIt(chunk.stamp);
      this.open();
      const bytes = isBlock(chunk) ? chunk.bytes.length + 2 * MAX_HEAD_BYTES : recordsSize(chunk);
      const isOld = this.#size > 0 && (this.#seal === null || this.#wasSetBack(chunk.stamp));
      const isFull = this.#size > 0 && this.#size + bytes > this.#log.maxBytes;
      if ((isOld || isFull) && this.#size >= this.#closeAgainAt) this.closePart();
      if (this.#size === 0) this.#begin(chunk.stamp);
    } catch (error) {
      // ENOSPC, EROFS, EMFILE: the write that comes now meets the same, and there it is told and tried again.
      if (errnoOf(error) === undefined) throw error;
    }
  }

  /** Once a second: has somebody removed it? What is written into it from then on nobody would ever read. */
  #missIt(stamp: string): void {
    const second = stamp.slice(0, -'.000Z'.length);
    if (this.#fd === CLOSED || second === this.#lookedAt) return;
    this.#lookedAt = second;
    if (statSync(this.path, { throwIfNoEntry: false }) === undefined) this.closePart();
  }

  settle(): void {
    if (this.#size > this.#log.maxBytes) this.closePart();
  }

  /** The largest chunk that fits into one part, in bytes. */
  largestChunk(): number {
    return Math.max(LEAST_PART_BYTES / 2, Math.floor(this.#log.maxBytes / 2));
  }

  write(bytes: Buffer): number {
    this.open();
    const written = (this.#options.writeNow ?? writeSync)(this.#fd, bytes);
    this.#setSize(this.#size + written);
    return written;
  }

  /** Closes the part, as if it were full; call it only when nothing waits to be written. One that cannot be closed grows on. */
  closePart(): void {
    const { clock, onTrouble } = this.#options;
    try {
      this.#log.close('log', this.#lastStamp === '' ? clock.wallTime(clock.now()).getTime() : Date.parse(this.#lastStamp));
    } catch (error) {
      if (errnoOf(error) === undefined) throw error;
      if (this.#closeAgainAt === 0) onTrouble(`cannot begin a new part of ${this.path}, it grows on: ${String(error)}`);
      this.#closeAgainAt = this.#size + CLOSE_AGAIN * this.#log.maxBytes;
      return;
    }
    this.#closeAgainAt = 0;
    // Only now: had it failed, the file might not open again either (EROFS), and nothing could be written any more.
    tellOf(() => this.close(), `closing a part of ${this.path}`, onTrouble);
    this.#size = 0;
    this.#seal = null;
    this.#lastStamp = '';
  }

  close(): void {
    if (this.#fd === CLOSED) return;
    const fd = this.#fd;
    // Also when closing fails: the descriptor is gone all the same.
    this.#fd = CLOSED;
    closeSync(fd);
  }

  /** Looks at a file that has just been opened, and ends what a crash has torn. Returns its size then. @throws the system's error; then it is closed. */
  #mended(fd: number): number {
    try {
      const { size, mtime } = fstatSync(fd);
      this.#seal = size === 0 ? null : sealOf(fd);
      const mending = size === 0 ? Buffer.alloc(0) : mend(fd, size, this.#seal);
      writeWhole(fd, { bytes: mending, size, write: writeSync });
      // The clock may have been set back while nobody wrote: at a boot, say.
      if (size > 0 && this.#lastStamp === '') {
        this.#lastStamp = mtime.toISOString();
        this.#log.steadyFrom = null;
      }
      return size + mending.length;
    } catch (error) {
      closeSync(fd);
      throw error;
    }
  }

  #begin(stamp: string): void {
    this.open();
    const seal = randomBytes(8).toString('hex');
    const bytes = Buffer.from(sealLine(seal), 'latin1');
    // A part that cannot have one gets no blocks, and is closed soon.
    writeWhole(this.#fd, { bytes, size: 0, write: this.#options.writeNow ?? writeSync });
    this.#seal = seal;
    this.#log.steadyFrom = Date.parse(stamp);
    this.#setSize(bytes.length);
  }

  #wasSetBack(stamp: string): boolean {
    if (stamp >= this.#lastStamp) return false;
    return Date.parse(stamp) < Date.parse(this.#lastStamp) - CLOCK_STEP_MS;
  }

  /** Comes last in whatever is done: where a budget is exceeded, this closes the part. */
  #setSize(size: number): void {
    this.#size = size;
    this.#log.setOpenBytes('log', size);
  }
}

/** All or nothing: half of a line would swallow what comes next. @throws the system's error. */
function writeWhole(fd: number, { bytes, size, write }: { readonly bytes: Buffer; readonly size: number; readonly write: WriteNow }): void {
  let rest = bytes;
  try {
    while (rest.length > 0) rest = rest.subarray(write(fd, rest));
  } catch (error) {
    ftruncateSync(fd, size);
    throw error;
  }
}

const isBlock = (chunk: Chunk): boolean => chunk.bytes.length >= BLOCK_BYTES || recordsSize(chunk) > MOST_RECORD_BYTES;

function sealOf(fd: number): string | null {
  const head = readNow(fd, 0, MAX_HEAD_BYTES);
  const end = head.indexOf(NEWLINE);
  return end < 0 ? null : sealIn(head.toString('latin1', 0, end));
}

/** What has to be appended so that what follows begins on a line of its own and in no block: nothing, unless a crash tore what was written last. */
function mend(fd: number, size: number, seal: string | null): Buffer {
  const from = Math.max(0, size - MAX_UNIT_BYTES);
  const tail = readNow(fd, from, size - from);
  const newline = tail.at(-1) === NEWLINE ? '' : '\n';
  const mark = `.${seal ?? ''}\n`;
  const sealed = seal === null ? -1 : tail.lastIndexOf(mark, undefined, 'latin1');
  const line = sealed < 0 ? '' : tail.toString('latin1', tail.lastIndexOf(NEWLINE, sealed) + 1, sealed);
  // The head of a block names its length behind the time, its end does nothing else.
  const length = /^.+#(\d+)$/.exec(line)?.[1];
  if (length === undefined) return Buffer.from(newline === '' ? '' : `\n${endOf(tail, seal)}`, 'latin1');
  const rawBytes = tail.length - sealed - mark.length;
  return Buffer.from(newline === '' && rawBytes > 0 ? `#${rawBytes - 1}${mark}` : `\n#${rawBytes}${mark}`, 'latin1');
}

/** What ends the line of a torn record, if it was to go on in what comes next: that is not its rest. */
function endOf(tail: Buffer, seal: string | null): string {
  const line = tail.toString('latin1', tail.lastIndexOf(NEWLINE) + 1).slice(0, MAX_HEAD_BYTES + 1);
  const heading = parseHeading(line, seal);
  if (heading?.end !== 'next-piece') return '';
  return formatRecords({ ...heading, stamp: new Date(heading.at).toISOString(), mark: '-.', bytes: Buffer.alloc(0) });
}
