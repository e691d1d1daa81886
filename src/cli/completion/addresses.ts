/** How services and supervisors can be called: what `stop`, `logs` and the others understand, see daemon/select.ts. Pure. */

/** A service or supervisor that may be named. */
export interface Place {
  readonly app: string;
  /** "" is the application as a whole. */
  readonly path: string;
  /** What is said about it. */
  readonly text: string;
}

/** How it may be called, and what is said about it. */
export interface Address {
  readonly word: string;
  readonly text: string;
}

/** Where a name is looked for. */
export interface Scope {
  /** The application of `-p`; undefined: not given. */
  readonly only: string | undefined;
  /** The application of this folder; undefined: none that is known. */
  readonly home: string | undefined;
}

/**
 * What a person may write there: of the application that is meant the paths and their unique last parts, of others `app:path` (and of all once there
 * is a ":"), and the names of applications. Where none is meant, and something has been typed, also what is unique over all of them. Each of them means one place.
 */
export function addressesOf(places: readonly Place[], { only, home }: Scope, typed: string): readonly Address[] {
  if (only !== undefined) return bareAddresses(places.filter(({ app }) => app === only));
  const apps = new Set(places.map(({ app }) => app));
  const isHomeUp = home !== undefined && apps.has(home);
  const isMeant = ({ app }: Place): boolean => apps.size === 1 || (isHomeUp ? app === home : typed !== '');
  const isForeign = ({ app }: Place): boolean => typed.includes(':') || (apps.size > 1 && !(isHomeUp && app === home));
  const foreign = places.filter((place) => place.path !== '' && isForeign(place));
  return [
    ...bareAddresses(places.filter(isMeant)),
    ...wholeApplications(places),
    ...foreign.map(({ app, path, text }) => ({ word: `${app}:${path}`, text })),
  ];
}

/** Paths and last parts of paths, as far as each means one of these places. An instance of a pool is a number: nothing to call it by. */
const bareAddresses = (places: readonly Place[]): readonly Address[] =>
  [...meaningsOf(places)].flatMap(([word, meant]) => {
    const [place, ...others] = meant;
    if (place === undefined || others.length > 0 || /^\d/.test(word)) return [];
    return [{ word, text: word === place.path ? place.text : `${place.path}, ${place.text}` }];
  });

/** Applications by their names, where nothing in any of them is called so. */
function wholeApplications(places: readonly Place[]): readonly Address[] {
  const meanings = meaningsOf(places);
  return places.filter(({ app, path }) => path === '' && !meanings.has(app)).map(({ app, text }) => ({ word: app, text }));
}

/** What each word means: in each application that with exactly this path, else those with it as the last part. */
function meaningsOf(places: readonly Place[]): ReadonlyMap<string, readonly Place[]> {
  const below = places.filter(({ path }) => path !== '');
  const exact = new Set(below.map(({ app, path }) => `${app}:${path}`));
  const meanings = new Map<string, Place[]>();
  for (const place of below) {
    const last = place.path.slice(place.path.lastIndexOf('/') + 1);
    const words = exact.has(`${place.app}:${last}`) ? [place.path] : [place.path, last];
    for (const word of new Set(words)) {
      const known = meanings.get(word);
      if (known) known.push(place);
      else meanings.set(word, [place]);
    }
  }
  return meanings;
}
