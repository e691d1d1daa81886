import type { Millis } from '../base/clock.js';

/** A supervisor's budget of automatic restarts. */
export interface Budget {
  readonly intensity: number;
  readonly periodMs: Millis;
}

/** Those of `history` that still count at `at`: no more than a period ago, the edge included. */
export const withinPeriod = (history: readonly Millis[], at: Millis, periodMs: Millis): readonly Millis[] =>
  history.filter((restart) => at - restart <= periodMs);

/**
 * Charges one restart at `at`. `exceeded`: it was one too many, the supervisor must give up instead.
 * OTP supervisor: add_restart/1 and in_period/3.
 */
export function chargeRestart(
  history: readonly Millis[],
  at: Millis,
  budget: Budget,
): { readonly history: readonly Millis[]; readonly exceeded: boolean } {
  const counted = [...withinPeriod(history, at, budget.periodMs), at];
  return { history: counted, exceeded: counted.length > budget.intensity };
}
