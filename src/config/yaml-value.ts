/**
 * Turns the nodes of a YAML document into plain values. The library's own conversion is not used, because here
 * every mapping keeps where its keys stand, merged ones too, a thousand aliases of one anchor are as good as one,
 * and neither a cycle nor a bomb of aliases can hang or crash anything: each node is converted once.
 */
import { type Alias, isAlias, isCollection, isMap, isPair, isScalar, isSeq, type Node, type Pair, type Scalar, type YAMLMap } from 'yaml';
import { MAX_DEPTH, MAX_VALUES, UNREADABLE } from './source.js';

/** A key of a mapping: the pair that won, and whether a merge key brought it. */
export interface Entry {
  readonly pair: Pair;
  readonly merged: boolean;
}

/** A converted document. */
export interface YamlValue {
  readonly value: unknown;
  readonly problems: readonly { readonly offset: number; readonly message: string }[];
  /** What the mappings contain, merge keys applied. */
  readonly entries: ReadonlyMap<YAMLMap, ReadonlyMap<string, Entry>>;
  /** What each alias stands for. */
  readonly targets: ReadonlyMap<Alias, Node>;
}

/** Where a node begins in the text. */
export const offsetOf = (node: unknown): number => (isScalar(node) || isAlias(node) || isCollection(node) ? (node.range?.[0] ?? 0) : 0);

interface Conversion {
  readonly problems: { readonly offset: number; readonly message: string }[];
  readonly entries: Map<YAMLMap, Map<string, Entry>>;
  readonly targets: Map<Alias, Node>;
  readonly anchors: Map<string, Node>;
  readonly done: Map<Node, Converted>;
  readonly open: Set<Node>;
  /** Keys that merge keys copied so far; merges of merges grow with the square of the file. */
  mergedKeys: number;
}

interface Converted {
  readonly value: unknown;
  /** Number of values in it with all aliases expanded. */
  readonly weight: number;
}

const BROKEN: Converted = { value: UNREADABLE, weight: 1 };
const NOTHING: Converted = { value: null, weight: 1 };

/** The plain value of a document's top node. */
export function yamlValue(top: Node): YamlValue {
  const state: Conversion = {
    problems: [],
    entries: new Map(),
    targets: new Map(),
    anchors: new Map(),
    done: new Map(),
    open: new Set(),
    mergedKeys: 0,
  };
  const { value, weight } = convert(top, state);
  if (weight <= MAX_VALUES) return { value, problems: state.problems, entries: state.entries, targets: state.targets };
  const message = `aliases expand to more than ${MAX_VALUES} values`;
  return { value: undefined, problems: [{ offset: 0, message }], entries: state.entries, targets: state.targets };
}

function convert(node: unknown, state: Conversion): Converted {
  if (isAlias(node)) return convertAlias(node, state);
  if (isScalar(node)) {
    if (node.anchor !== undefined) state.anchors.set(node.anchor, node);
    return { value: node.value, weight: 1 };
  }
  if (!isMap(node) && !isSeq(node)) return NOTHING;
  if (node.anchor !== undefined) state.anchors.set(node.anchor, node);
  if (state.open.size >= MAX_DEPTH) return refuse(node, `nested deeper than ${MAX_DEPTH} levels`, state);
  state.open.add(node);
  const converted = isMap(node) ? convertMap(node, state) : convertList(node.items, state);
  state.open.delete(node);
  state.done.set(node, converted);
  return converted;
}

function convertAlias(alias: Alias, state: Conversion): Converted {
  const target = state.anchors.get(alias.source);
  if (target === undefined)
    return refuse(alias, 'found an alias (*), expected its anchor (&) before it; text that begins with * needs quotes', state);
  if (state.open.has(target)) return refuse(alias, 'found an alias (*) inside of what it stands for', state);
  state.targets.set(alias, target);
  return state.done.get(target) ?? convert(target, state);
}

