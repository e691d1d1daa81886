import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Clock } from '../base/clock.js';
import { afterWhileBusy } from '../base/system-clock.js';
import { foundText } from './finding.js';
import { isMapping } from './path.js';
import { plainValue } from './plain.js';
import type { ConfigSource, Place } from './source.js';

const NOWHERE = { place: () => undefined, written: () => undefined, excerpt: (): readonly string[] => [] };
/** How long a program may take to say what its configuration is. */
const LIMIT_MS = 30_000;

/** A configuration read from a program; `thrown` is what it threw, if it did. */
export interface ScriptSource extends ConfigSource {
  readonly thrown?: unknown;
}

/**
 * Runs a JS or TS configuration and reads its default export: an object, or a function (async too) that returns
 * one. `import { defineConfig } from 'portsup'` means this very portsup, wherever it is installed. Never throws:
 * an exception of the program becomes a problem, and so does a program that never gets there (nothing is left to wait for, or
 * 30 s have passed) or that wants to end the process. What it prints is for the caller to keep away from its own output.
 *
 * @param after - sets the limit of 30 s, by default without keeping the process alive; replaced in tests.
 */
export async function readScript(file: string, after: Clock['after'] = afterWhileBusy): Promise<ScriptSource> {
  try {
    return await unlessStuck(() => evaluate(file), after);
  } catch (error) {
    return broken({ ...explain(file, error), thrown: error });
  }
}

async function evaluate(file: string): Promise<ScriptSource> {
  const exported = await defaultExport(file);
  if (exported === undefined) return broken({ message: 'no default export, expected `export default defineConfig({ ... })`' });
  const returned: unknown = typeof exported === 'function' ? await (exported as () => unknown)() : exported;
  return { ...plainValue(returned), ...NOWHERE };
}

/** What `run` gives; throws when the process has nothing left to do, is told to exit, or has met an error that nobody caught. */
async function unlessStuck<T>(run: () => Promise<T>, after: Clock['after']): Promise<T> {
  let release = (): void => undefined;
  const stuck = new Promise<never>((_resolve, reject) => {
    release = watchProcess(reject, after);
  });
  const exit = refuseExit();
  try {
    const value = await Promise.race([run(), stuck]);
    // It may have caught that, and gone on as if nothing had been said.
    const refused = exit.refused();
    if (refused) throw refused;
    return value;
  } catch (error) {
    throw exit.refused() ?? error;
  } finally {
    release();
    exit.allow();
  }
}

function watchProcess(fail: (error: unknown) => void, after: Clock['after']): () => void {
  const cancel = after(LIMIT_MS, () => {
    fail(new Error(`it has not finished loading after ${LIMIT_MS / 1_000} s`));
  });
  const onIdle = (): void => {
    fail(new Error('it never finishes loading'));
  };
  process.on('beforeExit', onIdle).on('uncaughtException', fail);
  return () => {
    cancel();
    process.off('beforeExit', onIdle).off('uncaughtException', fail);
  };
}

/**
 * Makes `process.exit` throw. Only that: the program may be run a second time when it has thrown (jiti tries Node's own import then),
 * and until that is over too, nothing may be allowed again.
 */
function refuseExit(): { readonly refused: () => Error | undefined; readonly allow: () => void } {
  const own = Object.getOwnPropertyDescriptor(process, 'exit');
  let refused: Error | undefined;
  const refuse = (): never => {
    refused ??= new Error('it calls process.exit');
    throw refused;
  };
  Object.defineProperty(process, 'exit', { ...own, value: refuse });
  return {
    refused: () => refused,
    allow: () => {
      if (own) Object.defineProperty(process, 'exit', own);
    },
  };
}

async function defaultExport(file: string): Promise<unknown> {
  // Loaded only here: it costs more than all else that `up` loads.
  const { createJiti } = await import('jiti');
  const library = ownLibrary();
  const jiti = createJiti(import.meta.url, {
    fsCache: false, // no cache files in the user's folder, and none in /tmp that others could prepare
    interopDefault: false,
    ...(library === undefined ? {} : { alias: { portsup: library } }),
  });
  const loaded: unknown = await jiti.import(file);
  if (typeof loaded !== 'object' || loaded === null) return undefined;
  // CommonJS (`module.exports = {...}`) has no default export of its own: the whole of it is meant.
  const hasDefault = 'default' in loaded;
  if (!hasDefault) return isMapping(loaded) && Object.keys(loaded).length > 0 && !('__esModule' in loaded) ? loaded : undefined;
  return loaded.default;
}

/** This portsup's own library: beside the bundle it runs from, or the sources in a development tree. */
function ownLibrary(): string | undefined {
  const places = ['./index.js', '../index.js', '../index.ts'].map((relative) => fileURLToPath(new URL(relative, import.meta.url)));
  return places.find((path) => existsSync(path));
}

function broken({ message, place, thrown }: { message: string; place?: Place | undefined; thrown?: unknown }): ScriptSource {
  return { value: undefined, problems: [{ place, path: [], message }], ...NOWHERE, ...(thrown === undefined ? {} : { thrown }) };
}

/** The first line of an exception's message, and the line of the configuration it comes from where the stack knows it. */
function explain(file: string, error: unknown): { readonly message: string; readonly place: Place | undefined } {
  const text = thrownText(error);
  const first = text.split('\n', 1)[0]?.trim() ?? '';
  const isSyntax = first.startsWith('ParseError: ');
  const name = error instanceof Error && error.name !== 'Error' ? `${error.name}: ` : '';
  const message = isSyntax ? `not valid: ${first.slice('ParseError: '.length)}` : `the configuration failed: ${name}${first}`;
  return { message, place: placeInStack(file, isSyntax ? text : error instanceof Error ? (error.stack ?? '') : '') };
}

/** A program may throw anything, even what cannot be made a string. */
function thrownText(error: unknown): string {
  if (error instanceof Error && typeof error.message === 'string') return error.message;
  return typeof error === 'string' ? error : `it threw ${foundText(error, [])}`;
}

/** Only the line of what a program throws is its own: compiling it has moved the columns. */
function placeInStack(file: string, stack: string): Place | undefined {
  for (const line of stack.split('\n')) {
    const start = line.indexOf(`${file}:`);
    const match = start === -1 ? null : /^:(\d+):(\d+)/.exec(line.slice(start + file.length));
    if (match) return { line: Number(match[1]), column: line.trimStart().startsWith('at ') ? 1 : Number(match[2]) };
  }
  return undefined;
}
