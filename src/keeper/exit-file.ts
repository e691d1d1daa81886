import { readFileSync, rmSync } from 'node:fs';
import { errnoOf } from '../base/errors.js';
import { report } from './report.js';

/**
 * The exit code that a run has written down itself before it ended, 0 to 255; null if it has not. The kernel tells how a process
 * ended to its parent alone, and an adopted run's parent is gone.
 */
export function readExit(path: string | null): number | null {
  if (path === null) return null;
  try {
    const code = Number.parseInt(readFileSync(path, 'latin1'), 10);
    return code >= 0 && code <= 255 ? code : null;
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') report(`cannot read ${path}`, error);
    return null;
  }
}

/** What a run has written is of no use after its end, nor to the next one. */
export function removeExit(path: string | null): void {
  if (path === null) return;
  try {
    rmSync(path, { force: true });
  } catch (error) {
    report(`cannot remove ${path}`, error);
  }
}
