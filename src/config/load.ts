import { dirname, resolve } from 'node:path';
import { PortsupError } from '../base/errors.js';
import { nameOfFolder } from '../base/names.js';
import { noFile } from '../base/no-file.js';
import { readSmallFile } from '../base/read-small-file.js';
import type { SupervisorSpec } from '../supervision/spec.js';
import { type AlarmHook, type BuildContext, buildAlarmHook, buildHook, buildTree, type Hook } from './build.js';
import type { ConfigExport, PortsupConfig } from './define-config.js';
import type { Environment } from './environment.js';
import { fieldFindings } from './fields.js';
import { CONFIG_NAMES, findConfig } from './find.js';
import type { Finding } from './finding.js';
import { type Gathered, gatherLayers } from './gather-layers.js';
import { nodesOf } from './kinds.js';
import { type Layered, layered } from './layers.js';
import { directoryOf, meaningOf, needFindings } from './needs.js';
import { type ConfigProblem, invalidConfig, locate } from './problems.js';
import { checkProfiles } from './profiles.js';
import { createReader, type Reader, valueSource } from './read-layer.js';
import { ruleFindings } from './rules.js';
import { shownPath } from './shown-path.js';
import { umaskFindings, type Written } from './umask.js';
import { type Resolved, resolveVariables, type VariablesContext } from './variables.js';

/** A configuration, checked and complete. */
export interface LoadedConfig {
  /** The application's name: `name` of the configuration, else its folder's. */
  readonly app: string;
  /** Absolute path of the configuration; of several the first. */
  readonly file: string;
  /** Its folder: relative paths count from that of the file they stand in, and this is where services run that have no `cwd`. */
  readonly folder: string;
  readonly root: SupervisorSpec;
  /** Run for the application's events; null: nothing is. */
  readonly onEvent: Hook | null;
  /** Told of the application's alarms; null: nobody is. */
  readonly onAlarm: AlarmHook | null;
}

/** Where to look for a configuration, and what it depends on. */
export interface ConfigSearch {
  /** The files given with `-f`, relative to `cwd`, each laid over those before it; left out or empty: the nearest one from `cwd` upwards. */
  readonly file?: string | readonly string[] | undefined;
  readonly cwd: string;
  /** Whose variables `${NAME}` may mean; left out: this process's. */
  readonly env?: Environment | undefined;
  /** Services that have `profiles` are only there if one of them is among these; default none. */
  readonly profiles?: readonly string[] | undefined;
}

/**
 * Finds, reads and checks a configuration with all that it extends. Reads only; a JS or TS configuration is run.
 *
 * @throws {@link PortsupError} `CONFIG_MISSING` when there is none or it cannot be read; `CONFIG_INVALID` with all
 * its problems at once, see `problemsOf`; `USAGE` for a profile that no service has.
 */
export async function loadConfig(search: ConfigSearch): Promise<LoadedConfig> {
  return load(filesOf(search), { search, reader: createReader() });
}

/** A configuration that a program gives as a value, and what it depends on. */
export interface GivenConfig extends Pick<ConfigSearch, 'env' | 'profiles'> {
  readonly config: ConfigExport;
  /** Absolute: relative paths count from here. */
  readonly folder: string;
  /** The application's name where the configuration says none; by default its folder's. */
  readonly app?: string | undefined;
}

/**
 * Checks a configuration that is no file, with all that it extends. Instead of a file's path it has its folder and its name (`/srv/shop/#shop`), so that a
 * daemon knows it again: a second one of that name and folder is taken for the same application.
 *
 * @throws {@link PortsupError} `CONFIG_INVALID` and `USAGE` as `loadConfig`; what the configuration throws, if it is a function.
 */
export async function loadObject({ config, folder, app, env, profiles }: GivenConfig): Promise<LoadedConfig> {
  const source = valueSource(typeof config === 'function' ? await config() : config);
  const files = createReader();
  const given = resolve(folder, GIVEN);
  const reader: Reader = { read: (file, isQuick) => (file === given ? Promise.resolve(source) : files.read(file, isQuick)) };
  const loaded = await load([given], { search: { cwd: folder, env, profiles }, reader, app });
  return { ...loaded, file: noFile(resolve(folder), loaded.app) };
}

/** Stands for the path of a configuration that is a value, while it is read. */
const GIVEN = '(the configuration)';

interface Origin {
  readonly search: ConfigSearch;
  readonly reader: Reader;
  /** The application's name where the configuration says none. */
  readonly app?: string | undefined;
}

