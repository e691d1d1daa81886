/** Several configurations as one: each laid over those before it, key by key, with everything that is said of it still knowing its own file. Pure. */
import { methodsOf } from './methods.js';
import { type ConfigPath, isMapping } from './path.js';
import type { ConfigSource, Place } from './source.js';

/** One file of a configuration. */
export interface Layer extends ConfigSource {
  /** Absolute path. */
  readonly file: string;
  /** As people named it: relative where it is below the current folder. */
  readonly shown: string;
}

/** A place in one of several files. */
export interface LayerPlace {
  readonly layer: Layer;
  readonly place: Place | undefined;
}

/** Layers as one configuration. */
export interface Layered {
  readonly value: unknown;
  /** The file that a path comes from: the last that says anything about it, or the main one if none does. */
  readonly layerOf: (path: ConfigPath) => Layer;
  readonly place: (path: ConfigPath, at: 'key' | 'value') => LayerPlace;
  readonly written: (path: ConfigPath) => string | undefined;
}

/**
 * Lays configurations over each other, the first at the bottom. Mappings are merged key by key, at any depth; anything else replaces what was there, lists
 * too. `null` takes away a service, a watchdog or a variable of `env` that was there. What is new comes after what was there. Of what is one of several
 * things (`ready: { tcp: 80 }`), naming another one takes the place of the one that was there.
 *
 * @param main - the one whose folder counts where nobody has said anything; one of `layers`.
 */
export function layered(layers: readonly Layer[], main: Layer): Layered {
  const layerOf = (path: ConfigPath): Layer => layers.findLast(({ value }) => decides(value, path)) ?? main;
  return {
    value: layers.slice(1).reduce<unknown>((below, { value }) => mergedNode(below, value), withoutExtends(layers[0]?.value)),
    layerOf,
    place: (path, at) => {
      const layer = layerOf(path);
      return { layer, place: layer.place(path, at) };
    },
    written: (path) => layerOf(path).written(path),
  };
}

/** Does this value say what stands at `path`: by having it, or by having something else in place of what it is in? */
function decides(value: unknown, path: ConfigPath): boolean {
  let current = value;
  for (const part of path) {
    if (!isMapping(current)) return current !== undefined;
    if (!Object.hasOwn(current, part)) return false;
    current = current[String(part)];
  }
  return current !== undefined;
}

/** Says which files there are; it is no field of the tree. */
const withoutExtends = (value: unknown): unknown => {
  if (!isMapping(value) || !Object.hasOwn(value, 'extends')) return value;
  const { extends: _extends, ...rest } = value;
  return rest;
};

type Merge = (below: unknown, over: unknown) => unknown;

/** How what stands at a key is merged; and does `null` take away what was there? */
interface Rule {
  readonly mergeOf: (key: string) => Merge;
  readonly isNullGone: boolean;
}

/** Of the root, a supervisor or a service. */
const mergedNode: Merge = (below, over) => mergedMapping(below, withoutExtends(over), nodeRule);
const mergedPlain: Merge = (below, over) => mergedMapping(below, over, plainRule);
const mergedChildren: Merge = (below, over) => mergedMapping(below, over, { mergeOf: () => mergedNode, isNullGone: true });
const mergedEnv: Merge = (below, over) => mergedMapping(below, over, { mergeOf: () => replaced, isNullGone: true });
const replaced: Merge = (_below, over) => over;
const mergedWatchdogs: Merge = (below, over) =>
  mergedMapping(below, over, { mergeOf: () => mergedMethod(methodsOf.watchdogs), isNullGone: true });
const mergedMethod =
  (methods: readonly string[]): Merge =>
  (below, over) => {
    if (!isMapping(below) || !isMapping(over)) return over;
    const chosen = methods.filter((name) => Object.hasOwn(over, name));
    const kept = Object.entries(below).filter(([name]) => chosen.length === 0 || chosen.includes(name) || !methods.includes(name));
    return mergedPlain(Object.fromEntries(kept), over);
  };

const plainRule: Rule = { mergeOf: () => mergedPlain, isNullGone: false };
const nodeRule: Rule = {
  isNullGone: false,
  mergeOf: (key) => {
    if (key === 'services') return mergedChildren;
    if (key === 'env') return mergedEnv;
    if (key === 'watchdogs') return mergedWatchdogs;
    if (key === 'ready' || key === 'alive' || key === 'call') return mergedMethod(methodsOf[key]);
    return key === 'template' ? mergedNode : mergedPlain;
  },
};

function mergedMapping(below: unknown, over: unknown, { mergeOf, isNullGone }: Rule): unknown {
  if (!isMapping(below) || !isMapping(over)) return over;
  const entries = new Map<string, unknown>(Object.entries(below));
  for (const [key, fresh] of Object.entries(over)) {
    const isThere = entries.has(key);
    if (fresh === null && isNullGone && isThere) entries.delete(key);
    else entries.set(key, isThere ? mergeOf(key)(entries.get(key), fresh) : fresh);
  }
  return Object.fromEntries(entries);
}
