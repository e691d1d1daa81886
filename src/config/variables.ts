/**
 * Where variables come from, and where they are put in: of each supervisor and service, what its services would see there. Outermost is
 * the environment of the person who asks, then level by level `env_file`, then `env`.
 */
import { ADDRESS_EXPECTED, isHttpUrl, parseAddress, URL_EXPECTED } from '../base/net-address.js';
import { splitCommand } from './command.js';
import { parseEnvFile } from './env-file.js';
import type { Environment } from './environment.js';
import { type Finding, foundText } from './finding.js';
import { type HealthText, healthTexts } from './health-texts.js';
import { interpolate, type Variables } from './interpolate.js';
import { type ConfigNode, nodesOf } from './kinds.js';
import { type ConfigPath, isMapping, type Mapping } from './path.js';
import { isThere, profilesOf } from './profiles.js';
import type { Place } from './source.js';

/** What looking for variables needs. */
export interface VariablesContext {
  readonly env: Environment;
  /** Makes the path that stands at `at` absolute. */
  readonly resolvePath: (path: string, at: ConfigPath) => string;
  /** A number or boolean as it is written. */
  readonly written: (path: ConfigPath) => string | undefined;
  /** The profiles that were asked for: what is not there needs nothing. */
  readonly profiles: readonly string[];
  /** The text of a file; a reason why there is none, `isMissing` if it is not there at all. */
  readonly readText: (file: string) => { readonly text: string } | { readonly reason: string; readonly isMissing: boolean };
}

/** A line of a file of variables that is wrong. */
export interface FileProblem {
  readonly file: string;
  readonly place: Place;
  readonly message: string;
}

/** A configuration's texts with their variables put in. */
export interface Resolved {
  readonly findings: readonly Finding[];
  readonly fileProblems: readonly FileProblem[];
  /** The text at a path, which is `written` where it holds no variables. */
  readonly textAt: (path: ConfigPath, written: string) => string;
  /** The words of the command line at a path, which splits without a mistake. */
  readonly wordsAt: (path: ConfigPath, line: string) => readonly string[];
  /** What the files of the supervisor or service at this path hold. */
  readonly fileVariablesAt: (path: ConfigPath) => Variables;
}

/** Reads all files of variables and puts in all variables, also into a configuration that has mistakes; what is missing is told all at once. */
export function resolveVariables(value: unknown, context: VariablesContext): Resolved {
  const work = new Resolution(context);
  for (const node of nodesOf(value)) work.visit(node);
  return work;
}

const NONE: Variables = new Map();
const keyOf = (path: ConfigPath): string => JSON.stringify(path);

class Resolution implements Resolved {
  readonly findings: Finding[] = [];
  readonly fileProblems: FileProblem[] = [];
  private readonly context: VariablesContext;
  private readonly outermost: Variables;
  private readonly scopes = new Map<ConfigNode, Variables>();
  private readonly absent = new Set<ConfigNode>();
  private readonly texts = new Map<string, string>();
  private readonly words = new Map<string, readonly string[]>();
  private readonly files = new Map<string, Variables>();
  private readonly read = new Map<string, Variables>();

