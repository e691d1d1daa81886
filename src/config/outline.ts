import { readFileSync, type Stats, statSync } from 'node:fs';
import { dirname, extname, resolve } from 'node:path';
import { errnoOf } from '../base/errors.js';
import { childPath, isName, nameOfFolder } from '../base/names.js';
import { isMapping, type Mapping } from './path.js';
import { readSimpleText } from './simple-text.js';

/** What a configuration names. */
export interface Outline {
  readonly app: string;
  /** Paths of services and nested supervisors, in the order of the file. */
  readonly paths: readonly string[];
  /** Every profile that something in it has, once. */
  readonly profiles: readonly string[];
}

/** More than a person writes, and less than takes long to read. */
const MOST_BYTES = 4 * 1024 * 1024;
/** How far files are followed that extend each other. */
const MOST_FILES = 10;

/**
 * What a configuration names, without a check of anything else: for completion, which has to be quick, and has to work with a file that is
 * just being changed. A configuration that is a program is not run for that. Undefined: nothing can be told.
 */
export async function outlineOf(file: string): Promise<Outline | undefined> {
  const values = await valuesOf(file);
  const [own] = values;
  if (own === undefined) return undefined;
  // What extends others comes first, so its name counts.
  const name = values.map((value) => value['name']).find((one) => typeof one === 'string' && isName(one));
  return {
    app: typeof name === 'string' ? name : nameOfFolder(dirname(file)),
    paths: [...new Set(values.flatMap((value) => pathsBelow(value, '')))],
    profiles: [...new Set(values.flatMap(profilesIn))],
  };
}

/** The mapping in a file, then those of the files that it extends; empty where it has none. */
async function valuesOf(first: string): Promise<readonly Mapping[]> {
  const values: Mapping[] = [];
  const seen = new Set<string>();
  for (let file: string | undefined = first; file !== undefined && !seen.has(file) && seen.size < MOST_FILES; ) {
    seen.add(file);
    const value = await valueIn(file);
    if (!isMapping(value)) break;
    values.push(value);
    const base: unknown = value['extends'];
    file = typeof base === 'string' ? resolve(dirname(file), base) : undefined;
  }
  return values;
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

/** Empty for what is no file of a usual size, or cannot be read: a FIFO would keep us waiting. */
function textOf(file: string): string {
  try {
    const stats: Stats = statSync(file);
    return stats.isFile() && stats.size <= MOST_BYTES ? readFileSync(file, 'utf8') : '';
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    return '';
  }
}

const childrenOf = ({ services }: Mapping): readonly (readonly [string, unknown])[] =>
  isMapping(services) ? Object.entries(services) : [];

const pathsBelow = (value: Mapping, parent: string): readonly string[] =>
  childrenOf(value).flatMap(([name, child]) => {
    const path = childPath(parent, name);
    return [...(isName(name) ? [path] : []), ...(isMapping(child) ? pathsBelow(child, path) : [])];
  });

function profilesIn(value: Mapping): readonly string[] {
  const { profiles } = value;
  const own = Array.isArray(profiles) ? profiles.filter((one) => typeof one === 'string') : [];
  return [...own, ...childrenOf(value).flatMap(([, child]) => (isMapping(child) ? profilesIn(child) : []))];
}
