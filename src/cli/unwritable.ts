/** What is said when the answer cannot be written (the disk is full, the descriptor is none to write to). A reader who has gone (EPIPE) is something else: there nobody misses it. */
import { errnoOf, messageOf } from '../base/errors.js';
import { writeStderr } from '../base/stderr.js';

/** Has whoever read this output gone? That is no error: `portsup logs | head` has seen enough. */
export const isReaderGone = (error: Error): boolean => errnoOf(error) === 'EPIPE';

/**
 * Says on standard error, at once, that standard output cannot be written, with --verbose also where. Not in colours, nor by a stream: it is said in the
 * last moment of a process, and the stream that cannot be written may be that of standard error.
 */
export function sayUnwritable(error: Error): void {
  writeStderr(`error: standard output cannot be written: ${reasonOf(error)}`);
  writeStderr('hint: send it elsewhere, or make room there; what the command does besides may be done');
  if (process.argv.includes('--verbose')) writeStderr(error.stack ?? error.message);
}

/** "ENOSPC: no space left on device, write" in the words of the other messages. */
function reasonOf(error: Error): string {
  const [, errno, text] = /^([A-Z0-9]+): (.+), \w+$/.exec(messageOf(error)) ?? [];
  return text === undefined ? messageOf(error) : `${text} (${errno})`;
}
