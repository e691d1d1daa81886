import { errnoOf, messageOf } from '../base/errors.js';
import { isInTime, type LogFilter, type LogPart, type LogSource, type RunWindow } from './join.js';
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
  const read: Read = (open, range) => piecesForward(open, range, blockBytes);
  for (const part of source.parts) yield* ofRun(source.only, window, (both) => readPart(part, both, read));
}

/** The pieces of one part of a log in batches, last to first, of a window of time and little more. Ending the iteration closes its file. */
export const partBackward = (source: LogSource, part: LogPart, window: Window): AsyncGenerator<readonly LogPiece[]> =>
  ofRun(source.only, window, (both) => readPart(part, both, piecesBackward));

/** Of what is read in a window only what one run said, if only that is wanted. */
async function* ofRun(
  only: RunWindow | undefined,
  window: Window,
  read: (window: Window) => AsyncGenerator<readonly LogPiece[]>,
): AsyncGenerator<readonly LogPiece[]> {
  if (!only) {
    yield* read(window);
    return;
  }
  const since = later(window.since, only.since);
  const until = earlier(window.until, only.until);
  for await (const pieces of read({ since, until })) yield pieces.filter(({ run, at }) => run === only.run && isInTime(at, only));
}

const later = (one: number | undefined, other: number | undefined): number | undefined =>
  one === undefined || other === undefined ? (one ?? other) : Math.max(one, other);
const earlier = (one: number | undefined, other: number | undefined): number | undefined =>
  one === undefined || other === undefined ? (one ?? other) : Math.min(one, other);

/** Within a part a clock may have been set back by a little; in a flood that is gigabytes, so it counts only where it cannot be ruled out. */
async function* readPart(part: LogPart, { since, until }: Window, read: Read): AsyncGenerator<readonly LogPiece[]> {
  const { steadyFrom = null } = part;
  if (steadyFrom !== null && until !== undefined && steadyFrom > until) return;
  const slackMs = steadyFrom === null ? CLOCK_STEP_MS : 0;
  const from = since === undefined ? undefined : since - slackMs;
  if (from !== undefined && part.endedAt !== null && part.endedAt < from) return;
  let open: OpenPart | undefined;
  try {
    open = await part.open();
    if (open) yield* read(open, await rangeOf(open, from, until === undefined ? undefined : until + slackMs));
  } catch (error) {
    if (part.endedAt === null || errnoOf(error) === undefined) throw error;
    // An older part that is damaged must not keep the rest from being read.
    yield [unreadable(part.endedAt, error)];
  } finally {
    open?.bytes.close();
  }
}

const unreadable = (at: number, error: unknown): LogPiece => ({
  at,
  run: 0,
  stream: 'err',
  isContinuation: false,
  end: 'newline',
  bytes: Buffer.from(`portsup: lines are missing here, as a part of this log cannot be read: ${messageOf(error)}`),
});
