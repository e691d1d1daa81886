/** Where a value stands in the configuration: keys and list positions from the top. */
export type ConfigPath = readonly (string | number)[];

const PLAIN_KEY = /^[A-Za-z_][A-Za-z0-9_-]*$/;

/** A path as people read it: `services.db.command[1]`; keys that are no plain words stand in brackets. */
export function pathText(path: ConfigPath): string {
  let text = '';
  for (const [index, part] of path.entries()) {
    // What is no name in an `env` may be a piece of a value.
    if (typeof part === 'string' && !PLAIN_KEY.test(part) && (isSwallowed(part) || isSecretPath(path.slice(0, index)))) text += '[***]';
    else if (typeof part === 'number') text += `[${part}]`;
    else if (PLAIN_KEY.test(part)) text += text === '' ? part : `.${part}`;
    else text += `[${JSON.stringify(part)}]`;
  }
  return text;
}

/** By a slip of the pen (a quote) a text may hold half of a file, secrets included. */
export const isSwallowed = (text: string): boolean => /\n|\benv\b.*:/.test(text);

/** The value at a path; undefined where the path leads nowhere. */
export function valueAt(root: unknown, path: ConfigPath): unknown {
  let value = root;
  for (const part of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, part)) return undefined;
    value = Reflect.get(value, part);
  }
  return value;
}

/** Does the path lead into an `env` field? Values there are secrets and never appear in a message. */
export function isSecretPath(path: ConfigPath): boolean {
  for (let index = 0; index < path.length; index += 1) {
    if (path[index] === 'env') return true;
    // What follows `services` is the name of a child, and a child may be called "env".
    if (path[index] === 'services') index += 1;
    else if (path[index] !== 'template') return false;
  }
  return false;
}

/** A mapping of the configuration: a plain object. */
export type Mapping = Readonly<Record<string, unknown>>;

/** Is this a mapping, neither a list nor null nor an instance of some class? */
export function isMapping(value: unknown): value is Mapping {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
