import { isName, MAX_NAME_LENGTH } from '../../base/names.js';
import { type Note, noteOn } from './imported.js';

/** A name for portsup, and the note that says so if it had to be another than the source's. */
export interface NewName {
  readonly name: string;
  readonly notes: readonly Note[];
}

/**
 * Gives names, each once: what no name may hold becomes "-", a name that does not begin with a letter gets "service-"
 * before it, and one that is taken gets a number behind it.
 */
export function nameGiver(): (wanted: string, field?: string) => NewName {
  const taken = new Set<string>();
  return (wanted, field = 'name') => {
    const possible = possibleName(wanted);
    const name = untaken(possible, taken);
    taken.add(name);
    if (name === wanted) return { name, notes: [] };
    const why =
      possible === wanted ? 'another one is called that already' : 'a name is a letter, then letters, digits, "_" or "-", at most 64';
    return { name, notes: [noteOn(field, wanted, `called ${name} here: ${why}`)] };
  };
}

/** The nearest valid name. */
export function possibleName(wanted: string): string {
  if (isName(wanted)) return wanted;
  const cleaned = wanted.replace(/[^A-Za-z0-9_-]+/g, '-').replace(/^-+|-+$/g, '');
  const begun = /^[A-Za-z]/.test(cleaned) ? cleaned : `service-${cleaned}`;
  return begun.slice(0, MAX_NAME_LENGTH).replace(/-+$/, '');
}

function untaken(name: string, taken: ReadonlySet<string>): string {
  if (!taken.has(name)) return name;
  for (let number = 2; ; number += 1) {
    const suffix = `-${number}`;
    const next = name.slice(0, MAX_NAME_LENGTH - suffix.length) + suffix;
    if (!taken.has(next)) return next;
  }
}
