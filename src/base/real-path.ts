import { realpathSync } from 'node:fs';
import { errnoOf } from './errors.js';

/** The one way without symbolic links to what many ways lead to. Where there is none (nothing there, a loop, not for us to see) the path as it was given. */
export function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    return path;
  }
}
