import { type Stats, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { errnoOf, PortsupError } from '../base/errors.js';

/** The configuration's file names in the order in which one folder is asked for them. */
export const CONFIG_NAMES = [
  'portsup.yaml',
  'portsup.yml',
  'portsup.json',
  'portsup.config.ts',
  'portsup.config.mjs',
  'portsup.config.js',
] as const;

/**
 * The absolute path of the configuration: `file` (relative to `cwd`) when it is given, else the first of
 * {@link CONFIG_NAMES} in `cwd` or in the nearest folder above it; undefined where there is none. Reads nothing
 * but file status, so that `ps` can afford it.
 *
 * A file above `cwd` does not count when everybody may write to its folder (`/tmp`) and somebody else than this
 * user or root owns it: a configuration is a list of programs to run, and nobody should plant one for others.
 *
 * @throws {@link PortsupError} `CONFIG_MISSING` when `file` is given and is no file.
 */
export function findConfig(cwd: string, file?: string): string | undefined {
  if (file !== undefined) return namedConfig(cwd, file);
  const start = resolve(cwd);
  for (let folder = start; ; folder = dirname(folder)) {
    for (const name of CONFIG_NAMES) {
      const path = resolve(folder, name);
      if (isFile(path) && (folder === start || !isPlanted(folder, path))) return path;
    }
    if (folder === dirname(folder)) return undefined;
  }
}

function namedConfig(cwd: string, file: string): string {
  const path = resolve(cwd, file);
  const stats = statOf(path);
  if (stats === undefined) throw new PortsupError('CONFIG_MISSING', `no configuration at ${path}`, 'check the path given with -f');
  if (stats.isDirectory()) {
    throw new PortsupError(
      'CONFIG_MISSING',
      `${path} is a folder`,
      `name the file in it, for example -f ${resolve(path, CONFIG_NAMES[0])}`,
    );
  }
  return path;
}

const isFile = (path: string): boolean => statOf(path)?.isFile() ?? false;

function isPlanted(folder: string, path: string): boolean {
  const owner = statOf(path)?.uid;
  const everybodyWrites = ((statOf(folder)?.mode ?? 0) & 0o002) !== 0;
  return everybodyWrites && owner !== 0 && owner !== process.getuid?.();
}

/** Undefined for what is not there, and for what we may not look at: to us it is the same. */
export function statOf(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch (error) {
    const code = errnoOf(error);
    if (code === 'ENOTDIR' || code === 'EACCES' || code === 'EPERM' || code === 'ELOOP' || code === 'ENAMETOOLONG') return undefined;
    throw error;
  }
}