  constructor(context: VariablesContext) {
    this.context = context;
    this.outermost = new Map(Object.entries(context.env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const])));
  }

  textAt = (path: ConfigPath, written: string): string => this.texts.get(keyOf(path)) ?? written;

  fileVariablesAt = (path: ConfigPath): Variables => this.files.get(keyOf(path)) ?? NONE;

  wordsAt = (path: ConfigPath, line: string): readonly string[] => {
    const known = this.words.get(keyOf(path));
    if (known) return known;
    const split = splitCommand(line);
    // The rules refused every command that cannot be split; reaching this is a bug.
    if (!split.ok) throw new Error(`unchecked command: ${split.found}`);
    return split.words;
  };

  visit(node: ConfigNode): void {
    if ((node.parent && this.absent.has(node.parent)) || !isThere(profilesOf(node.value), this.context.profiles))
      return void this.absent.add(node);
    const above = (node.parent && this.scopes.get(node.parent)) ?? this.outermost;
    this.scopes.set(node, isMapping(node.value) ? this.visitFields(node.path, node.value, above) : above);
  }

  private visitFields(path: ConfigPath, fields: Mapping, above: Variables): Variables {
    const fromFiles = this.readFiles([...path, 'env_file'], fields['env_file'], above);
    if (fromFiles.size > 0) this.files.set(keyOf(path), fromFiles);
    const around = fromFiles.size === 0 ? above : new Map([...above, ...fromFiles]);
    const own = this.visitEnv([...path, 'env'], fields['env'], around);
    this.put([...path, 'cwd'], fields['cwd'], own);
    this.putCommand([...path, 'command'], fields['command'], { scope: own, isShell: fields['shell'] === true });
    if (path.length === 0) this.putCommand(['on_event'], fields['on_event'], { scope: own, isShell: false });
    for (const text of healthTexts(path, fields)) this.putHealth(text, own);
    return own;
  }

  /** What of it is an address can only be checked once its variables are put in. */
  private putHealth({ path, value, is }: HealthText, scope: Variables): void {
    if (is === 'pattern') return;
    if (is === 'command') return this.putCommand(path, value, { scope, isShell: false });
    if (typeof value !== 'string' || !value.includes('$')) return;
    const before = this.findings.length;
    const text = this.put(path, value, scope);
    const isRight = is === 'url' ? isHttpUrl(text) : parseAddress(text) !== undefined;
    if (isRight || this.findings.length > before) return;
    const found = `${foundText(value, path)}, which is none once its variables are put in`;
    this.findings.push({ type: 'value', path, found, expected: is === 'url' ? URL_EXPECTED : ADDRESS_EXPECTED });
  }

  /** A value sees what is around its mapping, not its neighbours in it: so their order does not matter. */
  private visitEnv(path: ConfigPath, env: unknown, around: Variables): Variables {
    if (!isMapping(env)) return around;
    const own = new Map(around);
    for (const [name, value] of Object.entries(env)) {
      if (isMapping(value)) {
        this.put([...path, name, 'file'], value['file'], around);
        own.delete(name);
      } else if (typeof value === 'string') own.set(name, this.put([...path, name], value, around));
      else own.set(name, this.context.written([...path, name]) ?? String(value));
    }
    return own;
  }

  private put(path: ConfigPath, value: unknown, scope: Variables): string {
    if (typeof value !== 'string') return '';
    const { text, missing } = interpolate(value, scope);
    for (const { name, message } of missing) this.findings.push({ type: 'variable', path, name, message });
    if (text !== value) this.texts.set(keyOf(path), text);
    return text;
  }

  private putCommand(path: ConfigPath, command: unknown, how: { readonly scope: Variables; readonly isShell: boolean }): void {
    const { scope, isShell } = how;
    if (Array.isArray(command)) command.forEach((word, index) => this.put([...path, index], word, scope));
    if (typeof command !== 'string' || !command.includes('$')) return;
    if (isShell) return void this.put(path, command, scope);
    const split = splitCommand(command);
    if (!split.ok) return;
    const before = this.findings.length;
    const words = split.words.map((word) => {
      const { text, missing } = interpolate(word, scope);
      for (const { name, message } of missing) this.findings.push({ type: 'variable', path, name, message });
      return text;
    });
    if (words[0] === '' && this.findings.length === before)
      this.findings.push({ type: 'value', path, found: 'an empty program, once its variables are put in', expected: 'a program' });
    this.words.set(keyOf(path), words);
  }

  private readFiles(path: ConfigPath, field: unknown, above: Variables): Variables {
    const variables = new Map<string, string>();
    const entries = Array.isArray(field) ? field.map((entry, index) => ({ entry, at: [...path, index] })) : [{ entry: field, at: path }];
    for (const { entry, at } of entries as readonly { readonly entry: unknown; readonly at: ConfigPath }[]) {
      const [written, place, isRequired] = isMapping(entry)
        ? [entry['path'], [...at, 'path'], entry['required'] !== false]
        : [entry, at, true];
      if (typeof written !== 'string' || written === '') continue;
      const file = this.context.resolvePath(this.put(place, written, above), place);
      for (const [name, value] of this.readFile(file, { path: place, written, isRequired })) variables.set(name, value);
    }
    return variables;
  }

  private readFile(file: string, { path, written, isRequired }: Named): Variables {
    const known = this.read.get(file);
    if (known) return known;
    const answer = this.context.readText(file);
    if ('reason' in answer) {
      if (isRequired || !answer.isMissing)
        this.findings.push({ type: 'value', path, found: `${foundText(written, [])}, which ${answer.reason}`, expected: EXPECTED_FILE });
      return NONE;
    }
    const { variables, problems } = parseEnvFile(answer.text);
    this.fileProblems.push(...problems.map((problem) => ({ file, ...problem })));
    this.read.set(file, variables);
    return variables;
  }
}

/** How a file of variables is named in the configuration. */
interface Named {
  readonly path: ConfigPath;
  readonly written: string;
  readonly isRequired: boolean;
}

const EXPECTED_FILE = 'a file of variables (one that need not be there: { path: PATH, required: false })';
