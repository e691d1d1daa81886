/**
 * Where a program that a signal has ended left its core dump. The kernel tells only the parent, by a bit of the exit status that Node does not
 * pass on; so the file is looked for where the system writes it. Whether the limit of core dumps allowed it needs no look: the file shows it.
 */
import { lstatSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { errnoOf } from '../base/errors.js';

/** What decides about the names of core dumps. For tests. */
export interface CoreFiles {
  readonly pattern: string;
  readonly usesPid: string;
}

const SYSTEM: CoreFiles = { pattern: '/proc/sys/kernel/core_pattern', usesPid: '/proc/sys/kernel/core_uses_pid' };

/** Signals whose default is a core dump. */
const DUMPING: ReadonlySet<string> = new Set([
  'SIGQUIT',
  'SIGILL',
  'SIGABRT',
  'SIGFPE',
  'SIGSEGV',
  'SIGBUS',
  'SIGSYS',
  'SIGTRAP',
  'SIGXCPU',
  'SIGXFSZ',
]);

/** The times of files are those of the last tick, which may be this much behind the clock. */
const TICK_MS = 20;

/** A run that a signal has ended. */
export interface SignalledRun {
  readonly pid: number;
  readonly signal: string;
  /** The folder it was started in; one that it went to itself is not known. */
  readonly cwd: string;
  /** Wall time, milliseconds since 1970: what was written before is not its own. */
  readonly startedAt: number;
}

/**
 * Absolute path of the core dump of a run; null: there is none, or it cannot be known, as the system pipes core dumps to a program, or names a
 * folder after what only the kernel knows (anything but PID and signal).
 *
 * @throws the system's error when a folder is there and cannot be read (EMFILE).
 */
export function findCoreDump(run: SignalledRun, files: CoreFiles = SYSTEM): string | null {
  if (!DUMPING.has(run.signal)) return null;
  const pattern = settingOf(files.pattern);
  // "|program": piped to it; "@socket": sent there.
  if (pattern === '' || /^[|@]/.test(pattern)) return null;
  const isNumbered = settingOf(files.usesPid) === '1' && !pattern.includes('%p');
  const path = resolve(run.cwd, namesOf(isNumbered ? `${pattern}.%p` : pattern, run));
  const [folder, name] = [dirname(path), basename(path)];
  if (folder.includes(ANY)) return null;
  const found = name.includes(ANY) ? namesIn(folder).filter((one) => fits(one, name)) : [name];
  return found.map((one) => join(folder, one)).find((file) => isWrittenSince(file, run.startedAt)) ?? null;
}

/** Stands for any text; no path has it. */
const ANY = '\0';

/** core(5): the specifiers that are known here, and {@link ANY} for the others. */
const namesOf = (pattern: string, { pid }: SignalledRun): string =>
  pattern.replaceAll(/%(.?)/g, (_, letter: string) => (letter === 'p' ? String(pid) : letter === '%' ? '%' : letter === '' ? '' : ANY));

function fits(name: string, pattern: string): boolean {
  const parts = pattern.split(ANY).map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`, 's').test(name);
}

function isWrittenSince(file: string, time: number): boolean {
  try {
    const stat = lstatSync(file, { throwIfNoEntry: false });
    return stat !== undefined && stat.isFile() && stat.mtimeMs >= time - TICK_MS;
  } catch (error) {
    if (!['EACCES', 'ELOOP', 'ENAMETOOLONG'].includes(errnoOf(error) ?? '')) throw error;
    return false;
  }
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if (!['ENOENT', 'EACCES', 'ENOTDIR'].includes(errnoOf(error) ?? '')) throw error;
    return [];
  }
}

/** Empty where the system has no such setting. */
function settingOf(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (error) {
    if (!['ENOENT', 'EACCES'].includes(errnoOf(error) ?? '')) throw error;
    return '';
  }
}
