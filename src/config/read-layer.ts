/** Reads one file of a configuration, whatever it is written in. */
import { isUtf8 } from 'node:buffer';
import { readFile } from 'node:fs/promises';
import { extname } from 'node:path';
import { errnoOf, PortsupError } from '../base/errors.js';
import { plainValue } from './plain.js';
import type { ScriptSource } from './script-source.js';
import { readSimpleText } from './simple-text.js';
import type { SourceProblem } from './source.js';

const SCRIPTS = new Set(['.ts', '.mts', '.cts', '.js', '.mjs', '.cjs']);
const START = { line: 1, column: 1 };

/** Reads files; a program is run once, however often it is asked for. */
export interface Reader {
  /**
   * What a file says, without any check of its fields.
   *
   * @param isQuick - places do not matter: a simple text is read without them, five times as fast.
   * @throws {@link PortsupError} `CONFIG_MISSING` when it cannot be read.
   */
  readonly read: (file: string, isQuick: boolean) => Promise<ScriptSource>;
}

/** A reader that has read nothing yet. */
export function createReader(): Reader {
  const scripts = new Map<string, ScriptSource>();
  return {
    read: async (file, isQuick) => {
      if (!SCRIPTS.has(extname(file).toLowerCase())) return readText(file, isQuick);
      const known = scripts.get(file);
      if (known) return known;
      const { readScript } = await import('./script-source.js');
      const source = await readScript(file);
      scripts.set(file, source);
      return source;
    },
  };
}

async function readText(file: string, isQuick: boolean): Promise<ScriptSource> {
  const bytes = await readBytes(file);
  if (!isUtf8(bytes))
    return withoutPlaces({ problems: [{ place: START, path: [], message: 'found bytes that are no UTF-8, expected text' }] });
  const text = bytes.toString('utf8');
  const simple = isQuick ? readSimpleText(text) : undefined;
  if (simple !== undefined) return withoutPlaces({ value: simple, problems: [] });
  // Loaded only here: the full parser costs 11 ms, and most configurations are simple and right.
  const { readYaml } = await import('./yaml-source.js');
  return readYaml(text);
}

/** What a program gives as a value, like a file that was read. */
export const valueSource = (value: unknown): ScriptSource => withoutPlaces(plainValue(value));

function withoutPlaces(read: { readonly value?: unknown; readonly problems: readonly SourceProblem[] }): ScriptSource {
  return { value: read.value, problems: read.problems, place: () => undefined, written: () => undefined, excerpt: () => [] };
}

async function readBytes(file: string): Promise<Buffer> {
  try {
    return await readFile(file);
  } catch (error) {
    const code = errnoOf(error);
    if (code === undefined) throw error;
    const reason = code === 'EACCES' ? 'permission denied' : code;
    throw new PortsupError('CONFIG_MISSING', `cannot read ${file}: ${reason}`, 'check the permissions of the file', { cause: error });
  }
}
