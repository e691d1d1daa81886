/** What ends a call before its answer: its time, or that its caller has gone. */
import type { Clock, Millis } from '../../base/clock.js';

/** A time limit that is running. */
export interface Limit {
  /** Aborted when the time is over, or nobody waits any more. */
  readonly signal: AbortSignal;
  /** To be called when the call is over: no timer is left. */
  close(): void;
}

/** Begins the time of a call. */
export function openLimit(clock: Clock, timeoutMs: Millis, gone: AbortSignal): Limit {
  const ending = new AbortController();
  const abort = (): void => {
    ending.abort();
  };
  const cancel = clock.after(timeoutMs, abort);
  gone.addEventListener('abort', abort);
  if (gone.aborted) abort();
  return {
    signal: ending.signal,
    close: () => {
      cancel();
      gone.removeEventListener('abort', abort);
    },
  };
}

/** Resolves with undefined when `signal` aborts. */
export function whenAborted(signal: AbortSignal): Promise<undefined> {
  if (signal.aborted) return Promise.resolve(undefined);
  return new Promise((resolve) => {
    signal.addEventListener('abort', () => resolve(undefined), { once: true });
  });
}

/** What a promise gives, or undefined after `waitMs`, or when `signal` aborts. */
export async function soon<T>(
  clock: Clock,
  promise: Promise<T>,
  { waitMs, signal }: { readonly waitMs: Millis; readonly signal: AbortSignal },
): Promise<T | undefined> {
  const time = openLimit(clock, waitMs, signal);
  try {
    return await Promise.race([promise, whenAborted(time.signal)]);
  } finally {
    time.close();
  }
}
