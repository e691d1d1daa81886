import { accessSync, closeSync, constants, openSync, readSync, type Stats, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { errnoOf } from '../base/errors.js';
import { closedFolder, mayPass, type Who } from './access.js';

/** A start that failed. */
export interface FailedStart {
  readonly argv: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  /** The `code` of the error, "ENOENT"; "": nobody has told it. */
  readonly errno: string;
  /** As whom it was to be executed; left out: as ourselves. */
  readonly who?: (Who & { readonly name: string }) | undefined;
  /** The system's own words; used where there is nothing better to say. */
  readonly message?: string;
}

/** What execvp(3) searches when the environment has no PATH. */
const DEFAULT_PATH = '/bin:/usr/bin';

/**
 * Why a program could not be started, in one sentence that names the path at fault. It looks at the files as they are
 * now, so the answer may be wrong when they have changed since.
 */
export function explainStartError(start: FailedStart): string {
  switch (start.errno) {
    case 'ENOENT':
    case 'EACCES':
    case 'ENOTDIR':
    case 'ELOOP':
    case 'ENAMETOOLONG':
    case 'EPERM':
      return cwdProblem(start.cwd, start.who) ?? programProblem(start) ?? unexplained(start);
    case 'ENOEXEC':
      return `"${found(start)}" is neither a program for this machine nor a script with a "#!" line`;
    case 'E2BIG':
      return `arguments and environment of "${nameOf(start)}" are too big: ${sizeOf(start)} bytes together`;
    case 'ETXTBSY':
      return `"${found(start)}" is open for writing, so it cannot be executed`;
    case 'EAGAIN':
      return `cannot start "${nameOf(start)}": the limit of processes is reached (ulimit -u, or pids.max of the cgroup)`;
    case 'ENOMEM':
      return `cannot start "${nameOf(start)}": not enough memory for a new process`;
    case 'EMFILE':
    case 'ENFILE':
      return `cannot start "${nameOf(start)}": the limit of open files is reached (ulimit -n)`;
    case 'ERR_INVALID_ARG_VALUE':
      return nameOf(start) === '' ? 'the command is empty' : `command, cwd or environment of "${nameOf(start)}" holds a null byte`;
    default:
      return unexplained(start);
  }
}

/**
 * What keeps this program from being executed, of which one can be sure by looking at the files; undefined: nothing. For starts whose errno nobody
 * has told: whoever was to execute it as somebody else only leaves an exit code behind, which the program may have chosen itself.
 */
export const obstacleTo = (start: Omit<FailedStart, 'errno'>): string | undefined =>
  cwdProblem(start.cwd, start.who) ?? programProblem({ ...start, errno: '' });

const nameOf = ({ argv }: FailedStart): string => argv[0] ?? '';
const found = (start: FailedStart): string => candidates(start).find((path) => look(path) instanceof Object) ?? nameOf(start);

const unexplained = (start: FailedStart): string => `cannot start "${nameOf(start)}": ${start.message ?? start.errno}`;

const sizeOf = ({ argv, env }: FailedStart): number =>
  [...argv, ...Object.entries(env).map(([name, value]) => `${name}=${value}`)].reduce(
    (total, text) => total + Buffer.byteLength(text) + 1,
    0,
  );

/** Paths where the program may be: one, or one for each folder of PATH when its name has no slash. */
function candidates(start: FailedStart): readonly string[] {
  const name = nameOf(start);
  if (name.includes('/')) return [resolve(start.cwd, name)];
  return pathOf(start)
    .split(':')
    .map((folder) => resolve(start.cwd, folder, name));
}

const pathOf = ({ env }: FailedStart): string => env['PATH'] ?? DEFAULT_PATH;

/** What is at a path, or the errno of looking. */
function look(path: string): Stats | string {
  try {
    return statSync(path);
  } catch (error) {
    return errnoOf(error) ?? String(error);
  }
}

function mayExecute(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    // EACCES, or whatever else keeps it from being executed.
    return false;
  }
}

