import { closeSync, constants, fstatSync, openSync, readSync, statSync, write, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { errnoOf } from './errors.js';
import { makeFolder } from './folders.js';

const NEWLINE = 0x0a;
const CLOSED = -1;

/** Writes `bytes` at the end of `fd`; as `fs.write`, it may write only a part. */
export type WriteBytes = (fd: number, bytes: Buffer, done: (error: Error | null, written: number) => void) => void;

/**
 * Writes at once instead of through the thread pool: what has been written survives the death of this process, and the kernel
 * takes a small write to a local disk in 10 microseconds, while waking a thread costs ten times as much.
 */
export const writeNow: WriteBytes = (fd, bytes, done) => {
  try {
    const written = writeSync(fd, bytes);
    queueMicrotask(() => {
      done(null, written);
    });
  } catch (error) {
    queueMicrotask(() => {
      done(error instanceof Error ? error : new Error(String(error)), 0);
    });
  }
};

/**
 * A file that only grows: one write in flight. It is opened by the first write: folders are made 0700, the
 * file 0600, and a last line that a crash tore is ended, so that it cannot swallow the next one. Whoever made it calls `close`.
 */
export class AppendFile {
  readonly file: string;
  private readonly writeBytes: WriteBytes;
  private fd = CLOSED;
  private written = 0;

  /** @param writeBytes - replaces the system call in tests. */
  constructor(file: string, writeBytes: WriteBytes = write) {
    this.file = file;
    this.writeBytes = writeBytes;
  }

  /** Has it been opened, so that its last line is whole or our own? */
  get isOpen(): boolean {
    return this.fd !== CLOSED;
  }

  /** How many bytes of the file are certainly on disk; writes in flight are not counted. */
  get size(): number {
    return this.fd === CLOSED ? sizeOf(this.file) : this.written;
  }

  /**
   * Appends all of `bytes`, which must stay as they are until `done`; call it again only then. `done` gets what could not
   * be written (nothing when all was) and why; it is never called before `append` returns.
   */
  append(bytes: Buffer, done: (rest: Buffer, error: unknown) => void): void {
    if (this.fd === CLOSED) {
      try {
        this.open();
      } catch (error) {
        queueMicrotask(() => {
          done(bytes, error);
        });
        return;
      }
    }
    this.writeBytes(this.fd, bytes, (error, written) => {
      if (error) {
        done(bytes, error);
        return;
      }
      this.written += written;
      const rest = bytes.subarray(written);
      if (rest.length > 0) this.append(rest, done);
      else done(rest, null);
    });
  }

  /** Closes the file; call it only when no write is in flight. A later `append` opens it again. */
  close(): void {
    if (this.fd === CLOSED) return;
    const { fd } = this;
    // Also when closing fails: the descriptor is gone all the same.
    this.fd = CLOSED;
    closeSync(fd);
  }

  private open(): void {
    const fd = openAppending(this.file);
    try {
      const { size } = fstatSync(fd);
      this.written = size > 0 && !endsInNewline(fd, size) ? size + writeSync(fd, '\n') : size;
    } catch (error) {
      closeSync(fd);
      throw error;
    }
    this.fd = fd;
  }
}

/**
 * Opens a file for appending, which is made (0600, folders 0700) if it is not there. For reading too: its end tells whether a crash has torn it.
 *
 * @throws the system's error.
 */
export function openAppending(file: string): number {
  const flags = constants.O_RDWR | constants.O_APPEND | constants.O_CREAT;
  try {
    return openSync(file, flags, 0o600);
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw error;
    makeFolder(dirname(file));
    return openSync(file, flags, 0o600);
  }
}

function endsInNewline(fd: number, size: number): boolean {
  const last = new Uint8Array(1);
  return readSync(fd, last, 0, 1, size - 1) === 1 && last[0] === NEWLINE;
}

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}
