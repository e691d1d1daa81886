/**
 * What somebody else may do with files, by their mode bits. Asked afterwards, to explain a start that has failed: access(2) only answers for
 * ourselves, and root may pass everywhere. Lists of access (ACLs) are not looked at.
 */
import { type Stats, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { errnoOf } from '../base/errors.js';
import { realPath } from '../base/real-path.js';

/** Whom it is about. */
export interface Who {
  readonly uid: number;
  readonly groups: readonly number[];
}

/** May they execute this file, or pass this folder? */
export function mayPass({ mode, uid, gid }: Pick<Stats, 'mode' | 'uid' | 'gid'>, who: Who): boolean {
  if (who.uid === 0) return (mode & 0o111) !== 0;
  const shift = uid === who.uid ? 6 : who.groups.includes(gid) ? 3 : 0;
  return ((mode >> shift) & 1) === 1;
}

/** The first folder on the way to `path`, from the root on, that they may not pass; undefined: they reach it. */
export function closedFolder(path: string, who: Who): string | undefined {
  return [...foldersAbove(path), ...foldersAbove(realPath(path))].find((folder) => {
    const stats = statsOf(folder);
    return stats !== undefined && !mayPass(stats, who);
  });
}

const foldersAbove = (path: string): readonly string[] => {
  const folder = dirname(path);
  return folder === path ? [] : [...foldersAbove(folder), folder];
};

function statsOf(path: string): Stats | undefined {
  try {
    return statSync(path);
  } catch (error) {
    // ENOENT, EACCES ...: it is explained by others.
    if (errnoOf(error) === undefined) throw error;
    return undefined;
  }
}
