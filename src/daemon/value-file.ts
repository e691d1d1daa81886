import { PortsupError } from '../base/errors.js';
import { readSmallFile } from '../base/read-small-file.js';

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
  const found = readSmallFile(file, MOST_BYTES);
  switch (found.is) {
    case 'text':
      // A variable is a text to Node: other bytes would become others, and a password a wrong one.
      if (!found.isUtf8) throw refusal(variable, file, 'it holds bytes that are no UTF-8');
      return found.text;
    case 'missing':
      throw refusal(variable, file, 'it is not there');
    case 'no-file':
      throw refusal(variable, file, 'it is no file');
    case 'too-large':
      throw refusal(variable, file, `it has more than the ${MOST_BYTES} bytes that a variable can have`);
    case 'unreadable':
      throw refusal(variable, file, found.errno);
    default:
      return found satisfies never;
  }
}

const refusal = (variable: string, file: string, why: string): PortsupError =>
  new PortsupError('START_FAILED', `cannot read the value of ${variable} from ${file}: ${why}`, 'see "env" in its configuration');
