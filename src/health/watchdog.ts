/** Whether something that is no service of ours is up. It decides and never acts. Pure. */
import type { Millis } from '../base/clock.js';
import type { Answer } from './answer.js';

export interface WatchdogTimes {
  readonly intervalMs: Millis;
  /** So many bad answers in a row, and it is down. */
  readonly failures: number;
  /** So many good answers in a row, and it is up again. */
  readonly clearAfter: number;
}

export interface Watchdog {
  readonly times: WatchdogTimes;
  readonly status: 'unknown' | 'up' | 'down';
  /** When it is tried next; null: a try is being made. */
  readonly tryAt: Millis | null;
  readonly badInARow: number;
  readonly goodInARow: number;
}

export type WatchdogEvent = { readonly type: 'tick' } | { readonly type: 'answered'; readonly answer: Answer };

export type WatchdogCommand = { readonly do: 'try' } | { readonly do: 'changed'; readonly isUp: boolean };

/**
 * It is tried for the first time at `since`: whoever needs it waits for that.
 *
 * @param status - what is known of it from before.
 */
export const newWatchdog = (times: WatchdogTimes, since: Millis, status: Watchdog['status']): Watchdog => ({
  times,
  status,
  tryAt: since,
  badInARow: 0,
  goodInARow: 0,
});

/** The state after an event at the time `at`, and what follows from it. */
export function stepWatchdog(state: Watchdog, event: WatchdogEvent, at: Millis): readonly [Watchdog, readonly WatchdogCommand[]] {
  if (event.type === 'tick') return state.tryAt !== null && at >= state.tryAt ? [{ ...state, tryAt: null }, [{ do: 'try' }]] : [state, []];
  const next = { ...state, tryAt: at + state.times.intervalMs };
  const { answer } = event;
  // It says nothing of what was to be asked, so it neither counts nor ends a row.
  if (!answer.ok && answer.isOurs) return [next, []];
  const counted = answer.ok
    ? { ...next, goodInARow: state.goodInARow + 1, badInARow: 0 }
    : { ...next, goodInARow: 0, badInARow: state.badInARow + 1 };
  const status = statusOf(counted);
  return status === state.status || status === 'unknown'
    ? [counted, []]
    : [{ ...counted, status }, [{ do: 'changed', isUp: status === 'up' }]];
}

function statusOf({ status, times, goodInARow, badInARow }: Watchdog): Watchdog['status'] {
  if (status === 'down') return goodInARow >= times.clearAfter ? 'up' : 'down';
  if (badInARow >= times.failures) return 'down';
  return goodInARow > 0 ? 'up' : status;
}
