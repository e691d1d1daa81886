import type { Millis } from '../base/clock.js';

/** What becomes of one service's output, as configured. */
export interface LogPolicy {
  /** `capture`: lines with time, run and stream; `raw`: the program writes into the file itself; `none`: nothing is kept. */
  readonly mode: 'capture' | 'raw' | 'none';
  /** A part is closed before it would grow beyond this. */
  readonly maxBytes: number;
  /** So many closed parts are kept. */
  readonly keep: number;
  /** Are closed parts compressed? */
  readonly compress: boolean;
  /** So long a program is held while its log cannot be written; then lines are dropped and counted. */
  readonly blockMs: Millis | 'infinity';
  /** Absolute path of a file that gets the plain lines, too; null: none. */
  readonly file: string | null;
}

/** The defaults of a configuration. */
export const DEFAULT_POLICY: LogPolicy = {
  mode: 'capture',
  maxBytes: 10 * 1024 * 1024,
  keep: 5,
  compress: true,
  blockMs: 5_000,
  file: null,
};

/** No log's parts are made smaller than this, whatever its share of a budget is. */
export const LEAST_PART_BYTES = 4 * 1024;
