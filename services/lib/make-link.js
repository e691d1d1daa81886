// @ts-check
/**
 * Makes `.bin/service_a`, the name under which launch.sh executes node: `node make-link.js PATH_OF_THE_LINK`.
 *
 * The link appears by rename, so that two services starting at once both find a whole one. It leads to the real program
 * (`process.execPath`), because version managers put a stand-in called "node" on the PATH that goes by its own name.
 * A folder that cannot be written is no failure: launch.sh then starts node without the link.
 */
import { spawnSync } from 'node:child_process';
import { linkSync, mkdirSync, renameSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { dirname } from 'node:path';
import process from 'node:process';

const [, , link] = process.argv;
if (link === undefined) {
  process.stderr.write('usage: make-link.js PATH\n');
  process.exitCode = 1;
} else {
  makeLink(link);
}

/** @param {string} path */
function makeLink(path) {
  const draft = `${path}.${process.pid}`;
  try {
    // So it does in spite of what launch.sh saw where the "node" on the PATH is a stand-in.
    if (leadsHere(path)) return;
    mkdirSync(dirname(path), { recursive: true });
    if (!hardLink(draft)) symlinkSync(process.execPath, draft);
    putInPlace(draft, path);
  } catch (error) {
    if (!['EACCES', 'EPERM', 'EROFS', 'EEXIST', 'ENOTDIR', 'EISDIR', 'ENOSPC', 'EDQUOT'].includes(codeOf(error))) throw error;
  }
}

/**
 * @param {string} draft
 * @param {string} path
 */
function putInPlace(draft, path) {
  try {
    renameSync(draft, path);
  } catch (error) {
    rmSync(draft, { force: true });
    throw error;
  }
}

/**
 * macOS names a process after the file that a symbolic link leads to, so there it takes a hard link. Not every node runs
 * from another folder (Homebrew's finds its libraries beside itself), hence the trial.
 *
 * @param {string} draft
 * @returns {boolean} whether `draft` is now a hard link that runs
 */
function hardLink(draft) {
  if (process.platform !== 'darwin') return false;
  try {
    linkSync(process.execPath, draft);
  } catch (error) {
    if (['EXDEV', 'EPERM', 'EACCES'].includes(codeOf(error))) return false;
    throw error;
  }
  if (spawnSync(draft, ['--version'], { stdio: 'ignore' }).status === 0) return true;
  rmSync(draft, { force: true });
  return false;
}

/**
 * @param {string} path
 * @returns {boolean}
 */
function leadsHere(path) {
  const found = statSync(path, { throwIfNoEntry: false });
  const node = statSync(process.execPath);
  return found !== undefined && found.ino === node.ino && found.dev === node.dev;
}

/**
 * @param {unknown} error
 * @returns {string}
 */
function codeOf(error) {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}
