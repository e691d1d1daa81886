import { realpathSync } from 'node:fs';
import { basename } from 'node:path';
import { errnoOf } from '../base/errors.js';

/** Root's alone. */
const FOLDERS = ['/usr/bin', '/bin', '/usr/sbin', '/sbin', '/run/current-system/sw/bin'] as const;

/**
 * Absolute path of a tool of the system; undefined where there is none. The PATH of services is not asked: until it has given up its rights, what is
 * executed is executed as root. Those of busybox do not count, as they lack the options that make the others worth having.
 *
 * @throws the system's error where it cannot be told (ENOMEM, EIO).
 */
export const findTool = (name: string): string | undefined => FOLDERS.map((folder) => `${folder}/${name}`).find((path) => isTool(path));

function isTool(path: string): boolean {
  try {
    return basename(realpathSync(path)) !== 'busybox';
  } catch (error) {
    if (!['ENOENT', 'ENOTDIR', 'EACCES', 'ELOOP'].includes(errnoOf(error) ?? '')) throw error;
    return false;
  }
}
