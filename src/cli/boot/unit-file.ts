/** The file of a unit or plist: read, written whole, removed; and what is different in it. */
import { closeSync, fsyncSync, openSync, readFileSync, renameSync, rmSync, writeSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { errnoOf, messageOf, PortsupError } from '../../base/errors.js';
import { makeFolder } from '../../base/folders.js';
import { UNIT_MARK } from '../render/unit-mark.js';

/**
 * The text of a unit of ours; undefined when there is none.
 *
 * @throws PortsupError `FAILED` if somebody else wrote the file there, `NOT_PERMITTED` if it cannot be read.
 */
export function readOwn(file: string): string | undefined {
  const text = readIfThere(file);
  if (text === undefined || text.includes(UNIT_MARK)) return text;
  throw new PortsupError('FAILED', `${file} is there, but was not written by portsup`, 'move it away if it is not needed any more');
}

/** Is there a unit of ours? */
export const isOwn = (file: string): boolean => readIfThere(file)?.includes(UNIT_MARK) ?? false;

/**
 * Writes a text whole: whoever reads meanwhile, or after a power cut, finds the old one or the new one. Makes the folder.
 *
 * @throws PortsupError `NOT_PERMITTED` or `FAILED` with the system's error.
 */
export function writeWhole(file: string, text: string): void {
  // A dot in front: systemd takes no notice of it.
  const draft = `${dirname(file)}/.${basename(file)}.${process.pid}`;
  try {
    makeFolder(dirname(file));
    const fd = openSync(draft, 'w', 0o644);
    try {
      writeSync(fd, text);
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
    renameSync(draft, file);
  } catch (error) {
    rmSync(draft, { force: true });
    throw cannot(`cannot write ${file}`, error);
  }
}

/**
 * Removes a file that may be gone already.
 *
 * @throws PortsupError `NOT_PERMITTED` or `FAILED` with the system's error.
 */
export function remove(file: string): void {
  try {
    rmSync(file, { force: true });
  } catch (error) {
    throw cannot(`cannot remove ${file}`, error);
  }
}

/** The settings in which two texts differ: "ExecStart" of a unit, "ProgramArguments" of a plist; "comments" for the rest. */
export function differences(one: string, other: string): readonly string[] {
  const [ones, others] = [one.split('\n'), other.split('\n')];
  const lines = [...ones.filter((line) => !others.includes(line)), ...others.filter((line) => !ones.includes(line))];
  return [...new Set(lines.map((line) => /^\s*<key>(\w+)</.exec(line)?.[1] ?? /^(\w+)=/.exec(line)?.[1] ?? 'comments'))];
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === 'ENOENT' || errno === 'ENOTDIR') return undefined;
    throw cannot(`cannot read ${file}`, error);
  }
}

function cannot(what: string, error: unknown): PortsupError {
  const errno = errnoOf(error);
  const isRefused = errno === 'EACCES' || errno === 'EPERM' || errno === 'EROFS';
  return new PortsupError(isRefused ? 'NOT_PERMITTED' : 'FAILED', `${what} (${errno ?? messageOf(error)})`, 'look at its folder', {
    cause: error,
  });
}
