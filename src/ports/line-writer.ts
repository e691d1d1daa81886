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

/** A line that is being written, or waits for those before it. */
interface Waiting {
  readonly line: InputLine;
  readonly written: () => void;
  readonly refused: (error: unknown) => void;
}

/** Owns no descriptor between two tries: one that is held over the end of a run would keep what the run has not read for the next one. */
export class LineWriter {
  readonly #clock: Clock;
  /** By pipe; the first one of each is being written. */
  readonly #queues = new Map<string, Waiting[]>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * Resolves when all of it has been written, after the lines before it. Nothing is kept of one that nobody wants any more: lines to a program that does not read
   * would add up for as long as it runs.
   *
   * @throws {@link PortsupError} `FAILED` when the run has closed its input or has ended, or nobody wants it written any more.
   */
  write(line: InputLine): Promise<void> {
    const { fifo, signal } = line;
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(unread());
      const queue = this.#queues.get(fifo) ?? [];
      const giveUp = (): void => {
        const place = queue.indexOf(waiting);
        // The first one is on its way, and sees for itself.
        if (place <= 0) return;
        queue.splice(place, 1);
        reject(unread());
      };
      const written = (): void => {
        signal.removeEventListener('abort', giveUp);
        resolve();
      };
      const waiting: Waiting = { line, written, refused: reject };
      signal.addEventListener('abort', giveUp, { once: true });
      if (queue.push(waiting) > 1) return;
      this.#queues.set(fifo, queue);
      // Never rejects: each of them hears what came of it.
      void this.#writeAll(fifo, queue);
    });
  }

  async #writeAll(fifo: string, queue: Waiting[]): Promise<void> {
    for (let [first] = queue; first; [first] = queue) {
      await this.#writeWhole(first.line).then(first.written, first.refused);
      queue.shift();
    }
    this.#queues.delete(fifo);
  }

  async #writeWhole({ fifo, text, isFor, signal }: InputLine): Promise<void> {
    const bytes = Buffer.from(`${text}\n`);
    let waitMs = FIRST_MS;
    for (let written = 0; ; ) {
      if (!isFor() || (written === 0 && signal.aborted)) throw unread();
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

const unread = (): PortsupError => new PortsupError('FAILED', 'it did not read its standard input', 'see "portsup ps"');
