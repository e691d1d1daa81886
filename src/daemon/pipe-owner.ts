import { chownSync, lstatSync } from 'node:fs';

/**
 * Gives the pipes of a port, and the file that it writes itself, to the user that its next run runs as: who opens /dev/stdout anew is asked for rights
 * as for any other file. Only root can have given them to others before, so for everybody else there is nothing to do.
 *
 * @throws the system's error (EPERM).
 */
export function givePipes(paths: readonly string[], uid: number): void {
  if (process.geteuid?.() !== 0) return;
  for (const path of new Set(paths)) {
    const stats = lstatSync(path, { throwIfNoEntry: false });
    // One that is gone is the keeper's to tell; /dev/null is everybody's.
    if (stats && stats.uid !== uid && (stats.isFIFO() || stats.isFile())) chownSync(path, uid, -1);
  }
}
