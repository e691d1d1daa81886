/** Reads one file of a configuration, whatever it is written in. */
import { isUtf8 } from 'node:buffer';
import { readFile, stat } from 'node:fs/promises';
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
  const whole = new Map<string, ScriptSource>();
  const bytes = new Map<string, Buffer>();
  const readWhole = async (file: string): Promise<ScriptSource> => {
    if (isProgram(file)) return (await import('./script-source.js')).readScript(file);
    return readFully(bytes.get(file) ?? (await readBytes(file)));
  };
  return {
    read: async (file, isQuick) => {
      const known = whole.get(file);
      if (known) return known;
      if (isQuick && !isProgram(file)) {
        const read = await readBytes(file);
        // It may be a pipe, which can be read only once.
        bytes.set(file, read);
        const simple = isUtf8(read) ? readSimpleText(read.toString('utf8')) : undefined;
        if (simple !== undefined) return withoutPlaces({ value: simple, problems: [] });
      }
      const source = await readWhole(file);
      whole.set(file, source);
      return source;
    },
  };
}

const isProgram = (file: string): boolean => SCRIPTS.has(extname(file).toLowerCase());

async function readFully(bytes: Buffer): Promise<ScriptSource> {
  if (!isUtf8(bytes))
    return withoutPlaces({ problems: [{ place: START, path: [], message: 'found bytes that are no UTF-8, expected text' }] });
  // Loaded only here: the full parser costs 11 ms, and most configurations are simple and right.
  const { readYaml } = await import('./yaml-source.js');
  return readYaml(bytes.toString('utf8'));
}

/** What a program gives as a value, like a file that was read. */
export const valueSource = (value: unknown): ScriptSource => withoutPlaces(plainValue(value));

function withoutPlaces(read: { readonly value?: unknown; readonly problems: readonly SourceProblem[] }): ScriptSource {
  return { value: read.value, problems: read.problems, place: () => undefined, written: () => undefined, excerpt: () => [] };
}

/** A thousand services have a quarter of a megabyte. */
const MOST_BYTES = 32 * 1024 * 1024;

async function readBytes(file: string): Promise<Buffer> {
  const refuse = (reason: string, hint: string, cause?: unknown): PortsupError =>
    new PortsupError('CONFIG_MISSING', `cannot read ${file}: ${reason}`, hint, { cause });
  try {
    const stats = await stat(file);
    if (!stats.isFile() && !stats.isFIFO()) throw refuse('it is no file', 'name a file');
    if (stats.size > MOST_BYTES) throw refuse(`it has ${stats.size} bytes, more than ${MOST_BYTES}`, 'is it a configuration?');
    return await readFile(file);
  } catch (error) {
    if (error instanceof PortsupError) throw error;
    const code = errnoOf(error);
    if (code === undefined) throw error;
    throw refuse(code === 'EACCES' ? 'permission denied' : code, 'check the permissions of the file', error);
  }
}
