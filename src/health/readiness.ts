/**
 * When a start is over, and when it has failed. It decides and never acts: the time is in the event, and tries are made by others. Pure.
 *
 * What has failed is told with what was known last. That is the try under way where there was no answer before, or where it has been waited for longer than the
 * last one took, and for half a second: until then it may well be about to say the same.
 */

import type { Millis } from '../base/clock.js';
import type { Answer } from './answer.js';
import { limitText, spanText } from './limit-text.js';

export interface ReadinessTimes {
  readonly delayMs: Millis;
  readonly intervalMs: Millis;
  readonly timeoutMs: Millis;
}

export interface Readiness {
  readonly times: ReadinessTimes;
  /** By then it has to be ready. */
  readonly deadline: Millis;
  /** When it is tried next; null: a try is being made, or it is nobody's to try, as it tells itself. */
  readonly tryAt: Millis | null;
  /** Since when a try is being made; null: none is. */
  readonly tryingSince: Millis | null;
  /** What the last try has said, and how long that took; null: nothing yet. */
  readonly last: { readonly text: string; readonly tookMs: Millis } | null;
  readonly isOver: boolean;
}

export type ReadinessEvent =
  | { readonly type: 'tick' }
  | { readonly type: 'answered'; readonly answer: Answer }
  /** It has told so itself. */
  | { readonly type: 'told' };

export type ReadinessCommand = { readonly do: 'try' } | { readonly do: 'ready' } | { readonly do: 'not-ready'; readonly text: string };

/** A start that began at `since`; `isTried`: it is asked, else it tells itself. */
export const newReadiness = (times: ReadinessTimes, since: Millis, isTried: boolean): Readiness => ({
  times,
  deadline: since + times.timeoutMs,
  tryAt: isTried ? since + times.delayMs : null,
  tryingSince: null,
  last: null,
  isOver: false,
});

/** The state after an event at the time `at`, and what follows from it. */
export function stepReadiness(state: Readiness, event: ReadinessEvent, at: Millis): readonly [Readiness, readonly ReadinessCommand[]] {
  if (state.isOver) return [state, []];
  const isReady = event.type === 'told' || (event.type === 'answered' && event.answer.ok);
  if (isReady) return [over(state), [{ do: 'ready' }]];
  const next = event.type === 'answered' && !event.answer.ok ? withAnswer(state, event.answer.text, at) : state;
  if (at >= next.deadline) return [over(next), [{ do: 'not-ready', text: tooLate(next) }]];
  if (next.tryAt === null || at < next.tryAt) return [next, []];
  return [{ ...next, tryAt: null, tryingSince: at }, [{ do: 'try' }]];
}

/** When it wants a `tick`; null: never. */
export const wakeOfReadiness = ({ isOver, tryAt, deadline }: Readiness): Millis | null =>
  isOver ? null : Math.min(tryAt ?? deadline, deadline);

const over = (state: Readiness): Readiness => ({ ...state, isOver: true, tryAt: null });

/** What comes without a try (its lines cannot be looked at) is followed by none. */
function withAnswer(state: Readiness, text: string, at: Millis): Readiness {
  const { tryingSince, times } = state;
  if (tryingSince === null) return { ...state, last: { text, tookMs: 0 } };
  return { ...state, tryingSince: null, last: { text, tookMs: at - tryingSince }, tryAt: at + times.intervalMs };
}

/** A shorter wait is no news where there is an answer. */
const NEWS_MS: Millis = 500;

function tooLate(state: Readiness): string {
  const known = lastKnown(state);
  return `not ready within ${limitText(state.times.timeoutMs)}${known === null ? '' : `: ${known}`}`;
}

/** When the time was up; whoever tells it may be late. */
function lastKnown({ deadline, tryingSince, last }: Readiness): string | null {
  const waitedMs = tryingSince === null ? null : deadline - tryingSince;
  const isNews = waitedMs !== null && (last === null || waitedMs > Math.max(NEWS_MS, last.tookMs));
  return isNews ? `no answer for ${spanText(waitedMs)}` : (last?.text ?? null);
}
