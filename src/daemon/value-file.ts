import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs';
import { errnoOf, PortsupError } from '../base/errors.js';

/** No variable is larger than this; Linux takes 128 KB for one. */
const MOST_BYTES = 128 * 1024;

/**
 * The values of variables of which each stands in a file of its own, without the line's end behind it (one).
 *
 * @param files - absolute paths by variable.
 * @throws {@link PortsupError} `START_FAILED` that says which file and why, never what is in it.
 */
export const readValues = (files: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(files).map(([variable, file]) => [variable, readValue(variable, file)]));

function readValue(variable: string, file: string): string {
  const value = readWhole(variable, file);
  if (value.includes('\0')) throw refusal(variable, file, 'it holds a NUL character');
  return value.replace(/\r?\n$/, '');
}

function readWhole(variable: string, file: string): string {
  let fd: number | null = null;
  try {
    // Not to wait for the writer of a named pipe: supervision waits for nobody.
    fd = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
    const stats = fstatSync(fd);
    if (!stats.isFile()) throw refusal(variable, file, 'it is no file');
    if (stats.size > MOST_BYTES)
      throw refusal(variable, file, `it has ${stats.size} bytes, more than the ${MOST_BYTES} that a variable can have`);
    return readFileSync(fd, 'utf8');
  } catch (error) {
    const errno = error instanceof PortsupError ? undefined : errnoOf(error);
    if (errno === undefined) throw error;
    throw refusal(variable, file, errno === 'ENOENT' ? 'it is not there' : errno);
  } finally {
    if (fd !== null) closeSync(fd);
  }
}

const refusal = (variable: string, file: string, why: string): PortsupError =>
  new PortsupError('START_FAILED', `cannot read the value of ${variable} from ${file}: ${why}`, 'see "env" in its configuration');
