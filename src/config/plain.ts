import { type ConfigPath, isMapping, type Mapping } from './path.js';
import { MAX_DEPTH, MAX_VALUES, type SourceProblem, UNREADABLE } from './source.js';

/**
 * A copy of what a program returned, as plain mappings and lists: fields that are undefined count as left out,
 * getters are read once. Cycles, too deep and too many values are problems; anything that is neither mapping, list
 * nor scalar is kept for the schema to refuse.
 */
export function plainValue(value: unknown): { readonly value: unknown; readonly problems: readonly SourceProblem[] } {
  const problems: SourceProblem[] = [];
  const open: unknown[] = [];
  let count = 0;
  const refuse = (path: ConfigPath, message: string): typeof UNREADABLE => {
    problems.push({ place: undefined, path, message });
    return UNREADABLE;
  };
  const copy = (part: unknown, path: ConfigPath): unknown => {
    count += 1;
    if (count > MAX_VALUES) return count === MAX_VALUES + 1 ? refuse([], `more than ${MAX_VALUES} values`) : UNREADABLE;
    if (!Array.isArray(part) && !isMapping(part)) return part;
    if (open.includes(part)) return refuse(path, 'found a value inside of itself (a cycle)');
    if (open.length >= MAX_DEPTH) return refuse(path, `nested deeper than ${MAX_DEPTH} levels`);
    open.push(part);
    const copied = Array.isArray(part) ? copyList(part, path, copy) : copyMapping(part, path, copy);
    open.pop();
    return copied;
  };
  return { value: copy(value, []), problems };
}

type Copy = (part: unknown, path: ConfigPath) => unknown;

// Array.from: a hole in a list reads as undefined instead of being skipped.
const copyList = (list: readonly unknown[], path: ConfigPath, copy: Copy): unknown[] =>
  Array.from(list, (item, index) => copy(item, [...path, index]));

const copyMapping = (mapping: Mapping, path: ConfigPath, copy: Copy): Mapping =>
  Object.fromEntries(
    Object.entries(mapping)
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => [name, copy(value, [...path, name])]),
  );
