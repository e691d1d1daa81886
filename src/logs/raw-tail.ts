import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import type { Clock, Millis } from '../base/clock.js';
import { errnoOf } from '../base/errors.js';
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
  let fd = openExisting(file);
  let position = fd === null ? 0 : sizeOf(fd);
  let rest: Buffer = NOTHING;
  /** Returns whether that was all there is. */
  const read = (): boolean => {
    if (fd === null) return true;
    const left = sizeOf(fd) - position;
    // Somebody has emptied it: what is in it now is new.
    if (left < 0) position = 0;
    const bytes = left <= 0 ? NOTHING : readNow(fd, position, Math.min(MOST_BYTES, left));
    position += bytes.length;
    rest = giveLines(Buffer.concat([rest, bytes]), take);
    return left >= 0 && bytes.length === left;
  };
  const look = (): void => {
    // Asked before it is read: what is written into it until then is read, too.
    const isOver = fd === null || !isSame(fd, file);
    if (!read() || !isOver) return plan();
    // Between two runs it has been closed as a part, and all of it has been read.
    if (fd !== null) closeSync(fd);
    if (rest.length > 0) take(rest);
    rest = NOTHING;
    fd = openExisting(file);
    position = 0;
    plan();
  };
  let cancel = (): void => undefined;
  const plan = (): void => {
    cancel = clock.after(LOOK_MS, look);
  };
  plan();
  return () => {
    cancel();
    if (fd !== null) closeSync(fd);
    fd = null;
  };
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

function readNow(fd: number, position: number, length: number): Buffer {
  const buffer = Buffer.allocUnsafe(length);
  return buffer.subarray(0, readSync(fd, buffer, 0, length, position));
}

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
