/** What a look at the start at boot has found. */

/** What was looked at. `--json` names them. */
export type Check = 'unit' | 'text' | 'enabled' | 'lingering' | 'node' | 'launcher' | 'home' | 'start' | 'keeper';

/** One thing that was looked at. "wrong": at the next boot it does not work, or not as it is meant to. */
export interface Finding {
  readonly check: Check;
  readonly state: 'ok' | 'warning' | 'wrong';
  /** One line. */
  readonly detail: string;
  /** What to do, one line; null where there is nothing to do. */
  readonly remedy: string | null;
}

/** It is as it should be. */
export const fine = (check: Check, detail: string): Finding => ({ check, state: 'ok', detail, remedy: null });

/** It works, but for how long? */
export const doubtful = (check: Check, detail: string, remedy: string): Finding => ({ check, state: 'warning', detail, remedy });

/** It does not work. */
export const wrong = (check: Check, detail: string, remedy: string): Finding => ({ check, state: 'wrong', detail, remedy });
