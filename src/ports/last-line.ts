import { closeSync, constants, openSync, readSync } from 'node:fs';
import type { Clock, Millis } from '../base/clock.js';
import { errnoOf } from '../base/errors.js';

/** What a FIFO holds by default. One read a step bounds what a program can make us do: a few MB a second. */
const READ_BYTES = 64 * 1024;
const STEP_MS: Millis = 50;
/** Of what was said last so much is kept. */
const KEPT_BYTES = 4 * 1024;
const MOST_CHARACTERS = 500;

/** What a program says whose output is kept nowhere. Whoever opened it calls `close`. */
export interface LastLine {
  /** The last line that is not empty, what has not been read so far included; "" if there is none. At most 500 characters. */
  readonly read: () => string;
  readonly close: () => void;
}

/**
 * Reads a FIFO so that who writes into it need not wait for long, and forgets all but the end of it.
 *
 * @throws the system's error when `path` cannot be opened.
 */
export function openLastLine(path: string, clock: Clock): LastLine {
  // Read-write although only read: so there is no end of file between two programs.
  const fd = openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
  const buffer = Buffer.allocUnsafe(READ_BYTES);
  let kept: Buffer = Buffer.alloc(0);
  const take = (): void => {
    const size = readNow(fd, buffer);
    if (size > 0) kept = Buffer.from(Buffer.concat([kept, buffer.subarray(0, size)]).subarray(-KEPT_BYTES));
  };
  let cancel = (): void => undefined;
  const takeNow = (): void => {
    take();
    cancel = clock.after(STEP_MS, takeNow);
  };
  takeNow();
  return {
    read: () => {
      take();
      const line = kept
        .toString('utf8')
        .split(/[\r\n]+/)
        .findLast((text) => text.trim() !== '');
      return (line ?? '').trim().slice(-MOST_CHARACTERS);
    },
    close: () => {
      cancel();
      closeSync(fd);
    },
  };
}

function readNow(fd: number, buffer: Buffer): number {
  try {
    return readSync(fd, buffer, 0, buffer.length, null);
  } catch (error) {
    if (errnoOf(error) !== 'EAGAIN') throw error;
    return 0;
  }
}
