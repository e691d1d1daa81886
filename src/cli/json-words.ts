/** Words of a command line as values. Pure. */
import { usage } from './option-values.js';

/**
 * What a word means as an argument of a call: JSON where it is JSON (`5`, `true`, `'{"a": 1}'`, `'"5"'` for the text 5), else the text that it is.
 *
 * @throws {@link PortsupError} `USAGE` for a number that would not arrive as it is written.
 */
export function valueOfWord(word: string): unknown {
  const value = parsed(word);
  if (typeof value !== 'number') return value;
  const isWhole = /^-?\d+$/.test(word);
  if (Number.isFinite(value) && (!isWhole || Number.isSafeInteger(value))) return value;
  throw usage(`${word} is more than a number can be`, `as text it is '"${word}"'; XML-RPC also takes '{"$int": "${word}"}'`);
}

function parsed(word: string): unknown {
  try {
    return JSON.parse(word);
  } catch (error) {
    if (error instanceof SyntaxError) return word;
    throw error;
  }
}
