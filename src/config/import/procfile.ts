/** Procfiles: `name: shell line`, as Heroku, foreman, honcho and overmind read them. */
import { fieldsOfShellLine } from './command-line.js';
import { badSource, type ImportSource } from './import-source.js';
import { type Imported, type ImportedNode, mergeFields, type Note, noteOn, remark } from './imported.js';
import { nameGiver } from './names.js';
import { ordered } from './order.js';

/** What foreman gives as PORT to the first process; the next ones get 100 more each. */
const FIRST_PORT = 5_000;
const PORT_STEP = 100;

interface Process {
  readonly name: string;
  readonly line: string;
  /** Comments of the source that stand above it. */
  readonly comments: readonly string[];
}

/**
 * Turns a Procfile into portsup's configuration.
 *
 * @throws PortsupError `CONFIG_INVALID` for a line that is no process, and when there is none.
 */
export function convertProcfile(text: string, source: ImportSource): Imported {
  const { processes, rest } = readProcfile(text, source);
  const giveName = nameGiver();
  const children = processes.map((process, index) => convertProcess(process, index, giveName));
  // Heroku runs it before anything else of a release.
  const first = children.filter((_, index) => processes[index]?.name === 'release');
  const hasDotEnv = source.siblings.has('.env');
  const fields = {
    ...(source.relativeFolder === '' ? {} : { cwd: source.relativeFolder }),
    ...(hasDotEnv ? { env_file: envFileOf(source) } : {}),
  };
  const notes = [
    remark(
      'foreman ends all processes when one of them ends; portsup starts that one again, and ends all when that has happened too often.',
    ),
    ...(hasDotEnv ? [remark('foreman reads .env by itself; here env_file says so.')] : []),
    ...rest.map((line) => remark(line)),
  ];
  return { name: '', notes, fields, children: [...first, ...children.filter((child) => !first.includes(child))] };
}

const envFileOf = ({ relativeFolder }: ImportSource): string => (relativeFolder === '' ? '.env' : `${relativeFolder}/.env`);

function readProcfile(text: string, source: ImportSource): { readonly processes: readonly Process[]; readonly rest: readonly string[] } {
  const processes: Process[] = [];
  let comments: string[] = [];
  for (const [index, written] of text
    .replace(/^\ufeff/, '')
    .split(/\r?\n/)
    .entries()) {
    const line = written.trim();
    if (line === '') continue;
    if (line.startsWith('#')) {
      comments.push(line.replace(/^#+\s*/, ''));
      continue;
    }
    const [, name, command] = /^([^\s:]+)\s*:\s*(\S.*)$/.exec(line) ?? [];
    if (name === undefined || command === undefined || line.includes('\0')) {
      const hint = 'a line of a Procfile is for example "web: node server.js"';
      throw badSource(source, { line: index + 1 }, { message: `no process, expected "name: command"`, hint });
    }
    processes.push({ name, line: command, comments });
    comments = [];
  }
  if (processes.length === 0)
    throw badSource(source, undefined, { message: 'no processes', hint: 'a Procfile has lines such as "web: node server.js"' });
  return { processes, rest: comments };
}

function convertProcess({ name: wanted, line, comments }: Process, index: number, giveName: ReturnType<typeof nameGiver>): ImportedNode {
  const { name, notes: nameNotes } = giveName(wanted);
  const port = FIRST_PORT + index * PORT_STEP;
  const takesPort = wanted === 'web' || /\$\{?PORT\b/.test(line);
  const isRelease = wanted === 'release';
  const command = fieldsOfShellLine(line);
  const fields = mergeFields(
    { ...(takesPort ? { env: { PORT: index === 0 ? `\${PORT:-${port}}` : port } } : {}), ...(isRelease ? { restart: 'temporary' } : {}) },
    command,
  );
  const notes: Note[] = [...comments.map(remark), ...nameNotes];
  if (takesPort)
    notes.push(
      noteOn(
        'PORT',
        port,
        'as foreman sets it, which counts on from the PORT of .env or the shell if there is one (here only the first process takes that); Heroku and others choose it at every start',
      ),
    );
  if (isRelease) notes.push(remark('Runs once at each start of the application; the others do not wait for its end.'));
  if (command['shell'] === true)
    notes.push(remark('The line needs a shell; "exec" before its last command makes that the process that is signalled.'));
  return { name, notes, fields: ordered(fields) };
}
