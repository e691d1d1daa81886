import { resolve } from 'node:path';
import type { Environment } from '../config/environment.js';
import type { ClientOptions } from './options.js';

/** What a client was made with. */
export interface Settings {
  /** Absolute. */
  readonly home: string | undefined;
  readonly app: string | undefined;
  readonly file: string | undefined;
  /** Absolute. */
  readonly cwd: string;
  readonly env: Environment | undefined;
  readonly startDaemon: boolean;
}

/** The folder that is the current one now counts, whatever the host does later. */
export function settingsOf({ home, app, file, cwd: folder = '.', env, startDaemon = false }: ClientOptions): Settings {
  const cwd = resolve(folder);
  return { home: home === undefined ? undefined : resolve(cwd, home), app, file, cwd, env, startDaemon };
}