async function load(files: readonly string[], { search, reader, app }: Origin): Promise<LoadedConfig> {
  const quick = await attempt(files, { search, reader, isQuick: true });
  const { gathered, config, variables, problems } =
    quick.problems.length === 0 ? quick : await attempt(files, { search, reader, isQuick: false });
  const { main } = gathered;
  if (problems.length > 0) {
    const thrown = gathered.layers.find((layer) => 'thrown' in layer && layer.thrown !== undefined);
    throw invalidConfig(main.shown, thrown && 'thrown' in thrown ? { problems, thrown: thrown.thrown } : { problems });
  }
  // Every node of the value passed the schema that these types are inferred from.
  const value = config.value as PortsupConfig;
  const profiles = search.profiles ?? [];
  checkProfiles(value, profiles, main.shown);
  const folder = dirname(main.file);
  const directory = directoryOf(value, profiles);
  const context: BuildContext = {
    folder,
    profiles,
    variables,
    resolvePath: resolver(config),
    written: config.written,
    meant: (service, name) => meaningOf(directory, service, name),
  };
  const [root, onEvent, onAlarm] = [buildTree(value, context), buildHook(value, context), buildAlarmHook(value, context)];
  return { app: value.name ?? app ?? nameOfFolder(folder), file: main.file, folder, root, onEvent, onAlarm };
}

function filesOf({ cwd, file }: ConfigSearch): readonly string[] {
  const given = typeof file === 'string' ? [file] : (file ?? []);
  if (given.length > 0) return given.flatMap((one) => findConfig(cwd, one) ?? []);
  const found = findConfig(cwd);
  if (found === undefined) throw noConfig(cwd);
  return [found];
}

interface Attempt {
  readonly search: ConfigSearch;
  readonly reader: Reader;
  readonly isQuick: boolean;
}

interface Attempted {
  readonly gathered: Gathered;
  readonly config: Layered;
  readonly variables: Resolved;
  readonly problems: readonly ConfigProblem[];
}

async function attempt(files: readonly string[], { search, reader, isQuick }: Attempt): Promise<Attempted> {
  const shownOf = (file: string): string => shownPath(search.cwd, file);
  const gathered = await gatherLayers(files, { reader, isQuick, shownOf });
  const { layers, main, findings: layerFindings } = gathered;
  const config = layered(layers, main);
  const variables = resolveVariables(config.value, {
    env: search.env ?? process.env,
    profiles: search.profiles ?? [],
    resolvePath: resolver(config),
    written: config.written,
    readText,
  });
  const isUnread = layers.some(({ value, problems }) => value === undefined && problems.length > 0);
  const needs = needFindings(directoryOf(config.value, search.profiles ?? []));
  const findings = isUnread ? [] : [...findingsOf(config.value, config.written), ...needs, ...variables.findings];
  const fileProblems = variables.fileProblems.map((problem) => ({ ...problem, file: shownOf(problem.file) }));
  return { gathered, config, variables, problems: locate({ config, layers, findings, layerFindings, fileProblems }) };
}

/** Relative paths count from the folder of the file that they stand in. */
const resolver =
  (config: Layered): BuildContext['resolvePath'] =>
  (path, at) =>
    resolve(dirname(config.layerOf(at).file), path);

function findingsOf(value: unknown, written: Written): readonly Finding[] {
  const findings: Finding[] = [];
  for (const node of nodesOf(value)) findings.push(...fieldFindings(node), ...ruleFindings(node), ...umaskFindings(node, written));
  return findings;
}

/** Files of variables are written by hand; what is larger is something else. */
const MOST_VARIABLES_BYTES = 1024 * 1024;

const readText: VariablesContext['readText'] = (file) => {
  const found = readSmallFile(file, MOST_VARIABLES_BYTES);
  switch (found.is) {
    case 'text':
      return found.isUtf8 ? { text: found.text } : { isMissing: false, reason: 'holds bytes that are no UTF-8' };
    case 'missing':
      return { isMissing: true, reason: 'is not there' };
    case 'no-file':
      return { isMissing: false, reason: 'is no regular file' };
    case 'too-large':
      return { isMissing: false, reason: 'has more than 1 MB' };
    case 'unreadable':
      return { isMissing: false, reason: `cannot be read (${found.errno})` };
    default:
      return found satisfies never;
  }
};

function noConfig(cwd: string): PortsupError {
  const names = `${CONFIG_NAMES.slice(0, 3).join(', ')}, portsup.config.{ts,mjs,js}`;
  return new PortsupError(
    'CONFIG_MISSING',
    `no configuration in ${cwd} or above (${names})`,
    'create portsup.yaml, or name a file with -f',
  );
}
