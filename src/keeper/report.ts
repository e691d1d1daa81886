import { writeSync } from 'node:fs';

/** Writes one line to the keeper's standard error, which is the daemon's log. Never throws: a full disk must not end the keeper. */
export function report(text: string, error?: unknown): void {
  const cause = error === undefined ? '' : `: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`;
  try {
    // Not process.stderr: its stream costs memory for the few lines a keeper ever writes.
    writeSync(2, `${new Date().toISOString()} portsup-keeper ${process.pid}: ${text}${cause}\n`);
  } catch {
    // ENOSPC, EPIPE, EIO: there is nowhere left to say it.
  }
}
