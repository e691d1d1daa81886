import { writeSync } from 'node:fs';

/**
 * Writes one line to standard error, which of keeper and daemon is the daemon's log. Never fails: the disk may be full, and that must
 * end nobody. Not `process.stderr`: its failed write is an 'error' event, and one that nobody listens for ends the process.
 */
export function writeStderr(line: string): void {
  try {
    writeSync(2, `${line}\n`);
  } catch {
    // ENOSPC, EPIPE, EIO: there is nowhere left to say it.
  }
}
