/** Lines to standard inputs that nobody may tear: of one that the pipe takes only in parts the rest follows when there is room, before anything else. */
import type { Clock, Millis } from '../base/clock.js';
import { PortsupError } from '../base/errors.js';
import { writeSome } from './stdin.js';

/** A full pipe is tried again after 2 ms, and after slowly growing times while its program does not read. */
const FIRST_MS: Millis = 2;
const LONGEST_MS: Millis = 100;

/** One line. */
export interface InputLine {
  /** The named pipe that the keeper has opened for the run. */
  readonly fifo: string;
  readonly text: string;
  /** Does the run that it is for still go on? */
  readonly isFor: () => boolean;
  /** Nobody wants it written any more, if nothing of it was. */
  readonly signal: AbortSignal;
}

/** Owns no descriptor between two tries: one that is held over the end of a run would keep what the run has not read for the next one. */
export class LineWriter {
  readonly #clock: Clock;
  readonly #queues = new Map<string, Promise<void>>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * Resolves when all of it has been written, after the lines before it.
   *
   * @throws {@link PortsupError} `FAILED` when the run has closed its input or has ended, or nobody wants it written any more.
   */
  write(line: InputLine): Promise<void> {
    const { fifo } = line;
    const written = (this.#queues.get(fifo) ?? Promise.resolve()).then(() => this.#writeWhole(line));
    // Whoever wrote a line before hears of its failure; the next one is tried all the same.
    const settled: Promise<void> = written.catch(() => undefined).then(() => this.#forget(fifo, settled));
    this.#queues.set(fifo, settled);
    return written;
  }

  #forget(fifo: string, settled: Promise<void>): void {
    if (this.#queues.get(fifo) === settled) this.#queues.delete(fifo);
  }

  async #writeWhole({ fifo, text, isFor, signal }: InputLine): Promise<void> {
    const bytes = Buffer.from(`${text}\n`);
    let waitMs = FIRST_MS;
    for (let written = 0; ; ) {
      if (!isFor() || (written === 0 && signal.aborted))
        throw new PortsupError('FAILED', 'it did not read its standard input', 'see "portsup ps"');
      written += writeSome(fifo, bytes.subarray(written));
      if (written === bytes.length) return;
      await this.#pause(waitMs);
      waitMs = Math.min(LONGEST_MS, 1.5 * waitMs);
    }
  }

  #pause(waitMs: Millis): Promise<void> {
    return new Promise((resolve) => {
      this.#clock.after(waitMs, resolve);
    });
  }
}
