/** Services that are only there when one of their profiles is asked for. Pure. */
import { PortsupError } from '../base/errors.js';
import { nearest } from '../base/nearest.js';
import { nodesOf } from './kinds.js';
import { isMapping } from './path.js';

/** Is a service or supervisor with these profiles there? */
export const isThere = (own: readonly string[] | undefined, asked: readonly string[]): boolean =>
  own === undefined || own.some((name) => asked.includes(name));

/**
 * Refuses what would come to nothing by a slip of the pen.
 *
 * @param value - a configuration that passed every check.
 * @throws {@link PortsupError} `USAGE` for a profile that nothing has, with the nearest one; `CONFIG_INVALID` when nothing is there without another profile.
 */
export function checkProfiles(value: unknown, asked: readonly string[], shown: string): void {
  const known = [...new Set([...nodesOf(value)].flatMap(({ value: node }) => profilesOf(node) ?? []))];
  const unknown = asked.find((name) => !known.includes(name));
  if (unknown !== undefined) {
    const [near] = nearest(unknown, known);
    const all = known.length === 0 ? 'it has no profiles' : `it has: ${known.join(', ')}`;
    throw new PortsupError('USAGE', `${shown} has no profile "${unknown}"`, near === undefined ? all : `did you mean "${near}"?`);
  }
  if (isAnythingThere(value, asked)) return;
  throw new PortsupError(
    'CONFIG_INVALID',
    `${shown} has no service without a profile`,
    `ask for one: --profile ${known.join(', or --profile ')}`,
  );
}

/** The profiles of a service or supervisor as it is written; undefined: it has none, and is always there. */
export function profilesOf(node: unknown): readonly string[] | undefined {
  const profiles = isMapping(node) ? node['profiles'] : undefined;
  return Array.isArray(profiles) && profiles.length > 0 ? profiles.map(String) : undefined;
}

/** Of a supervisor: is any service below it there, or its template? */
export function isAnythingThere(node: unknown, asked: readonly string[]): boolean {
  if (!isMapping(node) || !Object.hasOwn(node, 'services')) return true;
  const { services } = node;
  if (!isMapping(services)) return true;
  return Object.values(services).some((child) => isThere(profilesOf(child), asked) && isAnythingThere(child, asked));
}
