/**
 * Where a run of another user writes its own exit code (PORTSUP_EXIT_FILE): our folders are closed to that user, so the file is in /run, in a folder of
 * root's that everybody may pass and nobody may look into. The file is the user's, its folder is not, so it stays a file: the keeper, which reads
 * it by a link among its pipes, can be led nowhere else.
 */
import { createHash } from 'node:crypto';
import { chmodSync, chownSync, mkdirSync, rmdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { errnoOf } from '../base/errors.js';

const BASE = process.platform === 'linux' ? '/run' : '/var/run';

/** The path of that file for the pipe `link` of a home. */
export const exitPlaceOf = (home: string, link: string): string =>
  `${BASE}/portsup-exit-${createHash('sha256').update(home).digest('hex').slice(0, 16)}/${basename(link)}`;

/**
 * Makes the file anew, empty, for this user.
 *
 * @throws the system's error (EACCES, EROFS ...): then nobody can write there.
 */
export function makeExitPlace(place: string, uid: number): void {
  const folder = dirname(place);
  mkdirSync(folder, { recursive: true });
  // Whatever our umask is; the group is nobody's who could write.
  chmodSync(folder, 0o711);
  rmSync(place, { force: true });
  writeFileSync(place, '', { mode: 0o600, flag: 'wx' });
  chownSync(place, uid, -1);
}

/**
 * Has the keeper find it where it looks. It removes what stands there before each run, so this is done after it has started one.
 *
 * @throws the system's error.
 */
export function linkExitPlace(place: string, link: string): void {
  rmSync(link, { force: true });
  symlinkSync(place, link);
}

/**
 * Removes the file with the link to it, and its folder with the last one. Where there is none nothing happens.
 *
 * @throws the system's error.
 */
export function removeExitPlace(place: string, link: string): void {
  // Of a run that had ended when we heard of its start the link came after the keeper had removed it.
  for (const path of [place, link]) rmSync(path, { force: true });
  try {
    rmdirSync(dirname(place));
  } catch (error) {
    if (!['ENOENT', 'ENOTEMPTY', 'EEXIST'].includes(errnoOf(error) ?? '')) throw error;
  }
}
