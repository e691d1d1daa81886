/** Looks at what a start at boot depends on: node, the launcher of portsup, the home. */
import { accessSync, constants, type Stats, statSync } from 'node:fs';
import { dirname, isAbsolute } from 'node:path';
import { errnoOf } from '../../base/errors.js';
import { doubtful, type Finding, fine, wrong } from './finding.js';
import type { BootJob, BootUser } from './job.js';
import { placeOf } from './place.js';

/** A program that a start at boot runs, for whom, and what is to be done when it is not there. */
export interface Program {
  readonly check: 'node' | 'launcher';
  readonly path: string;
  readonly user: BootUser;
  readonly remedy: string;
}

/** Is the program there, can it be run (or read), and is it going to stay? */
export function lookAtProgram({ check, path, user, remedy }: Program): Finding {
  if (!isAbsolute(path)) return wrong(check, `${path} is no absolute path`, remedy);
  const trouble = troubleWith(path, check === 'node' ? constants.X_OK : constants.R_OK);
  if (trouble !== undefined) return wrong(check, `${path} ${trouble}`, remedy);
  const place = placeOf(path);
  if (place?.isTemporary) return wrong(check, `${path} is in ${place.name}`, `${remedy}, from a place that outlives a boot`);
  const barrier = barrierTo(path, user);
  if (barrier !== undefined)
    return doubtful(
      check,
      `${path}: ${user.name} may have no access to ${barrier}`,
      'use a node and a portsup that are installed for everybody',
    );
  if (place) return doubtful(check, `${path} belongs to ${place.name} and goes with an upgrade`, `after an upgrade, ${remedy}`);
  return fine(check, path);
}

/** Can portsup live there? A home that is not there yet is made by the first start. */
export function lookAtHome({ home, user, environment }: BootJob): Finding {
  const elsewhere = 'set PORTSUP_HOME to a folder of your own';
  if (!isAbsolute(home)) return wrong('home', `${home} is no absolute path`, elsewhere);
  const stats = statsOf(home);
  if (stats === 'denied') return doubtful('home', `${home} cannot be looked at`, `look as ${user.name} or as root`);
  if (stats === undefined) return fine('home', `${home}, made by the first start`);
  if (!stats.isDirectory()) return wrong('home', `${home} is no folder`, elsewhere);
  if (stats.uid !== user.uid) {
    const remedy = 'PORTSUP_HOME' in environment ? elsewhere : `let ${user.name} have it: chown -R ${user.name} ${home}`;
    return wrong('home', `${home} belongs to user ${stats.uid}, not to ${user.name} (user ${user.uid})`, remedy);
  }
  if ((stats.mode & 0o077) !== 0) return wrong('home', `${home} is open to other users`, `run "chmod 700 ${home}"`);
  if (placeOf(home)?.isTemporary) return doubtful('home', `${home} is in a temporary folder: what was up is forgotten with it`, elsewhere);
  return fine('home', home);
}

function troubleWith(path: string, mode: number): string | undefined {
  const stats = statsOf(path);
  if (stats === undefined) return 'is not there';
  if (stats === 'denied') return 'cannot be looked at';
  if (!stats.isFile()) return 'is no file';
  try {
    accessSync(path, mode);
    return undefined;
  } catch (error) {
    if (errnoOf(error) !== 'EACCES') throw error;
    return mode === constants.X_OK ? 'cannot be executed' : 'cannot be read';
  }
}

/** The first folder on the way to a file that a person may not pass, as far as owner and "others" tell: groups may allow it. */
function barrierTo(path: string, user: BootUser): string | undefined {
  if (user.uid === 0 || user.uid === process.getuid?.()) return undefined;
  for (let folder = dirname(path); ; folder = dirname(folder)) {
    const stats = statsOf(folder);
    if (stats === undefined || stats === 'denied') return folder;
    const needed = stats.uid === user.uid ? 0o100 : 0o001;
    if ((stats.mode & needed) === 0) return folder;
    if (folder === dirname(folder)) return undefined;
  }
}

/** Undefined: it is not there. */
function statsOf(path: string): Stats | 'denied' | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === 'EACCES' || errno === 'EPERM' || errno === 'ELOOP') return 'denied';
    if (errno === 'ENOTDIR' || errno === 'ENAMETOOLONG') return undefined;
    throw error;
  }
}
