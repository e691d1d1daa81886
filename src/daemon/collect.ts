import type { Clock, Millis } from '../base/clock.js';

/** So much has to happen: about what leaves a megabyte of garbage. */
const EVENTS = 1_000;
const QUIET_MS: Millis = 100;

/** Does nothing if the keeper was started by an older version, without `--expose-gc`. */
const collectNow = (): void => {
  // Called like this it is done when it returns.
  globalThis.gc?.();
};

/**
 * Has garbage collected when much has happened and it is quiet again. V8 does it late in a process that is idle most of the time, or never:
 * after 20,000 crashes of a service the daemon had 18 MB more than before, of which 17 were garbage. It takes 10 ms; nothing is waiting then.
 *
 * @returns what is to be called for each thing that happens.
 */
export function collectWhenQuiet(clock: Clock, collect = collectNow): () => void {
  let count = 0;
  let isArmed = false;
  const wait = (): void => {
    const seen = count;
    isArmed = true;
    clock.after(QUIET_MS, () => {
      if (count !== seen) return wait();
      isArmed = false;
      count = 0;
      collect();
    });
  };
  return () => {
    count += 1;
    if (count >= EVENTS && !isArmed) wait();
  };
}
