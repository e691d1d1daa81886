/** What a written address means among places of one tree. Pure. */

/** Something in a tree that can be named: a service, or a supervisor. */
export interface Addressable {
  /** "/" separated; "" for the root. */
  readonly path: string;
  readonly isService: boolean;
}

/**
 * The places that `name` matches: the one with exactly this path before anything else; then, below the root, those with it as the last part of their
 * path; of a glob (`*`, `?`; neither matches "/") the services whose path or last part it matches.
 */
export function placesAt<P extends Addressable>(places: readonly P[], name: string): readonly P[] {
  const exact = places.filter(({ path }) => path === name);
  if (exact.length > 0) return exact;
  const below = places.filter(({ path }) => path !== '');
  if (!isGlob(name)) return below.filter(({ path }) => lastPart(path) === name);
  const pattern = new RegExp(
    `^${name
      .replace(/[.+^${}()|[\]\\]/g, '\\$&')
      .replaceAll('*', '[^/]*')
      .replaceAll('?', '[^/]')}$`,
  );
  return below.filter(({ path, isService }) => isService && (pattern.test(path) || pattern.test(lastPart(path))));
}

/** May this address mean several places? */
export const isGlob = (name: string): boolean => /[*?]/.test(name);

const lastPart = (path: string): string => path.slice(path.lastIndexOf('/') + 1);
