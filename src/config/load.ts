import { isUtf8 } from 'node:buffer';
import { readFile } from 'node:fs/promises';
import { dirname, extname, relative, resolve } from 'node:path';
import { errnoOf, PortsupError } from '../base/errors.js';
import { nameOfFolder } from '../base/names.js';
import type { SupervisorSpec } from '../supervision/spec.js';
import { type BuildContext, buildHook, buildTree, type Hook } from './build.js';
import type { PortsupConfig } from './define-config.js';
import { fieldFindings } from './fields.js';
import { CONFIG_NAMES, findConfig } from './find.js';
import type { Finding } from './finding.js';
import { nodesOf } from './kinds.js';
import { invalidConfig, locate } from './problems.js';
import { ruleFindings } from './rules.js';
import { readScript, type ScriptSource } from './script-source.js';
import { readSimpleText } from './simple-text.js';
import type { SourceProblem } from './source.js';
import { umaskFindings, type Written } from './umask.js';

/** A configuration, checked and complete. */
export interface LoadedConfig {
  /** The application's name: `name` of the configuration, else its folder's. */
  readonly app: string;
  /** Absolute path of the configuration. */
  readonly file: string;
  /** Its folder: relative paths count from here. */
  readonly folder: string;
  readonly root: SupervisorSpec;
  /** Run for the application's events; null: nothing is. */
  readonly onEvent: Hook | null;
}

/** Where to look for a configuration. */
export interface ConfigSearch {
  /** The file given with `-f`, relative to `cwd`; left out: the nearest one from `cwd` upwards. */
  readonly file?: string | undefined;
  readonly cwd: string;
}

const SCRIPTS = new Set(['.ts', '.mts', '.cts', '.js', '.mjs', '.cjs']);

/**
 * Finds, reads and checks a configuration. Reads only; a JS or TS configuration is run.
 *
 * @throws {@link PortsupError} `CONFIG_MISSING` when there is none or it cannot be read; `CONFIG_INVALID` with all
 * its problems at once, see `problemsOf`.
 */
export async function loadConfig(search: ConfigSearch): Promise<LoadedConfig> {
  const file = findConfig(search.cwd, search.file);
  if (file === undefined) throw noConfig(search.cwd);
  const { source, findings } = await readAndCheck(file);
  const shown = shownPath(search.cwd, file);
  const problems = locate(shown, source, findings);
  if (problems.length > 0) {
    throw invalidConfig(shown, source.thrown === undefined ? { problems } : { problems, thrown: source.thrown });
  }
  // Every node of the value passed the schema that these types are inferred from.
  const config = source.value as PortsupConfig;
  const folder = dirname(file);
  const context: BuildContext = { resolvePath: (path) => resolve(folder, path), written: source.written };
  const [root, onEvent] = [buildTree(config, context), buildHook(config, context)];
  return { app: config.name ?? nameOfFolder(folder), file, folder, root, onEvent };
}

interface Checked {
  readonly source: ScriptSource;
  readonly findings: readonly Finding[];
}

async function readAndCheck(file: string): Promise<Checked> {
  if (SCRIPTS.has(extname(file).toLowerCase())) return check(await readScript(file));
  const bytes = await readBytes(file);
  if (!isUtf8(bytes))
    return check(withoutPlaces({ problems: [{ place: START, path: [], message: 'found bytes that are no UTF-8, expected text' }] }));
  const text = bytes.toString('utf8');
  const simple = readSimpleText(text);
  if (simple !== undefined) {
    const checked = check(withoutPlaces({ value: simple, problems: [] }));
    if (checked.findings.length === 0) return checked;
  }
  // Loaded only here: the full parser costs 11 ms, and most configurations are simple and right.
  const { readYaml } = await import('./yaml-source.js');
  return check(readYaml(text));
}

const START = { line: 1, column: 1 };

function withoutPlaces(read: { readonly value?: unknown; readonly problems: readonly SourceProblem[] }): ScriptSource {
  return { value: read.value, problems: read.problems, place: () => undefined, written: () => undefined };
}

function check(source: ScriptSource): Checked {
  return { source, findings: source.value === undefined && source.problems.length > 0 ? [] : findingsOf(source.value, source.written) };
}

function findingsOf(value: unknown, written: Written): readonly Finding[] {
  const findings: Finding[] = [];
  for (const node of nodesOf(value)) findings.push(...fieldFindings(node), ...ruleFindings(node), ...umaskFindings(node, written));
  return findings;
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

function noConfig(cwd: string): PortsupError {
  const names = `${CONFIG_NAMES.slice(0, 3).join(', ')}, portsup.config.{ts,mjs,js}`;
  return new PortsupError(
    'CONFIG_MISSING',
    `no configuration in ${cwd} or above (${names})`,
    'create portsup.yaml, or name a file with -f',
  );
}

/** Short where the file is below the current folder, else absolute. */
function shownPath(cwd: string, file: string): string {
  const path = relative(cwd, file);
  return path === '' || path.startsWith('..') ? file : path;
}
