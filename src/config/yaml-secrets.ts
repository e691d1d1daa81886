/** Which parts of a YAML text may be secret: values of variables, and whatever stands where no field is known. */
import { isAlias, isCollection, isMap, isPair, isScalar, type Pair, type YAMLMap } from 'yaml';
import { nearest } from '../base/nearest.js';
import type { Range } from './excerpt.js';
import { fieldsOf, logKeysOf } from './kinds.js';

const FIELDS: ReadonlySet<string> = new Set(Object.values(fieldsOf).flat());

const VARIABLE = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** Is this a field, or one that is misspelt, but no variables? */
const isHarmless = (name: string): boolean => FIELDS.has(name) || !(nearest(name, [...FIELDS])[0] ?? 'env').startsWith('env');

/** A mapping where none belongs may be anything. */
const isOdd = (name: string, value: unknown): boolean =>
  name !== 'logs' && isCollection(value) && (isMap(value) || value.items.some((item) => !isScalar(item)));

/** Words that say nothing of anybody's. */
export const KNOWN_WORDS: ReadonlySet<string> = new Set([...FIELDS, ...Object.values(logKeysOf).flat(), 'true', 'false', 'null']);

/** Where the secrets of a document are in its text. What an alias in an `env` stands for is one, too, wherever that is written. */
export function secretRanges(top: unknown): readonly Range[] {
  const ranges: Range[] = [];
  const hidden = new Set<string>();
  const seen = new Set<unknown>();
  const hide = (node: unknown): void => {
    if (isAlias(node)) {
      hidden.add(node.source);
      // An unquoted secret may begin with an asterisk.
      if (node.range) ranges.push([node.range[0], node.range[1]]);
    } else if (isPair(node)) {
      // The name of a variable is no secret; what is no name may be a piece of a value.
      if (!isScalar(node.key) || !VARIABLE.test(String(node.key.value))) hide(node.key);
      hide(node.value);
    } else if (isCollection(node)) for (const item of node.items) hide(item);
    else if (isScalar(node) && node.range) ranges.push([node.range[0], node.range[1]]);
  };
  const visitFields = ({ items }: YAMLMap): void => {
    for (const { key, value } of items as readonly Pair[]) {
      if (!isScalar(key)) hide(key);
      const name = isScalar(key) ? String(key.value) : '';
      if (name === 'services' && isMap(value)) for (const child of value.items) visitNode(child.value);
      else if (name === 'template' || name === '<<') visitNode(value);
      else if (name === 'env' || !isHarmless(name) || isOdd(name, value)) hide(value);
    }
  };
  // What is no service where one should be may be a variable in the wrong place.
  const visitNode = (node: unknown): void => {
    if (seen.has(node)) return;
    seen.add(node);
    if (isMap(node)) visitFields(node);
    else if (!isAlias(node)) hide(node);
  };
  visitNode(top);
  hideAnchored(top, hidden, hide);
  return ranges;
}

/** Anchors that aliases among secrets refer to: their values are secrets where they stand. Those may hold aliases in turn. */
function hideAnchored(top: unknown, hidden: ReadonlySet<string>, hide: (node: unknown) => void): void {
  const done = new Set<string>();
  for (let before = -1; before < done.size; ) {
    before = done.size;
    for (const node of anchored(top)) {
      const { anchor = '' } = node as { readonly anchor?: string };
      if (!hidden.has(anchor) || done.has(anchor)) continue;
      done.add(anchor);
      hide(node);
    }
  }
}

function* anchored(node: unknown): Generator {
  if (isPair(node)) {
    yield* anchored(node.key);
    yield* anchored(node.value);
  } else if (isScalar(node) || isCollection(node)) {
    if (node.anchor !== undefined) yield node;
    if (isCollection(node)) for (const item of node.items) yield* anchored(item);
  }
}
