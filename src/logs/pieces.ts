import type { LogFilter, LogPart, LogSource } from './join.js';
import { CLOCK_STEP_MS } from './log-file.js';
import { type OpenPart, piecesBackward, piecesForward, type Range } from './part-reader.js';
import { rangeOf } from './part-search.js';
import type { LogPiece } from './record.js';

type Window = Pick<LogFilter, 'since' | 'until'>;
type Read = (part: OpenPart, range: Range) => AsyncGenerator<readonly LogPiece[]>;

/**
 * The pieces of a log in batches, first to last, of a window of time and little more. Ending the iteration closes the file that is open.
 *
 * @param blockBytes - so much is read at once.
 */
export async function* logForward(source: LogSource, window: Window, blockBytes: number): AsyncGenerator<readonly LogPiece[]> {
  for (const part of source.parts) yield* readPart(part, window, (open, range) => piecesForward(open, range, blockBytes));
}

/** The pieces of one part in batches, last to first, of a window of time and little more. Ending the iteration closes its file. */
export const partBackward = (part: LogPart, window: Window): AsyncGenerator<readonly LogPiece[]> => readPart(part, window, piecesBackward);

/** Within a part a clock may have been set back by a little. */
async function* readPart(part: LogPart, { since, until }: Window, read: Read): AsyncGenerator<readonly LogPiece[]> {
  const from = since === undefined ? undefined : since - CLOCK_STEP_MS;
  if (from !== undefined && part.endedAt !== null && part.endedAt < from) return;
  const open = await part.open();
  if (!open) return;
  try {
    yield* read(open, await rangeOf(open, from, until === undefined ? undefined : until + CLOCK_STEP_MS));
  } finally {
    open.bytes.close();
  }
}
