import { closeSync, openSync } from 'node:fs';
import type { Clock } from '../base/clock.js';
import { errnoOf } from '../base/errors.js';
import { openFile } from '../logs/part-files.js';
import type { ServiceLog } from '../logs/service-log.js';

/** What a program wrote itself is over: it becomes an older part, which may go like any other. One that cannot be closed is left for the next time. */
export function endRawFile(log: ServiceLog, clock: Clock): void {
  log.measureRaw();
  if (log.rawBytes === 0) return;
  try {
    log.close('raw', clock.wallTime(clock.now()).getTime());
  } catch (error) {
    // EROFS, EACCES: it stays what it is.
    if (errnoOf(error) === undefined) throw error;
  }
}

/**
 * The file that the next run of a service writes itself: there (0600), and a new one where it has grown large enough, as nobody has it open
 * between two runs. Returns its path.
 *
 * @throws the system's error when it cannot be made.
 */
export function rawFile(log: ServiceLog, clock: Clock): string {
  const file = openFile(log.stem, 'raw');
  log.measureRaw();
  if (log.rawBytes >= log.maxBytes) log.close('raw', clock.wallTime(clock.now()).getTime());
  log.makeFolder();
  closeSync(openSync(file, 'a', 0o600));
  return file;
}
