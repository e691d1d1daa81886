import { statSync } from 'node:fs';
import { homedir } from 'node:os';
import { errnoOf } from './errors.js';
import { type HomeLayout, homeLayout } from './home.js';

/** The folders of the portsup that an environment (default: this process's) means. Nothing is made. */
export const ownHome = (env: Readonly<Record<string, string | undefined>> = process.env): HomeLayout =>
  homeLayout({ env, userHome: homedir(), isOurFolder });

function isOurFolder(path: string): boolean {
  try {
    const stats = statSync(path, { throwIfNoEntry: false });
    return stats !== undefined && stats.isDirectory() && stats.uid === process.getuid?.();
  } catch (error) {
    // A folder that we may not even look at is not ours.
    if (errnoOf(error) === 'EACCES' || errnoOf(error) === 'ENOTDIR') return false;
    throw error;
  }
}
