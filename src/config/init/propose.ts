/** What `portsup init` proposes for a folder: the programs of its Procfile, else of its package.json, else an example. */
import { isName, nameOfFolder } from '../../base/names.js';
import { fieldsOfShellLine } from '../import/command-line.js';
import { badSource, type ImportSource } from '../import/import-source.js';
import { type Imported, type ImportedNode, mergeFields, type Note, remark } from '../import/imported.js';
import { nameGiver } from '../import/names.js';
import { ordered } from '../import/order.js';
import { convertProcfile } from '../import/procfile.js';
import { isMapping, type Mapping } from '../path.js';
import { chooseScripts, type Script } from './scripts.js';

/** A file that was found in the folder. */
export interface FoundFile {
  readonly name: string;
  readonly text: string;
}

/** What is known of a folder. */
export interface FolderFacts {
  readonly source: Omit<ImportSource, 'file' | 'placeOf'>;
  readonly packageJson: FoundFile | undefined;
  /** Procfile, Procfile.dev ...; the first is the one that counts. */
  readonly procfiles: readonly FoundFile[];
  /** Programs in node_modules/.bin. */
  readonly binaries: ReadonlySet<string>;
}

/** A proposal, and what it was made from. */
export interface Proposal {
  readonly config: Imported;
  /** "package.json", "Procfile"; undefined: an example. */
  readonly from: string | undefined;
}

/** The lines above a new configuration. */
export const HEAD: readonly string[] = [
  'portsup.yaml: the programs of this folder, and how they are kept running.',
  '"portsup check" validates this file, "portsup up" starts what it says, and applies it again after a change.',
];

/** The lines below it. */
export const TAIL: readonly string[] = [
  'More that a service may have; README has all of it:',
  '  restart: transient          # permanent (the default): always, transient: after failures only, temporary: never',
  '  env: { PORT: 3000 }         # over the environment of the person who runs "portsup up"',
  '  cwd: server                 # where it runs; a relative path counts from this file',
  '  stop_signal: SIGINT         # asks it to end; SIGTERM by default',
  '  shutdown: 10s               # time to end before SIGKILL; 5s by default',
  '  logs: { max_size: 50mb }    # a log is rotated at this size; 10mb by default',
];

/**
 * Proposes a configuration.
 *
 * @throws PortsupError `CONFIG_INVALID` when package.json or the Procfile cannot be read.
 */
export function propose(facts: FolderFacts): Proposal {
  const { source, procfiles } = facts;
  const scripts = scriptsOf(facts);
  const [procfile, ...otherProcfiles] = procfiles;
  if (procfile !== undefined) {
    const found = convertProcfile(procfile.text, { ...source, file: procfile.name, placeOf: () => undefined });
    const notes = [
      ...otherProcfiles.map(({ name }) => remark(`${name} was left out: "portsup import ${name}" prints what it says.`)),
      ...ignoredScripts(scripts),
    ];
    return { config: complete(source.folder, { ...found, notes: [...found.notes, ...notes] }), from: procfile.name };
  }
  const { services, notes } = servicesOf(scripts, facts);
  if (services.length === 0)
    return { config: complete(source.folder, { ...example(scripts.length > 0), notes: [...notes] }), from: undefined };
  return { config: complete(source.folder, { name: '', notes, fields: {}, children: services }), from: 'package.json' };
}

/** The application's name and budget are written out, as people ask for them first. */
function complete(folder: string, config: Imported): Imported {
  const name = nameOfFolder(folder);
  const base = folder.split('/').findLast((part) => part !== '') ?? '';
  const notes: Note[] = isName(base)
    ? []
    : [
        remark(
          `The folder's name, ${JSON.stringify(base)}, is no name of an application: a letter, then letters, digits, "_" or "-", at most 64.`,
        ),
      ];
  notes.push(remark('At most 3 restarts within 5s: one more, and the application gives up, as something is wrong (intensity, period).'));
  return { ...config, name, notes: [...config.notes, ...notes], fields: { intensity: 3, period: '5s', ...config.fields } };
}

const ignoredScripts = (scripts: readonly Script[]): readonly Note[] =>
  scripts.length === 0
    ? []
    : [
        remark(
          `The scripts of package.json were left out, as the Procfile names the programs: ${listed(scripts.map(({ name }) => name))}.`,
        ),
      ];

function scriptsOf({ packageJson, source }: FolderFacts): readonly Script[] {
  if (packageJson === undefined) return [];
  const { scripts } = parsePackage(packageJson, source.folder);
  if (!isMapping(scripts)) return [];
  return Object.entries(scripts).flatMap(([name, line]) => (typeof line === 'string' && line.trim() !== '' ? [{ name, line }] : []));
}

function parsePackage({ name, text }: FoundFile, folder: string): Mapping {
  try {
    const value: unknown = JSON.parse(text.replace(/^\ufeff/, ''));
    return isMapping(value) ? value : {};
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw badSource({ file: `${folder}/${name}` }, undefined, {
      message: `not valid JSON: ${error.message}`,
      hint: 'mend it, or move it away',
      cause: error,
    });
  }
}

