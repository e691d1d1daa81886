import type { Clock } from '../../src/base/clock.js';

/** A clock that stands still until it is told to go on; its wall time began in 2026. */
export interface ManualClock extends Clock {
  /** Goes on by `ms` and calls what has become due, in order. */
  readonly pass: (ms: number) => void;
  /** How long until the next call that waits; null when none does. */
  readonly nextInMs: () => number | null;
}

const WALL_START = Date.UTC(2026, 10, 20, 11, 22, 33);

/** A clock at 0. */
export function manualClock(): ManualClock {
  let time = 0;
  let timers: { readonly at: number; readonly action: () => void }[] = [];
  const next = (): { readonly at: number; readonly action: () => void } | undefined =>
    timers.reduce<(typeof timers)[number] | undefined>((first, timer) => (first && first.at <= timer.at ? first : timer), undefined);
  return {
    now: () => time,
    wallTime: (at) => new Date(WALL_START + at),
    after: (delayMs, action) => {
      const timer = { at: time + delayMs, action };
      timers.push(timer);
      return () => {
        timers = timers.filter((other) => other !== timer);
      };
    },
    pass: (ms) => {
      const end = time + ms;
      for (let timer = next(); timer && timer.at <= end; timer = next()) {
        const due = timer;
        timers = timers.filter((other) => other !== due);
        time = due.at;
        due.action();
      }
      time = end;
    },
    nextInMs: () => {
      const first = next();
      return first ? first.at - time : null;
    },
  };
}
