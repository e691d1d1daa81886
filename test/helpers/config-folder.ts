import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type LoadedConfig, loadConfig } from '../../src/config/load.js';
import { problemLine, problemsOf } from '../../src/config/problems.js';

/** Files in a new temporary folder, by path and text; the caller removes it with `dispose`. */
export interface ConfigFolder {
  readonly path: string;
  readonly dispose: () => void;
}

/** Writes the files; folders in between are made. */
export function configFolder(files: Readonly<Record<string, string | Uint8Array>>): ConfigFolder {
  const path = mkdtempSync(join(tmpdir(), 'portsup-config-'));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(path, name)), { recursive: true });
    writeFileSync(join(path, name), text);
  }
  return { path, dispose: () => rmSync(path, { recursive: true, force: true }) };
}

/** Loads one configuration from a folder of its own. */
export async function loaded(text: string | Uint8Array, name = 'portsup.yaml'): Promise<LoadedConfig> {
  const folder = configFolder({ [name]: text });
  try {
    return await loadConfig({ cwd: folder.path });
  } finally {
    folder.dispose();
  }
}

/** The lines that a person sees for a configuration with problems; throws when it loads, or fails in another way. */
export async function problemsIn(text: string | Uint8Array, name = 'portsup.yaml'): Promise<readonly string[]> {
  try {
    await loaded(text, name);
  } catch (error) {
    const problems = problemsOf(error);
    if (problems.length === 0) throw error;
    return problems.map(problemLine);
  }
  throw new Error(`this configuration has no problem: ${String(text).slice(0, 80)}`);
}
