/**
 * The environment of the tools that run before a service has become its user (see launch-chain.ts). They run as root, so nothing that a service says may
 * reach them: not LD_PRELOAD, nor what else loaders, libraries and shells obey (LOCPATH, GLIBC_TUNABLES, BASH_FUNC_..., and whatever comes next). There is no
 * complete list of those, so all variables are set aside under names that mean nothing to anybody, but for a few of ours. Once the user is
 * switched, env(1) puts them back: `-S` has it take the values out of its own environment, so that none ever stands in a command line, which everybody may
 * read. Pure.
 */

/** What goes by its own name all the time: no tool asks for it, and by it a run on its way is known as ours. */
const OWN_NAMES: ReadonlySet<string> = new Set([
  'HOME',
  'PORTSUP_HOME',
  'PORTSUP_APP',
  'PORTSUP_SERVICE',
  'PORTSUP_RUN',
  'PORTSUP_EXIT_FILE',
  'XDG_STATE_HOME',
]);

/** An environment whose variables are out of the way. */
export interface SetAside {
  readonly env: Readonly<Record<string, string>>;
  /** What `env -S` makes the environment of before; empty: it is the same. */
  readonly restore: string;
}

/** Sets the variables aside that are not ours. */
export function setAside(env: Readonly<Record<string, string>>): SetAside {
  const entries = Object.entries(env);
  const passed = entries.filter(([name]) => OWN_NAMES.has(name));
  const kept = entries.filter(([name]) => !OWN_NAMES.has(name)).map(([name, value], index) => ({ name, value, alias: aliasOf(index) }));
  if (kept.length === 0) return { env, restore: '' };
  const unset = kept.map(({ alias }) => `-u ${alias}`);
  const set = kept.map(({ name, alias }) => `"${escaped(name)}=\${${alias}}"`);
  return {
    env: Object.fromEntries([...passed, ...kept.map(({ value, alias }) => [alias, value] as const)]),
    // Values are taken when the line is read, names are taken away after that: one that a service happens to have, too, is not lost.
    restore: [...unset, '--', ...set].join(' '),
  };
}

const aliasOf = (index: number): string => `PORTSUP_KEPT_${index}`;

/** Between double quotes these alone mean something. */
const escaped = (name: string): string => name.replace(/[\\"$]/g, '\\$&');
