import { closeSync, fsync, openSync, readFileSync, renameSync, rmSync, writeSync } from 'node:fs';
import { errnoOf, messageOf } from '../base/errors.js';
import { readState, type StateLine, type StateRead, stateHeader, stateText } from '../base/run-state.js';
import { report } from './report.js';

/** So much is appended, or twice what the state takes itself, before it is written anew. */
const LEAST_GROWTH_BYTES = 1_048_576;
/** What could not be written is tried again after this, then after twice that ... */
const FIRST_RETRY_MS = 1_000;
const LONGEST_RETRY_MS = 30_000;

export interface StateFileOptions {
  readonly path: string;
  /** Names the present boot. */
  readonly boot: string;
  /** Everything that a new file has to say. */
  readonly lines: () => readonly StateLine[];
  /** It cannot be written (why), or can be again (null); each once. */
  readonly onTrouble: (why: string | null) => void;
}

/**
 * The file that the next keeper reads, should this one be killed. It is made by the first line, grows by one write(2) a line, and is
 * written anew beside itself, brought to the disk and renamed when it has grown too long. What cannot be written stops nothing: the whole state is written as soon as that is possible.
 */
export class StateFile {
  readonly #options: StateFileOptions;
  #fd: number | null = null;
  /** The one that is to take its place, on its way to the disk; whatever is written goes into both. */
  #next: { readonly fd: number } | null = null;
  #size = 0;
  #limit = LEAST_GROWTH_BYTES;
  #trouble: string | null = null;
  #retryMs = FIRST_RETRY_MS;
  #isClosed = false;

  constructor(options: StateFileOptions) {
    this.#options = options;
  }

  /** Why the file is behind; null: it is not. */
  get trouble(): string | null {
    return this.#trouble;
  }

  /** What an earlier keeper has left. One that is damaged is set aside, as `path.damaged`. */
  read(): StateRead {
    const { path, boot } = this.#options;
    const read = readAt(path, boot);
    if (read.kind === 'damaged') this.setAside(read.why);
    return read;
  }

  /** The file is not to be trusted, for the given reason. */
  setAside(why: string): void {
    const { path } = this.#options;
    report(`${path} is set aside as ${path}.damaged: ${why}`);
    this.#close();
    try {
      renameSync(path, `${path}.damaged`);
    } catch (error) {
      if (errnoOf(error) !== 'ENOENT') report(`cannot set it aside`, error);
    }
  }

  /** Adds what has just changed. Never throws. */
  append(line: StateLine): void {
    // While it is behind, the next that is written is all of it.
    if (this.#isClosed || this.#trouble !== null) return;
    try {
      // A new file tells all that there is, what this line says with it.
      if (this.#fd === null) this.#renew();
      else this.#size += writeAll(this.#fd, stateText(line));
    } catch (error) {
      return this.#failed(error);
    }
    try {
      if (this.#next !== null) writeAll(this.#next.fd, stateText(line));
      else if (this.#size > this.#limit) this.#shorten();
    } catch (error) {
      this.#dropNext(error);
    }
  }

  /** Everything is about to be ended in order: the next keeper is to know what there was, and that nothing of it runs. */
  freeze(): void {
    // Where nothing has been written yet, what is in the file is an earlier keeper's, and the first line makes it ours.
    if (this.#fd === null && this.#options.lines().length > 0) this.append({ halted: true });
    if (this.#fd !== null) this.append({ halted: true });
    this.#isClosed = true;
  }

  /** Nothing is left to tell, unless it was frozen before. */
  remove(): void {
    this.#closeNext();
    if (!this.#isClosed) removeFile(this.#options.path);
    this.#isClosed = true;
  }

  /** Writes all of it into a new file, in the place of none or of one that is behind. */
  #renew(): void {
    this.#close();
    const fd = this.#draft();
    try {
      renameSync(this.#draftPath, this.#options.path);
    } catch (error) {
      closeSync(fd);
      throw error;
    }
    this.#fd = fd;
    // What a machine that loses its power may lose of it is what only this boot needs; nobody waits for the disk.
    fsync(fd, () => undefined);
  }

  get #draftPath(): string {
    return `${this.#options.path}.new`;
  }

  #draft(): number {
    const fd = openSync(this.#draftPath, 'w', 0o600);
    try {
      const { boot, lines } = this.#options;
      this.#size = writeAll(fd, stateHeader(boot) + lines().map(stateText).join(''));
      this.#limit = 2 * this.#size + LEAST_GROWTH_BYTES;
      return fd;
    } catch (error) {
      closeSync(fd);
      removeFile(this.#draftPath);
      throw error;
    }
  }

  /** Writes all of it beside the old one, which is good and stays until the disk has the new one: a disk may take seconds, and services die meanwhile. */
  #shorten(): void {
    const next = { fd: this.#draft() };
    this.#next = next;
    fsync(next.fd, (error) => {
      // The number alone may be somebody else's by now.
      if (this.#next !== next) return;
      try {
        if (error) throw error;
        renameSync(this.#draftPath, this.#options.path);
      } catch (problem) {
        return this.#dropNext(problem);
      }
      this.#next = null;
      this.#close();
      this.#fd = next.fd;
    });
  }

  /** No room for a second one is no trouble: the first goes on growing. */
  #dropNext(error: unknown): void {
    report(`cannot write ${this.#options.path} anew`, error);
    this.#limit = 2 * this.#size + LEAST_GROWTH_BYTES;
    this.#closeNext();
  }

  #closeNext(): void {
    if (this.#next === null) return;
    const { fd } = this.#next;
    this.#next = null;
    closeFile(fd);
    removeFile(this.#draftPath);
  }

  #failed(error: unknown): void {
    this.#trouble = messageOf(error);
    this.#options.onTrouble(this.#trouble);
    report(`cannot write ${this.#options.path}`, error);
    this.#retryLater();
  }

  #retryLater(): void {
    setTimeout(() => this.#retry(), this.#retryMs).unref();
    this.#retryMs = Math.min(2 * this.#retryMs, LONGEST_RETRY_MS);
  }

  #retry(): void {
    if (this.#isClosed) return;
    try {
      this.#renew();
    } catch {
      // Whatever it is, it has been told when it began.
      return this.#retryLater();
    }
    this.#trouble = null;
    this.#retryMs = FIRST_RETRY_MS;
    this.#options.onTrouble(null);
  }

  #close(): void {
    this.#closeNext();
    const fd = this.#fd;
    this.#fd = null;
    if (fd !== null) closeFile(fd);
  }
}

function readAt(path: string, boot: string): StateRead {
  try {
    return readState(readFileSync(path, 'utf8'), boot);
  } catch (error) {
    return errnoOf(error) === 'ENOENT' ? { kind: 'none' } : { kind: 'damaged', why: messageOf(error) };
  }
}

/** A number is free after close(2), whatever that has said: it must not be closed twice. */
function closeFile(fd: number): void {
  try {
    closeSync(fd);
  } catch (error) {
    report('closing the state', error);
  }
}

/** What cannot be removed is in nobody's way: nothing may end the keeper. */
function removeFile(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch (error) {
    report(`cannot remove ${path}`, error);
  }
}

function writeAll(fd: number, text: string): number {
  const bytes = Buffer.from(text);
  for (let written = 0; written < bytes.length; ) written += writeSync(fd, bytes, written);
  return bytes.length;
}
