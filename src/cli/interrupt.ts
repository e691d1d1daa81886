/** An interruption that is listened for until `release`. */
export interface Interruption {
  /** Aborted by Ctrl-C (SIGINT), and by SIGTERM and SIGHUP, so that a terminal is never left as we made it. */
  readonly signal: AbortSignal;
  /** Gives the signals back to the system's default. */
  release(): void;
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Listens for an interruption from now on; the caller releases it. */
export function listenForInterrupt(): Interruption {
  const controller = new AbortController();
  const abort = (): void => {
    controller.abort();
  };
  for (const name of SIGNALS) process.on(name, abort);
  return {
    signal: controller.signal,
    release: () => {
      for (const name of SIGNALS) process.off(name, abort);
    },
  };
}
