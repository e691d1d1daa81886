/** Reads what the measured programs say as their first act: when, which PID, which of them. */
import { execFileSync } from 'node:child_process';
import { constants, openSync } from 'node:fs';
import { Socket } from 'node:net';

/** "ns pid id\n", padded: service.c. */
const RECORD_BYTES = 43;

/** Milliseconds of the monotonic clock, which the programs read too. */
export const now = () => Number(process.hrtime.bigint()) / 1e6;

/** The FIFO and what has come out of it. Whoever made it calls `close`. */
export class Beacons {
  /** The newest record of each program, by its number: {at: number, as {@link now}; pid: number}. */
  latest = new Map();
  #socket;
  #rest = '';
  #check = () => undefined;

  constructor(path) {
    this.path = path;
    execFileSync('mkfifo', ['-m', '600', path]);
    // For writing too: so programs find a reader and nobody an end of file.
    const fd = openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
    this.#socket = new Socket({ fd, readable: true, writable: false });
    this.#socket.setEncoding('latin1').on('data', (text) => this.#take(text));
  }

  /** Forgets everything: for a new set of programs. */
  reset() {
    this.latest.clear();
  }

  /** Resolves once `isThere` holds, asked after each arrival. Rejects after `limitMs`, naming `what`. */
  until(what, isThere, limitMs = 30_000) {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#check = () => undefined;
        reject(new Error(`${what}: not within ${limitMs} ms`));
      }, limitMs);
      this.#check = () => {
        if (!isThere()) return;
        this.#check = () => undefined;
        clearTimeout(timer);
        resolve();
      };
      this.#check();
    });
  }

  close() {
    this.#socket.destroy();
  }

  #take(text) {
    const all = this.#rest + text;
    const whole = all.length - (all.length % RECORD_BYTES);
    this.#rest = all.slice(whole);
    const arrived = now();
    for (let at = 0; at < whole; at += RECORD_BYTES) {
      const [ns, pid, id] = all.slice(at, at + RECORD_BYTES).split(' ');
      this.latest.set(Number(id), { at: Number(ns) / 1e6 || arrived, pid: Number(pid) });
    }
    this.#check();
  }
}
