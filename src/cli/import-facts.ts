/** What `import` and `init` look up on this machine for the pure converters: what stands where, what a pattern means. */
import { closeSync, constants, type Dirent, fstatSync, openSync, readdirSync, readSync } from 'node:fs';
import { availableParallelism, hostname } from 'node:os';
import { dirname, isAbsolute, join, relative, resolve } from 'node:path';
import { errnoOf } from '../base/errors.js';
import type { SourceFacts } from '../config/import/convert.js';
import type { FileKind } from '../config/import/import-source.js';

/** The facts about a file to be imported into a configuration in `cwd`. */
export function factsOf(
  file: string,
  { cwd, environment }: { readonly cwd: string; readonly environment: string | undefined },
): SourceFacts {
  const folder = dirname(resolve(cwd, file));
  return {
    file,
    folder,
    relativeFolder: relative(cwd, folder),
    siblings: new Set(namesIn(folder)),
    processors: availableParallelism(),
    hostname: hostname(),
    kindOf: (path) => kindOf(resolve(cwd, path)),
    environment,
  };
}

/** The names in a folder; none where there is no folder, or none that we may look into. */
export const namesIn = (folder: string): readonly string[] => entriesOf(folder).map(({ name }) => name);

/** A program of the machine has a NUL in these. */
const HEAD_BYTES = 4_096;

/** What is at a path: nothing (or a folder, a pipe), a program of the machine, or text. */
function kindOf(path: string): FileKind {
  let fd: number | undefined;
  try {
    // Without O_NONBLOCK the opening of a named pipe waits for a writer.
    fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    if (!fstatSync(fd).isFile()) return 'missing';
    const head = Buffer.alloc(HEAD_BYTES);
    return head.subarray(0, readSync(fd, head, 0, HEAD_BYTES, 0)).includes(0) ? 'binary' : 'text';
  } catch (error) {
    if (isNotThere(error)) return 'missing';
    throw error;
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}

/** The files that a pattern of a shell means (`*`, `?`, `[a-z]`), by name; relative ones count from `folder`. */
export function filesMatching(pattern: string, folder: string): readonly string[] {
  const path = isAbsolute(pattern) ? pattern : join(folder, pattern);
  const [, ...parts] = path.split('/');
  let found: readonly string[] = ['/'];
  for (const [index, part] of parts.entries()) {
    const isLast = index === parts.length - 1;
    found = found.flatMap((parent) => childrenMatching(parent, part, isLast));
  }
  return found;
}

function childrenMatching(parent: string, part: string, isLast: boolean): readonly string[] {
  if (!/[*?[]/.test(part)) return part === '' || (isLast && !namesIn(parent).includes(part)) ? [] : [join(parent, part)];
  const pattern = expressionFor(part);
  return entriesOf(parent)
    .filter((entry) => pattern.test(entry.name) && (isLast ? !entry.isDirectory() : !entry.isFile()))
    .map((entry) => join(parent, entry.name))
    .sort();
}

/** Names that begin with a dot are only meant by patterns that do. */
function expressionFor(pattern: string): RegExp {
  const source = pattern.replace(/[.+^${}()|\\]|\*|\?|\[!/g, (char) => ({ '*': '[^/]*', '?': '[^/]', '[!': '[^' })[char] ?? `\\${char}`);
  return new RegExp(`^${pattern.startsWith('.') ? '' : '(?!\\.)'}${source}$`);
}

function entriesOf(folder: string): readonly Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch (error) {
    if (isNotThere(error)) return [];
    throw error;
  }
}

const isNotThere = (error: unknown): boolean =>
  ['ENOENT', 'ENOTDIR', 'EISDIR', 'EACCES', 'ELOOP', 'ENAMETOOLONG', 'ENXIO', 'EOPNOTSUPP'].includes(errnoOf(error) ?? '');