function convertList(items: readonly unknown[], state: Conversion): Converted {
  const converted = items.map((item) => convert(item, state));
  return { value: converted.map(({ value }) => value), weight: converted.reduce((sum, { weight }) => sum + weight, 1) };
}

function convertMap(map: YAMLMap, state: Conversion): Converted {
  const entries = new Map<string, Entry>();
  state.entries.set(map, entries);
  const values = new Map<string, Converted>();
  for (const pair of map.items) {
    if (isMergeKey(pair.key)) {
      for (const source of mergeSources(pair, state)) merge(source, { entries, values, state });
      continue;
    }
    const name = keyText(pair.key, state);
    const value = convert(pair.value, state);
    if (name === undefined) continue;
    const earlier = entries.get(name);
    if (earlier !== undefined && !earlier.merged) refuse(pair.key, `found the key ${JSON.stringify(name)} twice, expected it once`, state);
    entries.set(name, { pair, merged: false });
    values.set(name, value);
  }
  let weight = 1;
  const plain: [string, unknown][] = [];
  for (const [name, converted] of values) {
    weight += converted.weight;
    plain.push([name, converted.value]);
  }
  return { value: Object.fromEntries(plain), weight };
}

/** What stands nearer wins: keys already there stay, be they written or merged by an earlier `<<`. */
function merge(
  source: YAMLMap,
  into: { readonly entries: Map<string, Entry>; readonly values: Map<string, Converted>; readonly state: Conversion },
): void {
  const { entries, values, state } = into;
  const from = state.entries.get(source) ?? new Map<string, Entry>();
  state.mergedKeys += from.size;
  if (state.mergedKeys > MAX_VALUES) {
    refuse(source, `merge keys copy more than ${MAX_VALUES} values`, state);
    return;
  }
  for (const [name, { pair }] of from) {
    if (entries.has(name)) continue;
    entries.set(name, { pair, merged: true });
    // Everything merged was converted before: an anchor stands before its alias, a mapping in place is converted by mergeSources.
    values.set(name, convertDone(pair.value, state));
  }
}

function convertDone(value: unknown, state: Conversion): Converted {
  const node = isAlias(value) ? state.targets.get(value) : value;
  if (node === undefined) return BROKEN;
  return (isMap(node) || isSeq(node) ? state.done.get(node) : undefined) ?? (isScalar(node) ? { value: node.value, weight: 1 } : NOTHING);
}

function mergeSources(pair: Pair, state: Conversion): readonly YAMLMap[] {
  convert(pair.value, state);
  const sources = isSeq(pair.value) ? pair.value.items : [pair.value];
  return sources.flatMap((source) => {
    const node = isAlias(source) ? state.targets.get(source) : source;
    if (isMap(node)) return [node];
    if (!isAlias(source) || node !== undefined)
      refuse(pair.key, 'found a merge key (<<) with something else, expected a mapping or a list of mappings', state);
    return [];
  });
}

const isMergeKey = (key: unknown): boolean => isScalar(key) && key.value === '<<' && key.type === 'PLAIN';

/** A key as text; numbers and the like as they are written. */
function keyText(key: unknown, state: Conversion): string | undefined {
  const node = isAlias(key) ? (convert(key, state), state.targets.get(key)) : key;
  if (isScalar(node) && node.anchor !== undefined) state.anchors.set(node.anchor, node);
  if (isScalar(node) && node.value !== null) return typeof node.value === 'string' ? node.value : sourceOf(node);
  if (!isAlias(key)) refuse(key, 'found a key that is no text, expected a name', state);
  return undefined;
}

/** A scalar as it is written in the file. */
export const sourceOf = (scalar: Scalar): string => scalar.source ?? String(scalar.value);

function refuse(node: unknown, message: string, state: Conversion): Converted {
  state.problems.push({ offset: offsetOf(isPair(node) ? node.key : node), message });
  return BROKEN;
}
