/**
 * Whether what runs is well: so many bad answers in a row, and it is not. That it is well again is counted by others; here it is said what counts for that: of
 * good answers one in an interval, as a program that tells itself may do so as often as it likes. It decides and never acts. Pure.
 */
import type { Millis } from '../base/clock.js';
import type { Answer } from './answer.js';
import { inARow } from './counted.js';

export interface LivenessTimes {
  readonly intervalMs: Millis;
  /** From the start to the first try. */
  readonly graceMs: Millis;
  /** So many bad answers in a row. */
  readonly failures: number;
}

export interface Liveness {
  readonly times: LivenessTimes;
  /** When it is tried next, or has to have told that it is well; null: a try is being made, or nothing is expected of it. */
  readonly tryAt: Millis | null;
  /** The bad answers since the last good one. */
  readonly bad: number;
  readonly last: string;
  /** Were they all like the last one? */
  readonly isSame: boolean;
  /** A good answer before this is of the same interval as the last one that has counted. */
  readonly goodFrom: Millis;
  readonly isOver: boolean;
}

export type LivenessEvent =
  | { readonly type: 'tick' }
  | { readonly type: 'answered'; readonly answer: Answer }
  /** It is about to end, as it says: nobody asks any more. */
  | { readonly type: 'leaving' };

export type LivenessCommand =
  | { readonly do: 'try' }
  /** This answer counts: as one of so many good ones in a row, or as their end. */
  | { readonly do: 'count'; readonly answer: Answer }
  | { readonly do: 'unhealthy'; readonly text: string };

/** @param phase - 0 to 1: by so much of an interval its tries are later, so that those of many are spread. */
export const newLiveness = (times: LivenessTimes, since: Millis, phase: number): Liveness => ({
  times,
  tryAt: since + times.graceMs + Math.floor(phase * times.intervalMs),
  bad: 0,
  last: '',
  isSame: true,
  goodFrom: since,
  isOver: false,
});

/** The state after an event at the time `at`, and what follows from it. */
export function stepLiveness(state: Liveness, event: LivenessEvent, at: Millis): readonly [Liveness, readonly LivenessCommand[]] {
  if (state.isOver) return [state, []];
  switch (event.type) {
    case 'leaving':
      return [{ ...state, isOver: true, tryAt: null }, []];
    case 'answered':
      return answered({ ...state, tryAt: at + state.times.intervalMs }, event.answer, at);
    case 'tick':
      return state.tryAt !== null && at >= state.tryAt ? [{ ...state, tryAt: null }, [{ do: 'try' }]] : [state, []];
    default:
      return event satisfies never;
  }
}

function answered(state: Liveness, answer: Answer, at: Millis): readonly [Liveness, readonly LivenessCommand[]] {
  if (answer.ok) return answeredWell({ ...state, bad: 0, last: '', isSame: true }, at);
  // It says nothing of the service, so it neither counts nor ends a row.
  if (answer.isOurs) return [state, []];
  const count = { do: 'count', answer } as const;
  const isSame = state.bad === 0 || (state.isSame && state.last === answer.text);
  const next = { ...state, bad: state.bad + 1, last: answer.text, isSame };
  if (next.bad < state.times.failures) return [next, [count]];
  // It is asked as long as it runs: where it is about to go anyway nothing follows from this, and it may be kept after all.
  return [{ ...next, bad: 0 }, [count, { do: 'unhealthy', text: inARow(next.last, next.bad, isSame) }]];
}

const answeredWell = (state: Liveness, at: Millis): readonly [Liveness, readonly LivenessCommand[]] =>
  at < state.goodFrom ? [state, []] : [{ ...state, goodFrom: at + state.times.intervalMs }, [{ do: 'count', answer: { ok: true } }]];
