import type { Clock } from '../../base/clock.js';
import { adviceOf } from '../../base/errors.js';
import { followLogs } from '../../logs/follow.js';
import { grep } from '../../logs/grep.js';
import type { PortRegistry } from '../port-registry.js';
import type { RunName } from '../service-environment.js';
import type { HealthOptions } from './health-options.js';

export interface LineWatchOptions {
  readonly clock: Clock;
  readonly ports: Pick<PortRegistry, 'capture'>;
  readonly linesOfRun: HealthOptions['linesOfRun'];
  readonly name: RunName;
  /** A regular expression, which looks at lines as they are seen: colours in them do not count. */
  readonly pattern: string;
}

/**
 * Resolves with true when a run has said a line that fits, in its log or from now on: between the two nothing is missed, and it does not matter when this
 * is called, as the run may have begun under an earlier daemon. With false when `signal` ends the waiting.
 *
 * @throws PortsupError `USAGE` for what is no expression, `FAILED` when that takes too long on a line; the system's error when the log cannot be read.
 */
async function untilLine({ clock, ports, linesOfRun, name, pattern }: LineWatchOptions, signal: AbortSignal): Promise<boolean> {
  const capture = ports.capture(name.app, name.path);
  if (!capture) throw new Error('its output cannot be read');
  const expression = await grep({ pattern, ignoreCase: false, invert: false }, clock);
  try {
    while (!signal.aborted) {
      const { only = { run: name.run } } = await linesOfRun(capture.source(), name.run);
      const query = { run: name.run, windows: new Map([[capture, only]]), test: expression.test };
      for await (const { records, missed } of followLogs([capture], query, signal)) {
        if (records.length > 0) return true;
        // It says more than could be kept for us: it is in its log.
        if (missed > 0) break;
      }
    }
    return false;
  } finally {
    expression.close();
  }
}

/** The same with callbacks; the returned function ends it. */
export function watchForLine(
  options: LineWatchOptions,
  { onLine, onTrouble }: { readonly onLine: () => void; readonly onTrouble: (text: string) => void },
): () => void {
  const over = new AbortController();
  untilLine(options, over.signal).then(
    (isSaid) => {
      if (isSaid && !over.signal.aborted) onLine();
    },
    (error: unknown) => {
      if (!over.signal.aborted) onTrouble(`its lines cannot be looked at: ${adviceOf(error)}`);
    },
  );
  return () => {
    over.abort();
  };
}
