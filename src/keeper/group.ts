import { errnoOf } from '../base/errors.js';
import { report } from './report.js';

/** Signals a process group; false when nobody is in it. One that we may not signal is reported and counts as there. */
export function signalGroup(pgid: number, signal: string): boolean {
  try {
    return process.kill(-pgid, signal);
  } catch (error) {
    if (errnoOf(error) === 'ESRCH') return false;
    report(`cannot send ${signal} to process group ${pgid}`, error);
    return true;
  }
}
