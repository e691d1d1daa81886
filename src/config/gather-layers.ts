/** The files that make up a configuration: those that were named, each on top of those that it extends. */
import { dirname, resolve } from 'node:path';
import { PortsupError } from '../base/errors.js';
import { realPath } from '../base/real-path.js';
import { statOf } from './find.js';
import { type Finding, foundText } from './finding.js';
import type { Layer } from './layers.js';
import { hasNoNul } from './leaves.js';
import { isMapping } from './path.js';
import type { Reader } from './read-layer.js';
import { EXTENDS_EXPECTED } from './schema.js';

/** So many files may make up a configuration. */
const MOST_FILES = 100;

/** Something wrong with one file, whatever the others say. */
export interface LayerFinding {
  readonly layer: Layer;
  readonly finding: Finding;
}

/** Where files are read from, and how they are called. */
export interface GatherContext {
  readonly reader: Reader;
  readonly isQuick: boolean;
  /** A file's name for people. */
  readonly shownOf: (file: string) => string;
}

/** The layers of a configuration, lowest first, and what is wrong with the way they refer to each other. */
export interface Gathered {
  readonly layers: readonly Layer[];
  /** The first of the named files. */
  readonly main: Layer;
  readonly findings: readonly LayerFinding[];
}

/**
 * Reads the named files (absolute paths, at least one) and everything they extend.
 *
 * @throws PortsupError `CONFIG_MISSING` when one cannot be read.
 */
export async function gatherLayers(files: readonly string[], context: GatherContext): Promise<Gathered> {
  const layers: Layer[] = [];
  const findings: LayerFinding[] = [];
  const add = async (file: string, above: readonly string[]): Promise<Layer> => {
    if (layers.length + above.length > MOST_FILES)
      throw new PortsupError(
        'CONFIG_INVALID',
        `${context.shownOf(file)} is one file too many: more than ${MOST_FILES} extend each other`,
        'extend fewer',
      );
    const layer = { ...(await context.reader.read(file, context.isQuick)), file, shown: context.shownOf(file) };
    for (const { path, name } of extensionsOf(layer)) {
      const base = resolve(dirname(file), name);
      const finding = refusalOf(base, { path, name, above: [...above, file] });
      if (finding) findings.push({ layer, finding });
      else await add(base, [...above, file]);
    }
    findings.push(...shapeFindings(layer));
    layers.push(layer);
    return layer;
  };
  const named: Layer[] = [];
  for (const file of files) named.push(await add(file, []));
  const [main] = named;
  if (!main) throw new Error('bug: a configuration of no file');
  return { layers, main, findings };
}

interface Extension {
  readonly path: readonly (string | number)[];
  readonly name: string;
}

function extensionsOf({ value }: Layer): readonly Extension[] {
  const field = isMapping(value) ? value['extends'] : undefined;
  if (isName(field)) return [{ path: ['extends'], name: field }];
  if (!Array.isArray(field)) return [];
  return field.flatMap((name: unknown, index) => (isName(name) ? [{ path: ['extends', index], name }] : []));
}

function shapeFindings(layer: Layer): readonly LayerFinding[] {
  const field = isMapping(layer.value) ? layer.value['extends'] : undefined;
  const isRight = field === undefined || isName(field) || (Array.isArray(field) && field.every(isName));
  if (isRight) return [];
  return [{ layer, finding: { type: 'value', path: ['extends'], found: foundText(field, ['extends']), expected: EXTENDS_EXPECTED } }];
}

const isName = (value: unknown): value is string => typeof value === 'string' && value !== '' && hasNoNul(value);

function refusalOf(base: string, { path, name, above }: Extension & { readonly above: readonly string[] }): Finding | undefined {
  const found = foundText(name, path);
  if (above.map(realPath).includes(realPath(base)))
    return { type: 'value', path, found: `${found}, which extends this file itself`, expected: EXTENDS_EXPECTED };
  const stats = statOf(base);
  if (!stats) return { type: 'value', path, found: `${found}, which is not there`, expected: EXTENDS_EXPECTED };
  if (!stats.isFile()) return { type: 'value', path, found: `${found}, which is no file`, expected: EXTENDS_EXPECTED };
  return undefined;
}
