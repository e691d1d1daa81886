import { closeSync, openSync, readFileSync, readSync } from 'node:fs';
import { isRunning } from '../base/machine.js';
import { isStill } from './identity.js';
import type { Held } from './protocol.js';

/** Watches a process that is no child of ours: nobody tells of its end, so it has to be looked for. */
export interface Lookout {
  /** A zombie does not run. What cannot be told now (EMFILE) is as it was. Never throws. */
  isRunning(): boolean;
  close(): void;
}

/** So many file descriptors are left for what matters more: pipes, the daemon, the next runs. */
const RESERVE = 64;
/** Only what tells one digit from several. */
const sizes = Buffer.allocUnsafeSlow(2);
const ZERO = 0x30;
const SPACE = 0x20;

/**
 * Undefined if the process that was started has ended, or somebody else has its number.
 *
 * @throws the system's error if that cannot be told now (EMFILE).
 */
export function lookOut(held: Held): Lookout | undefined {
  return isStill(held) ? { isRunning: () => isThere(held), close: () => undefined } : undefined;
}

/**
 * The same at a sixth of the price, where there are file descriptors to spare: a file of Linux's /proc stays open. It is of that process
 * for ever, and to read it costs 1.5 microseconds. Never throws.
 */
export function cheaper(lookout: Lookout, held: Held): Lookout {
  const most = process.platform === 'linux' ? mostFds() : 0;
  const fd = most > RESERVE ? openStatm(held.pid) : null;
  if (fd === null) return lookout;
  // After it was opened: so it is this very process that it shows.
  if (fd < most - RESERVE && isThere(held)) return { isRunning: () => hasMemory(fd) || isThere(held), close: () => closeSync(fd) };
  closeSync(fd);
  return lookout;
}

function isThere(held: Held): boolean {
  try {
    return isRunning(held);
  } catch {
    // EMFILE, ENFILE, ENOMEM: it was there, and is looked for again in a moment.
    return true;
  }
}

function openStatm(pid: number): number | null {
  try {
    return openSync(`/proc/${pid}/statm`, 'r');
  } catch {
    // It has ended; EMFILE; EPERM where /proc is mounted with "hidepid": then it is looked up each time.
    return null;
  }
}

let limit: number | undefined;

/** How many file descriptors this process may have; 0 if not even that can be read now. */
function mostFds(): number {
  try {
    limit ??= Number(/^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'latin1'))?.[1] ?? Number.POSITIVE_INFINITY);
    return limit;
  } catch {
    // EMFILE.
    return 0;
  }
}

/** A program has memory as long as its first thread lives; a zombie has none, and its line of sizes begins with "0 ". */
function hasMemory(fd: number): boolean {
  try {
    return readSync(fd, sizes, 0, sizes.length, 0) > 0 && !(sizes[0] === ZERO && sizes[1] === SPACE);
  } catch {
    // ESRCH; whatever else it is, it is looked up then.
    return false;
  }
}