function cwdProblem(cwd: string, who: FailedStart['who']): string | undefined {
  const stats = look(cwd);
  if (stats === 'ENOENT') return `the working directory "${cwd}" does not exist`;
  if (typeof stats === 'string') return `the working directory "${cwd}" cannot be entered (${stats})`;
  if (!stats.isDirectory()) return `the working directory "${cwd}" is not a directory`;
  if (!mayExecute(cwd)) return `the working directory "${cwd}" cannot be entered: permission denied`;
  // As if for a file in it: the folder itself has to be passed, too.
  const closed = who && closedFolder(join(cwd, 'file'), who);
  return closed && `the working directory "${cwd}" cannot be entered by user "${who.name}": permission denied for "${closed}"`;
}

function programProblem(start: FailedStart): string | undefined {
  const name = nameOf(start);
  const looked = candidates(start).map((path) => ({ path, stats: look(path) }));
  const problems = looked.flatMap(({ path, stats }) => (typeof stats === 'string' ? [] : [fileProblem(path, stats, start)]));
  // execvp takes the first that it can execute and remembers the others: a file that is there explains more than one that is not.
  if (problems.length > 0) return start.errno === '' && problems.includes(undefined) ? undefined : problems[0];
  if (!name.includes('/')) return `no program "${name}" in PATH (${pathOf(start)})`;
  const [{ path, stats } = { path: name, stats: 'ENOENT' }] = looked;
  if (stats === 'ENOENT') return `no such file: "${path}"`;
  return stats === 'EACCES'
    ? `"${path}" cannot be reached: permission denied for a folder above it`
    : `"${path}" cannot be reached (${String(stats)})`;
}

function fileProblem(path: string, stats: Stats, { errno, who }: FailedStart): string | undefined {
  if (stats.isDirectory()) return `"${path}" is a directory, not a program`;
  if (!mayExecute(path)) {
    return `"${path}" is not executable (mode ${modeOf(stats)}): run "chmod +x ${path}"`;
  }
  const closed = who && closedFolder(path, who);
  if (closed) return `"${path}" cannot be reached by user "${who.name}": permission denied for "${closed}"`;
  if (who && !mayPass(stats, who)) return `"${path}" may not be executed by user "${who.name}" (mode ${modeOf(stats)})`;
  const interpreter = interpreterOf(path);
  if (interpreter !== undefined) return interpreterProblem(interpreter, path);
  if (errno === '') return undefined;
  if (errno === 'ENOENT') return `"${path}" is there, but the dynamic loader it needs is not: it was built for another system`;
  return `"${path}" may not be executed (${errno}): is its file system mounted "noexec"?`;
}

const modeOf = ({ mode }: Stats): string => (mode & 0o7777).toString(8).padStart(4, '0');

function interpreterProblem(interpreter: string, path: string): string | undefined {
  const shown = interpreter.replace('\r', '\\r');
  const stats = look(interpreter);
  if (interpreter.endsWith('\r')) return `interpreter "${shown}" of "${path}" not found: the file has the line ends of Windows`;
  if (typeof stats === 'string') return `interpreter "${shown}" of "${path}" not found`;
  if (stats.isDirectory() || !mayExecute(interpreter)) return `interpreter "${shown}" of "${path}" is not executable`;
  return undefined;
}

/** The program named in the "#!" line of a script; undefined when the file is none or cannot be read. */
function interpreterOf(path: string): string | undefined {
  let head = '';
  try {
    const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const buffer = Buffer.alloc(256);
      head = buffer.toString('utf8', 0, readSync(fd, buffer, 0, buffer.length, 0));
    } finally {
      closeSync(fd);
    }
  } catch {
    // EACCES: executable, but not readable; then there is nothing more to find out.
    return undefined;
  }
  return /^#![ \t]*([^ \t\n]+)/.exec(head)?.[1];
}
