import type { Clock, Millis } from './clock.js';

/** The longest delay setTimeout takes, 24 days; a longer wait is cut here and must be checked again by its owner. */
export const LONGEST_DELAY_MS = 2 ** 31 - 1;

// process.hrtime is CLOCK_MONOTONIC itself; performance.now() would count from the start of this process.
const now = (): Millis => Number(process.hrtime.bigint() / 1_000n) / 1_000;

/** Date.now() has whole milliseconds: measured anew each time, two moments could change places. More than this is a clock that was set. */
const ROUNDING_MS = 2;
let offset = Number.NaN;

/** Wall time less monotonic time. */
function offsetNow(): Millis {
  const measured = Date.now() - now();
  if (!(Math.abs(measured - offset) <= ROUNDING_MS)) offset = measured;
  return offset;
}

/** The real clock: CLOCK_MONOTONIC and setTimeout. Nothing else in portsup reads either. */
export const systemClock: Clock = {
  now,
  wallTime: (at) => new Date(at + offsetNow()),
  after: (delayMs, action) => {
    const timer = setTimeout(action, Math.min(Math.max(0, delayMs), LONGEST_DELAY_MS));
    return () => {
      clearTimeout(timer);
    };
  },
};

/** As `systemClock.after`, but it keeps no process alive that has nothing else to wait for. */
export const afterWhileBusy: Clock['after'] = (delayMs, action) => {
  const timer = setTimeout(action, Math.min(Math.max(0, delayMs), LONGEST_DELAY_MS)).unref();
  return () => {
    clearTimeout(timer);
  };
};