function servicesOf(
  scripts: readonly Script[],
  facts: FolderFacts,
): { readonly services: readonly ImportedNode[]; readonly notes: readonly Note[] } {
  const choice = chooseScripts(scripts);
  const runner = runnerOf(facts);
  const giveName = nameGiver();
  const services = choice.services.map(({ service, ...script }): ImportedNode => {
    const { name } = giveName(service);
    return { name, ...serviceOf(script, { runner, scripts, binaries: facts.binaries }) };
  });
  const notes = [
    ...choice.variants.map(({ name, instead }) =>
      remark(`The script ${shownName(name)} was left out: it is another way to run what ${shownName(instead)} runs.`),
    ),
    ...choice.runners.map((name) => remark(`The script ${shownName(name)} was left out: it runs other scripts, which are services here.`)),
    ...(choice.others.length === 0
      ? []
      : [remark(`Scripts that were left out, as they seem to end by themselves: ${listed(choice.others)}.`)]),
  ];
  return { services, notes };
}

/** Names of scripts may hold anything, a newline too. */
const shownName = (name: string): string => JSON.stringify(name).replace(/[\u007f-\u009f\u2028\u2029]/g, '?');
const listed = (names: readonly string[]): string => names.map(shownName).join(', ');

interface Surroundings {
  readonly runner: string;
  readonly scripts: readonly Script[];
  readonly binaries: ReadonlySet<string>;
}

/** Found in every PATH that could run the script at all. */
const RUNTIMES = new Set(['node', 'deno', 'bun', 'python', 'python3', 'ruby', 'php', 'java', 'perl', 'go', 'sh', 'bash']);

/** The script's own command where that can be run without npm, else the script by npm. */
function serviceOf({ name, line }: Script, { runner, scripts, binaries }: Surroundings): Pick<ImportedNode, 'fields' | 'notes'> {
  const fields = fieldsOfShellLine(line);
  const hooks = scripts.map((script) => script.name).filter((other) => other === `pre${name}` || other === `post${name}`);
  const direct = hooks.length > 0 ? undefined : withoutRunner(fields, binaries);
  if (direct !== undefined) {
    const text = `The script ${shownName(name)} of package.json; what it runs stands here itself, so that the PID is the program's own, and signals reach it.`;
    return { notes: [remark(text)], fields: ordered(direct) };
  }
  const why =
    hooks.length > 0
      ? `${listed(hooks)} ${hooks.length === 1 ? 'runs' : 'run'} with it`
      : fields['shell'] === true
        ? 'its line needs a shell'
        : 'it knows where its program is';
  const text = `The script ${shownName(name)} of package.json by ${runner}, as ${why}. The PID is that of ${runner}; write the program itself to have its own.`;
  return {
    notes: [remark(text)],
    fields: { command: [runner, 'run', name].every((word) => /^[\w:.-]+$/.test(word)) ? `${runner} run ${name}` : [runner, 'run', name] },
  };
}

function withoutRunner(fields: Mapping, binaries: ReadonlySet<string>): Mapping | undefined {
  const { command, shell } = fields;
  if (shell === true) return undefined;
  const words = typeof command === 'string' ? command.split(' ') : (command as readonly string[]);
  const [program = '', ...rest] = words;
  if (RUNTIMES.has(program) || program.includes('/')) return fields;
  if (!binaries.has(program)) return undefined;
  const path = `./node_modules/.bin/${program}`;
  return mergeFields(fields, { command: typeof command === 'string' ? [path, ...rest].join(' ') : [path, ...rest] });
}

const LOCK_FILES: readonly (readonly [string, string])[] = [
  ['pnpm-lock.yaml', 'pnpm'],
  ['yarn.lock', 'yarn'],
  ['bun.lock', 'bun'],
  ['bun.lockb', 'bun'],
];

/** Who runs the scripts: what `packageManager` says, else whose lock file there is. */
function runnerOf({ packageJson, source }: FolderFacts): string {
  const { packageManager } = packageJson === undefined ? {} : parsePackage(packageJson, source.folder);
  const [, named] = (typeof packageManager === 'string' ? /^(npm|pnpm|yarn|bun)@/.exec(packageManager) : null) ?? [];
  return named ?? LOCK_FILES.find(([file]) => source.siblings.has(file))?.[1] ?? 'npm';
}

function example(hasScripts: boolean): Imported {
  const found = hasScripts
    ? 'No script of package.json looks like a program that keeps running'
    : 'There are neither scripts in a package.json nor a Procfile here';
  const service: ImportedNode = {
    name: 'hello',
    notes: [
      remark(`${found}, so this is an example: put your program in its place.`),
      remark('The line is split like a shell\'s words but run without one; "shell: true" has a shell run it.'),
    ],
    fields: { command: ['sh', '-c', 'while true; do echo hello; sleep 10; done'] },
  };
  return { name: '', notes: [], fields: {}, children: [service] };
}
