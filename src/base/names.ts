/** Longest name of an application, supervisor or service. */
export const MAX_NAME_LENGTH = 64;
/** What a name is, for whoever can only be told by a pattern. */
export const NAME_PATTERN: RegExp = /^[A-Za-z][A-Za-z0-9_-]{0,63}$/;

/** What a name must be. */
export const NAME_EXPECTED = 'a name: a letter, then letters, digits, "_" or "-", at most 64';

/** Is this a name of a service, supervisor or application: a letter, then letters, digits, `_` or `-`, at most 64? */
export const isName = (text: string): boolean => NAME_PATTERN.test(text);

/** The application's name for a folder: what no name may hold becomes `-`; "app" where nothing is left. */
export function nameOfFolder(folder: string): string {
  const base = folder.split('/').findLast((part) => part !== '') ?? '';
  const cleaned = base.replace(/[^A-Za-z0-9_-]+/g, '-').replace(/^[^A-Za-z]+/, '');
  return cleaned.slice(0, MAX_NAME_LENGTH) || 'app';
}

/** A child's path: its parent's path, "/" and its name; a child of the root is its bare name. */
export const childPath = (parent: string, name: string): string => (parent === '' ? name : `${parent}/${name}`);

/** The path of the supervisor of what stands at a path below the root. */
export const parentPath = (path: string): string => path.slice(0, Math.max(0, path.lastIndexOf('/')));

/** A path with all that it is in, the root first: "", "a" and "a/b" of "a/b". */
export const pathsDownTo = (path: string): readonly string[] =>
  path === '' ? [''] : ['', ...path.split('/').map((_, index, names) => names.slice(0, index + 1).join('/'))];

/** Is a path at or below another? "" is the root, and everything is below it. */
export const isWithin = (path: string, outer: string): boolean => outer === '' || path === outer || path.startsWith(`${outer}/`);

/** Longest name of a file without its extension: 255 bytes is the limit of every file system here. */
const MAX_STEM_LENGTH = 240;
const KEPT_LENGTH = 200;

/**
 * The name, without extension, of a file that belongs to something at this path (with or without its application's name before
 * it): its names joined by ".", which no name holds. A path of many long names would be no file name: then its beginning,
 * "~" (which no name holds either) and a checksum of the whole.
 */
export function fileStem(...names: readonly string[]): string {
  const stem = names.join('.').replaceAll('/', '.');
  return stem.length <= MAX_STEM_LENGTH ? stem : `${stem.slice(0, KEPT_LENGTH)}~${checksum(stem)}`;
}

/** FNV-1a of 64 bits in hexadecimal: this file may not import a hash. */
function checksum(text: string): string {
  let hash = 0xcbf29ce484222325n;
  for (let index = 0; index < text.length; index += 1) {
    hash = BigInt.asUintN(64, (hash ^ BigInt(text.charCodeAt(index))) * 0x100000001b3n);
  }
  return hash.toString(16).padStart(16, '0');
}
