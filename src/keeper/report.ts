import { writeStderr } from '../base/stderr.js';

/** Writes one line to the keeper's standard error, which is the daemon's log. Never throws: a full disk must not end the keeper. */
export function report(text: string, error?: unknown): void {
  const cause = error === undefined ? '' : `: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`;
  writeStderr(`${new Date().toISOString()} portsup-keeper ${process.pid}: ${text}${cause}`);
}
