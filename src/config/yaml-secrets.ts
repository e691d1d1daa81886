/** Which parts of a YAML text may be secret: values of variables, and whatever stands where no field is known. */
import { isAlias, isCollection, isMap, isPair, isScalar, isSeq, type Pair, type YAMLMap } from 'yaml';
import { nearest } from '../base/nearest.js';
import type { Range } from './excerpt.js';
import { fieldsOf, logKeysOf, schemaOf } from './kinds.js';
import { keysAt } from './known-keys.js';
import { type ConfigPath, isSwallowed } from './path.js';

const FIELDS: ReadonlySet<string> = new Set(Object.values(fieldsOf).flat());

/** The keys of a mapping that a field may hold, or that is in one. */
function keysOf(path: ConfigPath): readonly string[] | 'any' {
  const found = SCHEMAS.map((schema) => keysAt(schema, path));
  return found.includes('any') ? 'any' : found.flat();
}

const SCHEMAS = Object.values(schemaOf);

const VARIABLE = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** Is this a field, or one that is misspelt, but no variables? */
function isHarmless(name: string): boolean {
  const known = harmless.get(name) ?? (FIELDS.has(name) || !(nearest(name, [...FIELDS])[0] ?? 'env').startsWith('env'));
  harmless.set(name, known);
  return known;
}

const harmless = new Map<string, boolean>();

/** Words that say nothing of anybody's. */
export const KNOWN_WORDS: ReadonlySet<string> = new Set([...FIELDS, ...Object.values(logKeysOf).flat(), 'true', 'false', 'null']);

/** Where the secrets of a document are in its text. What an alias in an `env` stands for is one, too, wherever that is written. */
export function secretRanges(top: unknown): readonly Range[] {
  const search = new Search();
  search.visitNode(top);
  hideAnchored(top, search);
  return search.ranges;
}

class Search {
  readonly ranges: Range[] = [];
  /** The anchors that what is hidden refers to. */
  readonly hidden = new Set<string>();
  private readonly seen = new Set<unknown>();

  hide(node: unknown): void {
    if (isAlias(node)) {
      this.hidden.add(node.source);
      // An unquoted secret may begin with an asterisk.
      if (node.range) this.ranges.push([node.range[0], node.range[1]]);
    } else if (isPair(node)) {
      // The name of a variable is no secret; what is no name may be a piece of a value.
      if (!isScalar(node.key) || !VARIABLE.test(String(node.key.value))) this.hide(node.key);
      this.hide(node.value);
    } else if (isCollection(node)) for (const item of node.items) this.hide(item);
    else if (isScalar(node) && node.range) this.ranges.push([node.range[0], node.range[1]]);
  }

  /** A supervisor or service. What is none where one should be may be a variable in the wrong place. */
  visitNode(node: unknown): void {
    if (this.seen.has(node)) return;
    this.seen.add(node);
    if (isMap(node)) this.visitFields(node);
    else if (!isAlias(node)) this.hide(node);
  }

  private visitFields({ items }: YAMLMap): void {
    for (const { key, value } of items as readonly Pair[]) {
      if (!isScalar(key) || isSwallowed(String(key.value))) this.hide(key);
      const name = isScalar(key) ? String(key.value) : '';
      if (name === 'services' && isMap(value)) for (const child of value.items) this.visitNode(child.value);
      else if (name === 'template' || name === '<<') this.visitNode(value);
      else if (name === 'env' || name === 'services' || !isHarmless(name)) this.hide(value);
      else this.visitField([name], value);
    }
  }

  /** A mapping where none belongs may be anything; of those that belong there, what stands at keys they do not have. */
  private visitField(path: ConfigPath, value: unknown): void {
    if (isMap(value)) {
      const keys = keysOf(path);
      for (const { key, value: inner } of value.items as readonly Pair[]) {
        const name = isScalar(key) ? String(key.value) : undefined;
        if (name === undefined || !(keys === 'any' || keys.includes(name))) this.hide(inner);
        else if (isCollection(inner)) this.visitField([...path, name], inner);
      }
    } else if (isSeq(value)) for (const item of value.items) this.visitField([...path, 0], item);
    else if (path[0] === 'inherit_env' && isScalar(value) && typeof value.value === 'string' && !VARIABLE.test(value.value))
      this.hide(value);
  }
}

/** Anchors that aliases among secrets refer to: their values are secrets where they stand. Those may hold aliases in turn. */
function hideAnchored(top: unknown, search: Search): void {
  const done = new Set<string>();
  for (let before = -1; before < done.size; ) {
    before = done.size;
    for (const node of anchored(top)) {
      const { anchor = '' } = node as { readonly anchor?: string };
      if (!search.hidden.has(anchor) || done.has(anchor)) continue;
      done.add(anchor);
      search.hide(node);
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
