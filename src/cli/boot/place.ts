/** What the path of a program tells about how long it is going to be there. Pure. */

/** A place that something else than a person empties or renames. */
export interface Place {
  /** "a temporary folder", "nvm". */
  readonly name: string;
  /** Is it empty after a boot, as far as anybody can say? */
  readonly isTemporary: boolean;
}

const TEMPORARY = /^(?:\/private)?\/(?:tmp|var\/tmp|var\/folders|dev\/shm|run\/user)\//;

const VERSIONED: readonly (readonly [name: string, pattern: RegExp])[] = [
  ['nvm', /\/\.?nvm\/versions\//],
  ['fnm', /\/fnm\/node-versions\//],
  ['Volta', /\/\.?volta\/tools\//],
  ['asdf', /\/\.?asdf\/installs\//],
  ['mise', /\/(?:mise|rtx)\/installs\//],
  ['nodenv', /\/\.?nodenv\/versions\//],
  ['nvs', /\/\.?nvs\/node\//],
  ['n', /\/n\/versions\/node\//],
  ['proto', /\/\.proto\/tools\//],
  ['Homebrew', /\/Cellar\//],
  ['Nix', /^\/nix\/store\//],
  ['snap', /^\/snap\/[^/]+\/\d+\//],
  ["npx's cache", /\/_npx\//],
  ["pnpm's store", /\/(?:\.pnpm|pnpm\/(?:global|nodejs))\//],
];

/** Undefined: nothing speaks against this place. */
export function placeOf(path: string): Place | undefined {
  if (TEMPORARY.test(path)) return { name: 'a temporary folder', isTemporary: true };
  const [name] = VERSIONED.find(([, pattern]) => pattern.test(path)) ?? [];
  return name === undefined ? undefined : { name, isTemporary: false };
}
