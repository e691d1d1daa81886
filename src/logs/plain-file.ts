import { closeSync, constants, openSync, writeSync } from 'node:fs';
import type { Gatherer } from './gather.js';
import { type Chunk, type LogStream, MAX_PIECE_BYTES } from './record.js';
import type { LogTarget } from './writer.js';

const NEWLINE = 0x0a;
const CLOSED = -1;
/** For whoever else may read what is there: it is not in our home. */
const MODE = 0o644;
/** It may be a named pipe that nobody reads, or a terminal: opening and writing the one must not wait, the other must not become ours. */
const FLAGS = constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | constants.O_NONBLOCK | constants.O_NOCTTY;

/**
 * A file of the user's choice that gets the lines as they are, for other programs; nothing else, and nobody's lines torn by another's. Somebody else
 * (logrotate) may move it away: {@link PlainFile.reopen}. Its folder has to be there.
 */
export class PlainFile implements LogTarget {
  readonly path: string;
  #fd = CLOSED;
  /** Beginnings of lines whose rest has not come yet. */
  readonly #begun: Record<LogStream, Buffer[]> = { out: [], err: [] };
  readonly #begunBytes: Record<LogStream, number> = { out: 0, err: 0 };

  constructor(path: string) {
    this.path = path;
  }

  put({ stream, mark, bytes }: Chunk, into: Gatherer): void {
    const isOpen = mark.endsWith('+');
    const last = isOpen ? bytes.lastIndexOf(NEWLINE) + 1 : bytes.length;
    if (last > 0 || !isOpen) {
      this.#giveBegun(stream, into);
      into.addBytes(isOpen ? bytes.subarray(0, last) : bytes);
      if (!isOpen) into.add('\n');
    }
    // A copy: what was read is about to be overwritten.
    if (isOpen && last < bytes.length) {
      this.#begun[stream].push(Buffer.from(bytes.subarray(last)));
      this.#begunBytes[stream] += bytes.length - last;
    }
    // A line without end is written in pieces, so that memory stays bounded.
    if (this.#begunBytes[stream] > MAX_PIECE_BYTES) this.#giveBegun(stream, into);
  }

  flush(into: Gatherer): void {
    this.#giveBegun('out', into);
    this.#giveBegun('err', into);
  }

  #giveBegun(stream: LogStream, into: Gatherer): void {
    for (const part of this.#begun[stream].splice(0)) into.addBytes(part);
    this.#begunBytes[stream] = 0;
  }

  write(bytes: Buffer): number {
    if (this.#fd === CLOSED) this.#fd = openSync(this.path, FLAGS, MODE);
    return writeSync(this.#fd, bytes);
  }

  /** What is written from now on goes to the file that is at its path then. */
  reopen(): void {
    this.close();
  }

  close(): void {
    if (this.#fd === CLOSED) return;
    const fd = this.#fd;
    this.#fd = CLOSED;
    closeSync(fd);
  }
}
