/** Which restarts of a service are too many: the `alarm` of its configuration. Pure. */
import type { Millis } from '../../base/clock.js';
import { formatDuration } from '../../base/duration.js';
import type { RestartAlarmSpec } from '../../supervision/spec.js';

/** The last restarts that count, oldest first; as many as are an alarm suffice. */
export function withRestart(times: readonly Millis[], at: Millis, spec: RestartAlarmSpec): readonly Millis[] {
  return [...times.filter((time) => at - time <= spec.withinMs), at].slice(-spec.restarts);
}

/** Until when these are an alarm; null: they are none. */
export function tooManyUntil(times: readonly Millis[], now: Millis, { restarts, withinMs }: RestartAlarmSpec): Millis | null {
  const first = times.at(-restarts);
  if (first === undefined) return null;
  // As the budget of a supervisor has it: what is exactly so old counts.
  return now - first <= withinMs ? first + withinMs + 1 : null;
}

/** "3 restarts within 1h". */
export const rateText = ({ restarts, withinMs }: RestartAlarmSpec): string =>
  `${restarts} restart${restarts === 1 ? '' : 's'} within ${formatDuration(withinMs)}`;
