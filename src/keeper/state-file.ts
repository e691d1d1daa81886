import { closeSync, existsSync, fsync, fsyncSync, openSync, readFileSync, renameSync, rmSync, writeSync } from 'node:fs';
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
 * written anew beside itself and renamed when it has grown too long. What cannot be written stops nothing: the whole state is written as soon as that is possible.
 */
export class StateFile {
  readonly #options: StateFileOptions;
  #fd: number | null = null;
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
    if (this.#size > this.#limit) this.#shorten();
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
    if (!this.#isClosed) rmSync(this.#options.path, { force: true });
    this.#isClosed = true;
  }

  /** Writes all of it beside the old one, and lets it take its place. */
  #renew(): void {
    const { path, boot, lines } = this.#options;
    const isFirst = !existsSync(path);
    const draft = `${path}.new`;
    const fd = openSync(draft, 'w', 0o600);
    try {
      this.#size = writeAll(fd, stateHeader(boot) + lines().map(stateText).join(''));
      // What has been there must not be replaced by what the disk may not have yet. For the first, a moment later will do: an `up` waits for it.
      if (isFirst) fsync(fd, () => undefined);
      else fsyncSync(fd);
      renameSync(draft, path);
    } catch (error) {
      closeSync(fd);
      rmSync(draft, { force: true });
      throw error;
    }
    this.#close();
    this.#fd = fd;
    this.#limit = 2 * this.#size + LEAST_GROWTH_BYTES;
  }

  /** No room for a second one is no trouble: the first goes on growing. */
  #shorten(): void {
    try {
      this.#renew();
    } catch (error) {
      this.#limit = 2 * this.#size;
      report(`cannot write ${this.#options.path} anew`, error);
    }
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
    if (this.#fd !== null) closeSync(this.#fd);
    this.#fd = null;
  }
}

function readAt(path: string, boot: string): StateRead {
  try {
    return readState(readFileSync(path, 'utf8'), boot);
  } catch (error) {
    return errnoOf(error) === 'ENOENT' ? { kind: 'none' } : { kind: 'damaged', why: messageOf(error) };
  }
}

function writeAll(fd: number, text: string): number {
  const bytes = Buffer.from(text);
  for (let written = 0; written < bytes.length; ) written += writeSync(fd, bytes, written);
  return bytes.length;
}
