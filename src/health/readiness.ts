/** When a start is over, and when it has failed. It decides and never acts: the time is in the event, and tries are made by others. Pure. */

import type { Millis } from '../base/clock.js';
import type { Answer } from './answer.js';
import { limitText } from './limit-text.js';

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
  /** What the last try has said; null: nothing yet. */
  readonly last: string | null;
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
  return [{ ...next, tryAt: null }, [{ do: 'try' }]];
}

/** When it wants a `tick`; null: never. */
export const wakeOfReadiness = ({ isOver, tryAt, deadline }: Readiness): Millis | null =>
  isOver ? null : Math.min(tryAt ?? deadline, deadline);

const over = (state: Readiness): Readiness => ({ ...state, isOver: true, tryAt: null });

const withAnswer = (state: Readiness, last: string, at: Millis): Readiness => ({ ...state, last, tryAt: at + state.times.intervalMs });

const tooLate = ({ times, last }: Readiness): string => `not ready within ${limitText(times.timeoutMs)}${last === null ? '' : `: ${last}`}`;
