import { dirname, extname, resolve } from 'node:path';
import { isName, nameOfFolder } from '../base/names.js';
import { readSmallFile } from '../base/read-small-file.js';
import { type Layer, layered } from './layers.js';
import { isMapping, type Mapping } from './path.js';
import { readSimpleText } from './simple-text.js';

/** One service or supervisor that a configuration names. */
export interface OutlinePlace {
  readonly path: string;
  /** The last file that says anything about it; absolute. */
  readonly file: string;
}

/** What a configuration names. */
export interface Outline {
  readonly app: string;
  /** Services and nested supervisors, in the order of the configuration. */
  readonly places: readonly OutlinePlace[];
  /** Every profile that something in it has, once. */
  readonly profiles: readonly string[];
}

/** More than a person writes, and less than takes long to read. */
const MOST_BYTES = 4 * 1024 * 1024;
/** So many files are read that others extend. */
const MOST_FILES = 20;

/**
 * What a configuration of these files (absolute paths, each laid over those before it, with all that they extend) names, without a check of anything else:
 * for completion, which has to be quick, and has to work with a file that is just being changed. A configuration that is a program is not run for that.
 * Undefined: nothing can be told.
 */
export async function outlineOf(files: readonly string[]): Promise<Outline | undefined> {
  const layers: Layer[] = [];
  for (const file of files) await addLayers(layers, file, []);
  const [first = ''] = files;
  const main = layers.find(({ file }) => file === first) ?? layers[0];
  if (main === undefined) return undefined;
  const { value, layerOf } = layered(layers, main);
  if (!isMapping(value)) return undefined;
  const { name } = value;
  return {
    app: typeof name === 'string' && isName(name) ? name : nameOfFolder(dirname(main.file)),
    places: pathsBelow(value, []).map((names) => ({
      path: names.join('/'),
      file: layerOf(names.flatMap((one) => ['services', one])).file,
    })),
    profiles: [...new Set(profilesIn(value))],
  };
}

/** Adds what a file extends, then the file; nothing where it holds no mapping. `above`: the files that are being followed to it. */
async function addLayers(layers: Layer[], file: string, above: readonly string[]): Promise<void> {
  if (above.includes(file) || above.length + layers.length >= MOST_FILES) return;
  const value = await valueIn(file);
  if (!isMapping(value)) return;
  for (const base of basesOf(value)) await addLayers(layers, resolve(dirname(file), base), [...above, file]);
  layers.push({ file, shown: file, value, problems: [], place: () => undefined, written: () => undefined, excerpt: () => [] });
}

function basesOf({ extends: field }: Mapping): readonly string[] {
  const named: readonly unknown[] = Array.isArray(field) ? field : [field];
  return named.filter((one) => typeof one === 'string');
}

async function valueIn(file: string): Promise<unknown> {
  const text = ['.yaml', '.yml', '.json'].includes(extname(file)) ? textOf(file) : '';
  if (text.trim() === '') return undefined;
  const simple = readSimpleText(text);
  if (simple !== undefined) return simple;
  // Loaded only here, see config/load.ts.
  const { readYaml } = await import('./yaml-source.js');
  return readYaml(text).value;
}

/** Empty for what is no file of a usual size, or cannot be read. */
function textOf(file: string): string {
  const found = readSmallFile(file, MOST_BYTES);
  return found.is === 'text' ? found.text : '';
}

const childrenOf = ({ services }: Mapping): readonly (readonly [string, unknown])[] =>
  isMapping(services) ? Object.entries(services) : [];

/** The names that lead to each of them. */
const pathsBelow = (value: Mapping, parent: readonly string[]): readonly (readonly string[])[] =>
  childrenOf(value).flatMap(([name, child]) => {
    const path = [...parent, name];
    return [...(isName(name) ? [path] : []), ...(isMapping(child) ? pathsBelow(child, path) : [])];
  });

function profilesIn(value: Mapping): readonly string[] {
  const { profiles } = value;
  const own = Array.isArray(profiles) ? profiles.filter((one) => typeof one === 'string') : [];
  return [...own, ...childrenOf(value).flatMap(([, child]) => (isMapping(child) ? profilesIn(child) : []))];
}
