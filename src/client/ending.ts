import type { AbortSignalLike } from './options.js';

/** A controller that aborts with a signal, until it is released. */
export interface Ending {
  readonly controller: AbortController;
  /** Rejects when it aborts. */
  readonly ended: Promise<never>;
  readonly release: () => void;
}

/** Makes the controller of a call that this signal ends. Whoever makes it releases it. */
export function endingOf(signal: AbortSignalLike | undefined): Ending {
  const controller = new AbortController();
  const end = (): void => {
    controller.abort(signal?.reason);
  };
  const aborted = new Promise<void>((resolve) => {
    controller.signal.addEventListener('abort', () => resolve(), { once: true });
  });
  const ended = aborted.then((): never => {
    throw controller.signal.reason;
  });
  // Whoever races against it hears of it; a stream does not.
  ended.catch(() => undefined);
  return { controller, ended, release: signal === undefined ? () => undefined : whenAborted(signal, end) };
}

/** What one signal is going to end, and the one listener that it has for all of it: Node warns of a leak where a signal has more than ten. */
interface Listening {
  readonly ends: Set<() => void>;
  readonly listener: () => void;
}

const listening = new WeakMap<AbortSignalLike, Listening>();

/** Calls `end` when the signal aborts, at once if it has; the returned function takes that back. */
function whenAborted(signal: AbortSignalLike, end: () => void): () => void {
  if (signal.aborted) end();
  const { ends, listener } = listening.get(signal) ?? listen(signal);
  ends.add(end);
  return () => {
    ends.delete(end);
    if (ends.size > 0) return;
    signal.removeEventListener('abort', listener);
    listening.delete(signal);
  };
}

function listen(signal: AbortSignalLike): Listening {
  const ends = new Set<() => void>();
  const listener = (): void => {
    for (const end of ends) end();
  };
  signal.addEventListener('abort', listener);
  listening.set(signal, { ends, listener });
  return { ends, listener };
}
