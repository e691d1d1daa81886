import { relative } from 'node:path';

/** A file's name for people: short where it is below the current folder, else absolute. */
export function shownPath(cwd: string, file: string): string {
  const path = relative(cwd, file);
  return path === '' || path.startsWith('..') ? file : path;
}
