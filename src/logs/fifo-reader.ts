import { closeSync, constants, openSync, readSync } from 'node:fs';
import { type OnReadOpts, Socket, type SocketConstructorOpts } from 'node:net';
import type { Clock, Millis } from '../base/clock.js';
import { errnoOf } from '../base/errors.js';

/** What a FIFO holds by default; one read empties it. */
const READ_BYTES = 64 * 1024;
/** A drain ends here: more than the largest FIFO holds, so only a process that still writes gets this far. */
const DRAIN_BYTES = 4 * 1024 * 1024;

/** A read of less than this could have brought more for the same price. */
const SHORT_READ_BYTES = 16 * 1024;
/** A stream that was silent for longer is no flood: five thousand lines a second are not. */
const SILENCE_MS: Millis = 0.2;
/** So many short reads without a silence are a flood, and not a program that says hello. */
const FLOOD_READS = 16;
/** Long enough for a fast program to write tens of kilobytes, short enough to fill no pipe and to be felt by nobody. */
const NAP_MS: Millis = 0.1;

// Nobody ever wakes it.
const sleeper = new Int32Array(new SharedArrayBuffer(4));

// One for all: libuv reads and calls back in one go, and nobody keeps what it was given.
const shared = Buffer.allocUnsafeSlow(READ_BYTES);
// Another one, because whoever takes what was read may want to drain another FIFO, or the same.
const drained = Buffer.allocUnsafeSlow(READ_BYTES);

/** What becomes of what was read. */
export interface FifoSink {
  /** Takes bytes that are overwritten after the call. False: read no more until `resume`. */
  readonly take: (bytes: Buffer) => boolean;
  readonly clock: Clock;
  readonly onTrouble: (message: string) => void;
}

/**
 * Reads a FIFO through the event loop, without timers and without a buffer of its own. While it is paused, the pipe
 * fills and the program that writes waits. Whoever made it calls `close`.
 */
export class FifoReader {
  private readonly fd: number;
  private readonly socket: Socket;
  private readonly sink: FifoSink;
  private isPaused = false;
  /** When the last read was dealt with. */
  private readAt: Millis = 0;
  private shortReads = 0;

  /** @throws the system's error when `path` cannot be opened. */
  constructor(path: string, sink: FifoSink) {
    // Read-write although only read: so this end never sees an end of file, not even when keeper and service are both gone.
    this.fd = openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
    this.sink = sink;
    const onread: OnReadOpts = { buffer: shared, callback: (size) => this.take(size) };
    const options: SocketConstructorOpts & { readonly onread: OnReadOpts } = { fd: this.fd, readable: true, writable: false, onread };
    try {
      this.socket = new Socket(options);
    } catch (error) {
      closeSync(this.fd);
      throw error;
    }
    this.socket.on('error', (error) => {
      sink.onTrouble(`cannot read ${path}: ${error.message}`);
    });
  }

  /** Reads all that is in the pipe, now; also when paused. */
  drain(): void {
    if (this.socket.destroyed) return;
    let total = 0;
    while (total < DRAIN_BYTES) {
      const size = readNow(this.fd);
      if (size === 0) return;
      total += size;
      this.sink.take(drained.subarray(0, size));
    }
  }

  /** Goes on reading after `take` returned false. */
  resume(): void {
    if (!this.isPaused || this.socket.destroyed) return;
    this.isPaused = false;
    this.socket.resume();
  }

  /** Reads no more, but holds the FIFO: what is in it, and what is written into it from now on, stays there even if nobody else does. */
  pause(): void {
    if (!this.socket.destroyed) this.socket.pause();
    this.isPaused = false;
  }

  /** Resolves when the FIFO is closed; what is in it stays there. */
  async close(): Promise<void> {
    if (this.socket.closed) return;
    await new Promise<void>((resolve) => {
      this.socket.once('close', () => {
        resolve();
      });
      this.socket.destroy();
    });
  }

  private take(size: number): boolean {
    const wantsMore = this.sink.take(shared.subarray(0, size));
    this.isPaused = !wantsMore;
    this.pace(size);
    return wantsMore;
  }

  /**
   * In a flood of short writes the reader would wake up for every few lines, at ten times the cost of reading them
   * together, and take the processor from the program it reads. So it sleeps for a moment, thread and all: the event
   * loop has no timer under a millisecond, and by then a pipe is full several times over. Measured with 100-byte
   * writes: twice the throughput for half the processor time.
   */
  private pace(size: number): void {
    const { clock } = this.sink;
    const isFlowing = clock.now() - this.readAt < SILENCE_MS;
    this.shortReads = !isFlowing ? 0 : this.shortReads + (size < SHORT_READ_BYTES ? 1 : 0);
    if (this.shortReads > FLOOD_READS && size < SHORT_READ_BYTES) Atomics.wait(sleeper, 0, 0, NAP_MS);
    this.readAt = clock.now();
  }
}

function readNow(fd: number): number {
  try {
    return readSync(fd, drained, 0, READ_BYTES, null);
  } catch (error) {
    if (errnoOf(error) !== 'EAGAIN') throw error;
    return 0;
  }
}
