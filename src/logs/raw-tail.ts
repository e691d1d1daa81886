import { closeSync, fstatSync, openSync } from 'node:fs';
import type { Clock, Millis } from '../base/clock.js';
import { errnoOf } from '../base/errors.js';
import { readNow } from './byte-source.js';
import { MAX_PIECE_BYTES } from './record.js';

/** How often a file is looked at that a program writes itself: nobody else tells of it, and it is a person who waits. */
const LOOK_MS: Millis = 200;
/** So much is taken at one look; of a program that writes more the rest comes with the next ones. */
const MOST_BYTES = 1024 * 1024;
const NEWLINE = 0x0a;
const NOTHING: Buffer = Buffer.alloc(0);

/**
 * Gives `take` the lines that come into a file from now on, until the returned function is called; each without its newline, those longer than 64 KB in
 * pieces. The file need not be there yet, and may be replaced by another of its name.
 */
export function tailRaw(file: string, clock: Clock, take: (line: Buffer) => void): () => void {
  const tail = new RawTail(file, take);
  let cancel = (): void => undefined;
  const plan = (): void => {
    cancel = clock.after(LOOK_MS, look);
  };
  const look = (): void => {
    try {
      tail.goOn();
    } catch (error) {
      // EIO, ESTALE: the next look may see more.
      if (errnoOf(error) === undefined) throw error;
    }
    plan();
  };
  plan();
  return () => {
    cancel();
    tail.close();
  };
}

class RawTail {
  #fd: number | null;
  #position: number;
  #rest: Buffer = NOTHING;

  constructor(
    private readonly file: string,
    private readonly take: (line: Buffer) => void,
  ) {
    this.#fd = openExisting(file);
    this.#position = this.#fd === null ? 0 : sizeOf(this.#fd);
  }

  goOn(): void {
    // Asked before it is read: what is written into it until then is read, too.
    const isOver = this.#fd === null || !isSame(this.#fd, this.file);
    if (!this.#read() || !isOver) return;
    // Between two runs it has been closed as a part, and all of it has been read.
    this.close();
    if (this.#rest.length > 0) this.take(this.#rest);
    this.#rest = NOTHING;
    this.#fd = openExisting(this.file);
    this.#position = 0;
  }

  close(): void {
    const fd = this.#fd;
    this.#fd = null;
    if (fd !== null) closeSync(fd);
  }

  /** Returns whether that was all there is. */
  #read(): boolean {
    if (this.#fd === null) return true;
    const left = sizeOf(this.#fd) - this.#position;
    // Somebody has emptied it: what is in it now is new.
    if (left < 0) this.#position = 0;
    const bytes = left <= 0 ? NOTHING : readNow(this.#fd, this.#position, Math.min(MOST_BYTES, left));
    this.#position += bytes.length;
    this.#rest = giveLines(Buffer.concat([this.#rest, bytes]), this.take);
    return left >= 0 && bytes.length === left;
  }
}

/** Gives out whole lines and pieces of long ones; returns what is left. */
function giveLines(bytes: Buffer, take: (line: Buffer) => void): Buffer {
  let start = 0;
  for (let end = bytes.indexOf(NEWLINE); end >= 0; end = bytes.indexOf(NEWLINE, start)) {
    take(bytes.subarray(start, end));
    start = end + 1;
  }
  for (; bytes.length - start > MAX_PIECE_BYTES; start += MAX_PIECE_BYTES) take(bytes.subarray(start, start + MAX_PIECE_BYTES));
  return bytes.subarray(start);
}

const sizeOf = (fd: number): number => fstatSync(fd).size;

function openExisting(file: string): number | null {
  try {
    return openSync(file, 'r');
  } catch (error) {
    // ENOENT: nothing has been written yet. EMFILE, EACCES: it is tried again with the next look.
    if (errnoOf(error) === undefined) throw error;
    return null;
  }
}

function isSame(fd: number, file: string): boolean {
  const other = openExisting(file);
  if (other === null) return true;
  try {
    return fstatSync(other).ino === fstatSync(fd).ino;
  } finally {
    closeSync(other);
  }
}
