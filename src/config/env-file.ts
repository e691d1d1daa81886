/**
 * Files of variables, `NAME=VALUE` a line. Not a library's reader: those drop a line that they do not understand without a word, and here
 * each one is told with its place. Pure.
 */
import type { Place } from './source.js';

/** One line that is no variable; it never says what stands there, which may be a secret. */
export interface EnvFileProblem {
  readonly place: Place;
  readonly message: string;
}

/** What a file of variables holds; of a name that stands twice the later value. */
export interface EnvFile {
  readonly variables: ReadonlyMap<string, string>;
  readonly problems: readonly EnvFileProblem[];
}

const LINE = /^[ \t]*(?:export[ \t]+)?([A-Za-z_][A-Za-z0-9_.-]*)[ \t]*=[ \t]*/;
const QUOTES = new Set(["'", '"', '`']);
const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', '"': '"', '\\': '\\', $: '$', '`': '`' };
const MISTAKES = {
  none: 'expected NAME=VALUE',
  open: 'a quote is never closed',
  behind: 'found something behind the closing quote',
} as const;

/**
 * Reads the text of such a file: empty lines and those that begin with `#` say nothing; `export` in front is passed over. A value without quotes ends
 * at the line's end or at a ` #`; between single quotes or backticks everything stands for itself, also line ends; between double quotes `\n`, `\r`,
 * `\t`, `\"`, `\\` and `\$` mean what they mean elsewhere. Nothing is put in for `$`.
 */
export function parseEnvFile(text: string): EnvFile {
  const variables = new Map<string, string>();
  const problems: EnvFileProblem[] = [];
  const lines = text.replace(/^\uFEFF/, '').split(/\r\n|\n/);
  for (let index = 0; index < lines.length; ) {
    const entry = entryAt(lines, index);
    if ('mistake' in entry) problems.push({ place: { line: index + 1, column: 1 }, message: MISTAKES[entry.mistake] });
    else if (entry.name !== '') variables.set(entry.name, entry.value);
    index = entry.next;
  }
  return { variables, problems };
}

/** `next`: the line after it. A name "" is a line that says nothing. */
type Entry =
  | { readonly name: string; readonly value: string; readonly next: number }
  | { readonly mistake: keyof typeof MISTAKES; readonly next: number };

function entryAt(lines: readonly string[], index: number): Entry {
  const line = lines[index] ?? '';
  const next = index + 1;
  if (/^[ \t]*(?:#|$)/.test(line)) return { name: '', value: '', next };
  const [head, name = ''] = LINE.exec(line) ?? [];
  if (head === undefined) return { mistake: 'none', next };
  const quote = line.charAt(head.length);
  if (QUOTES.has(quote)) return quotedEntry(lines, index, { name, start: head.length + 1, quote });
  const comment = line.slice(head.length - 1).search(/[ \t]#/);
  const plain = comment < 0 ? line.slice(head.length) : line.slice(head.length, head.length + comment);
  return { name, value: plain.trim(), next };
}

function quotedEntry(
  lines: readonly string[],
  index: number,
  { name, start, quote }: { readonly name: string; readonly start: number; readonly quote: string },
): Entry {
  const text = lines.slice(index).join('\n');
  let value = '';
  for (let at = start; at < text.length; at += 1) {
    const char = text.charAt(at);
    if (char === quote) {
      const next = index + text.slice(0, at).split('\n').length;
      const behind = text.slice(at + 1).split('\n', 1)[0] ?? '';
      return /^[ \t]*(?:#|$)/.test(behind) ? { name, value, next } : { mistake: 'behind', next };
    }
    const escaped = char === '\\' && quote === '"' ? ESCAPES[text.charAt(at + 1)] : undefined;
    value += escaped ?? char;
    if (escaped !== undefined) at += 1;
  }
  return { mistake: 'open', next: index + 1 };
}
