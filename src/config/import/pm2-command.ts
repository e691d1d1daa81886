/** What a PM2 app runs: script, arguments and the interpreter that PM2 chooses by the script's extension. */
import { posix } from 'node:path';
import { splitCommand } from '../command.js';
import type { Mapping } from '../path.js';
import { commandOfWords, fieldsOfShellLine } from './command-line.js';
import type { Translated } from './fields.js';
import type { ImportSource } from './import-source.js';
import { mergeFields, type Note, noteOn } from './imported.js';
import { flag, text } from './values.js';

/** The fields that make the command. */
export const COMMAND_FIELDS: readonly string[] = ['script', 'args', 'interpreter', 'node_args', 'source_map_support'];

const INTERPRETERS: Readonly<Record<string, string>> = {
  '.sh': 'bash',
  '.py': 'python3',
  '.rb': 'ruby',
  '.php': 'php',
  '.pl': 'perl',
  '.js': 'node',
  '.mjs': 'node',
  '.cjs': 'node',
  '.coffee': 'coffee',
  '.ls': 'lsc',
  '.ts': 'bun',
  '.tsx': 'bun',
};

/** The command of an app; undefined when it has no script. */
export function commandOfApp(app: Mapping, source: ImportSource): Translated | undefined {
  const { script } = app;
  if (typeof script !== 'string' || script.trim() === '' || script.includes('\0')) return undefined;
  if (script.trim().includes(' ')) return bashLine(script, app);
  const args = wordsOf(app['args']);
  const interpreterArgs = wordsOf(app['node_args']);
  const chosen = interpreterOf(script, app, source);
  const isNode = chosen.interpreter !== undefined && posix.basename(chosen.interpreter) === 'node';
  const notes = [...chosen.notes, ...unread(app, { args, node_args: interpreterArgs })];
  const sourceMaps = sourceMapNote(app, isNode);
  if (sourceMaps) notes.push(sourceMaps);
  const flags = [...(isNode && flag(app['source_map_support']) === true ? ['--enable-source-maps'] : []), ...(interpreterArgs ?? [])];
  if (chosen.interpreter === undefined && flags.length > 0) {
    notes.push(noteOn('node_args', app['node_args'], 'left out: no interpreter runs this script'));
  }
  const start = chosen.interpreter === undefined ? [chosen.program] : [chosen.interpreter, ...flags, chosen.program];
  return { fields: mergeFields({ command: commandOfWords([...start, ...(args ?? [])]) }, chosen.env), notes };
}

/** PM2 has bash run a script with a space in it, and forgets `args`. */
function bashLine(script: string, app: Mapping): Translated {
  const fields = fieldsOfShellLine(script);
  const others = COMMAND_FIELDS.filter((field) => field !== 'script' && app[field] !== undefined);
  return {
    fields: fields['shell'] === true ? { command: ['bash', '-c', fields['command']] } : fields,
    notes: others.map((field) => noteOn(field, app[field], 'left out, as PM2 does with a script that is a whole command line')),
  };
}

interface Chosen {
  /** Undefined: the program runs by itself. */
  readonly interpreter?: string | undefined;
  readonly program: string;
  readonly env: Mapping;
  readonly notes: readonly Note[];
}

function interpreterOf(script: string, app: Mapping, source: ImportSource): Chosen {
  const given = app['interpreter'];
  const kind = source.kindOf(posix.join(typeof app['cwd'] === 'string' ? app['cwd'] : '', script));
  const named = text(given)?.trim();
  const notes =
    given === undefined || named !== undefined ? [] : [noteOn('interpreter', given, 'not understood, so chosen by the extension')];
  const byExtension = INTERPRETERS[posix.extname(script).toLowerCase()];
  const isBare = kind === 'missing' && byExtension === undefined;
  if (named === 'none' || (named === undefined && (isBare || (kind === 'binary' && byExtension === undefined)))) {
    // Without a slash portsup looks in PATH; PM2 does that only for what is not there.
    const program = script.includes('/') || kind === 'missing' ? script : `./${script}`;
    return { program, env: {}, notes };
  }
  const interpreter = named ?? byExtension ?? 'node';
  const more = interpreterNotes(interpreter, named === undefined ? posix.extname(script) : undefined);
  return {
    interpreter: interpreter.startsWith('node@') ? 'node' : interpreter,
    program: script,
    env: interpreter.includes('python') ? { env: { PYTHONUNBUFFERED: '1' } } : {},
    notes: [...notes, ...more],
  };
}

/** `extension`: what decided, where nobody named the interpreter. */
function interpreterNotes(interpreter: string, extension: string | undefined): readonly Note[] {
  if (interpreter.startsWith('node@'))
    return [
      noteOn('interpreter', interpreter, 'portsup knows no nvm: write the path of that node before the script, as "nvm which" prints it'),
    ];
  if (extension === '.py') return [noteOn('script', extension, 'PM2 runs it by python, or python3 where there is no python')];
  if (extension === '.ts' || extension === '.tsx')
    return [noteOn('script', extension, 'PM2 runs it by bun (before version 6 by ts-node): write another runner if you have one')];
  return [];
}

function sourceMapNote(app: Mapping, isNode: boolean): Note | undefined {
  const value = app['source_map_support'];
  if (value === undefined || (isNode && flag(value) === true)) return undefined;
  return noteOn('source_map_support', value, 'nothing to turn off: portsup adds nothing to programs (node --enable-source-maps does it)');
}

/** What was given and is neither text nor a list of texts and numbers. */
const unread = (app: Mapping, read: Readonly<Record<string, readonly string[] | undefined>>): Note[] =>
  Object.entries(read).flatMap(([field, words]) =>
    app[field] === undefined || words !== undefined
      ? []
      : [noteOn(field, app[field], 'not understood, so left out; PM2 expects text or a list')],
  );

function wordsOf(value: unknown): readonly string[] | undefined {
  if (Array.isArray(value)) {
    const items = value as readonly unknown[];
    const words = items.filter((item) => (typeof item === 'string' && !item.includes('\0')) || typeof item === 'number').map(String);
    return words.length === items.length ? words : undefined;
  }
  if (typeof value !== 'string' || value.includes('\0')) return undefined;
  const split = splitCommand(value);
  return split.ok ? split.words : value.split(/\s+/).filter((word) => word !== '');
}
