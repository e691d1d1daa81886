import { mkdirSync, readdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { errnoOf } from './errors.js';

/**
 * Makes a folder, and those above it that are missing. One that is there already stays as it is.
 *
 * Not `mkdirSync` with `recursive`: where the folder above is there but answers ENOENT all the same (/proc), Node makes that
 * folder and tries again for ever, with all of one processor.
 *
 * @param mode - of every folder that is made; default 0700.
 * @throws the system's error of the folder that could not be made (EACCES, ENOENT, ENOTDIR, EEXIST for a file of that name ...).
 */
export function makeFolder(path: string, mode = 0o700): void {
  const refusal = tryToMake(path, mode);
  if (refusal === undefined) return;
  const parent = dirname(path);
  if (errnoOf(refusal) !== 'ENOENT' || parent === path) throw refusal;
  makeFolder(parent, mode);
  const secondRefusal = tryToMake(path, mode);
  if (secondRefusal !== undefined) throw secondRefusal;
}

/**
 * The names of what is in a folder; none if it is not there.
 *
 * @throws the system's error when it is there and cannot be read.
 */
export function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw error;
    return [];
  }
}

/** Undefined: the folder is there now, by us or by whoever was quicker. */
function tryToMake(path: string, mode: number): Error | undefined {
  try {
    mkdirSync(path, { mode });
    return undefined;
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    // Not only EEXIST: of a folder that is there, macOS says EISDIR for "/", and EROFS where the disk cannot be written to.
    return isFolder(path) ? undefined : error;
  }
}

function isFolder(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
  } catch (error) {
    const errno = errnoOf(error);
    // What we may not look at, or what cannot be there, is no folder to us: why it could not be made says more.
    if (errno === 'EACCES' || errno === 'EPERM' || errno === 'ENOTDIR' || errno === 'ELOOP' || errno === 'ENAMETOOLONG') return false;
    throw error;
  }
}
