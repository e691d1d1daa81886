/** Longest name of an application, supervisor or service. */
export const MAX_NAME_LENGTH = 64;

const NAME = /^[A-Za-z][A-Za-z0-9_-]*$/;

/** Is this a name of a service, supervisor or application: a letter, then letters, digits, `_` or `-`, at most 64? */
export const isName = (text: string): boolean => text.length <= MAX_NAME_LENGTH && NAME.test(text);

/** The application's name for a folder: what no name may hold becomes `-`; "app" where nothing is left. */
export function nameOfFolder(folder: string): string {
  const base = folder.split('/').findLast((part) => part !== '') ?? '';
  const cleaned = base.replace(/[^A-Za-z0-9_-]+/g, '-').replace(/^[^A-Za-z]+/, '');
  return cleaned.slice(0, MAX_NAME_LENGTH) || 'app';
}

/** A child's path: its parent's path, "/" and its name; a child of the root is its bare name. */
export const childPath = (parent: string, name: string): string => (parent === '' ? name : `${parent}/${name}`);
