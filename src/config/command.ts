import { variableEnd } from './interpolate.js';

/** The words of a command line, or what is wrong with it: `found X, expected Y`. */
export type SplitCommand =
  | { readonly ok: true; readonly words: readonly string[] }
  | { readonly ok: false; readonly found: string; readonly expected: string };

const SPACE = /\s/;
/** What a backslash can take the meaning from between double quotes (POSIX shell, 2.2.3). */
const ESCAPABLE_IN_QUOTES = new Set(['"', '\\', '$', '`']);

/**
 * Splits a command line into words by the rules of a POSIX shell for spaces, quotes and backslashes, and by no
 * other: `*`, `~`, `|`, `&`, `;`, `<`, `>`, `#` are plain characters, because no shell reads the line. Variables (`${NAME:-a b}`) are
 * never split, so that whatever their values hold stays one word; they are for `interpolate` to put in, and a `$` behind a backslash
 * becomes `$$` for it.
 */
export function splitCommand(line: string): SplitCommand {
  const words: string[] = [];
  let index = 0;
  while (index < line.length) {
    if (SPACE.test(line.charAt(index))) {
      index += 1;
      continue;
    }
    const word = readWord(line, index);
    if (typeof word === 'string') return { ok: false, found: word, expected: 'quotes in pairs and a character after each backslash' };
    if (word.text !== undefined) words.push(word.text);
    index = word.end;
  }
  return { ok: true, words };
}

interface Word {
  /** Undefined when there was nothing but a continued line. */
  readonly text: string | undefined;
  readonly end: number;
}

/** The word that begins at `start`; a string says why there is none. */
function readWord(line: string, start: number): Word | string {
  let text: string | undefined;
  let index = start;
  while (index < line.length && !SPACE.test(line.charAt(index))) {
    const char = line.charAt(index);
    const variable = variableEnd(line, index);
    if (variable > index) {
      text = (text ?? '') + line.slice(index, variable);
      index = variable;
    } else if (char === "'" || char === '"') {
      const quoted = char === "'" ? readSingle(line, index) : readDouble(line, index);
      if (quoted === undefined) return `an unclosed ${char === "'" ? 'single' : 'double'} quote at character ${index + 1}`;
      text = (text ?? '') + (quoted.text ?? '');
      index = quoted.end;
    } else if (char === '\\') {
      if (index + 1 === line.length) return 'a backslash at the end';
      const next = line.charAt(index + 1);
      if (next !== '\n') text = (text ?? '') + literal(next);
      index += 2;
    } else {
      text = (text ?? '') + char;
      index += 1;
    }
  }
  return { text, end: index };
}

/** A character that means itself, as `interpolate` reads it. */
const literal = (char: string): string => (char === '$' ? '$$' : char);

function readSingle(line: string, start: number): Word | undefined {
  const close = line.indexOf("'", start + 1);
  return close === -1 ? undefined : { text: line.slice(start + 1, close), end: close + 1 };
}

function readDouble(line: string, start: number): Word | undefined {
  let text = '';
  for (let index = start + 1; index < line.length; index += 1) {
    const char = line.charAt(index);
    if (char === '"') return { text, end: index + 1 };
    const next = line.charAt(index + 1);
    const variable = variableEnd(line, index);
    if (variable > index) {
      text += line.slice(index, variable);
      index = variable - 1;
    } else if (char === '\\' && (ESCAPABLE_IN_QUOTES.has(next) || next === '\n')) {
      if (next !== '\n') text += literal(next);
      index += 1;
    } else {
      text += char;
    }
  }
  return undefined;
}
