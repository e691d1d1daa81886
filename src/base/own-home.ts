import { statSync } from 'node:fs';
import { homedir } from 'node:os';
import { type HomeLayout, homeLayout } from './home.js';

/** The folders of the portsup that an environment (default: this process's) means. Nothing is made. */
export const ownHome = (env: Readonly<Record<string, string | undefined>> = process.env): HomeLayout =>
  homeLayout({ env, userHome: homedir(), isOurFolder });

function isOurFolder(path: string): boolean {
  const stats = statSync(path, { throwIfNoEntry: false });
  return stats?.isDirectory() === true && stats.uid === process.getuid?.();
}
