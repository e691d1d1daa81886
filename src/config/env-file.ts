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

/** At the offset where a line begins. */
const LINE = /[ \t]*(?:export[ \t]+)?([A-Za-z_][A-Za-z0-9_.-]*)[ \t]*=[ \t]*/y;
/** Nothing more that counts on this line. */
const REST = /[ \t]*(?:#|\n|$)/y;
const QUOTES = new Set(["'", '"', '`']);
const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', '"': '"', '\\': '\\', $: '$', '`': '`' };
const MISTAKES = {
  none: 'expected NAME=VALUE',
  open: 'a quote is never closed',
  behind: 'found something behind the closing quote',
  nul: 'found a NUL character',
} as const;

/**
 * Reads the text of such a file: empty lines and those that begin with `#` say nothing; `export` in front is passed over. A value without quotes ends
 * at the line's end or at a ` #`; between single quotes or backticks everything stands for itself, also line ends; between double quotes `\n`, `\r`,
 * `\t`, `\"`, `\\` and `\$` mean what they mean elsewhere. Nothing is put in for `$`.
 */
export function parseEnvFile(text: string): EnvFile {
  const variables = new Map<string, string>();
  const problems: EnvFileProblem[] = [];
  const whole = text.replace(/^\uFEFF/, '').replaceAll('\r\n', '\n');
  let line = 1;
  for (let start = 0; start < whole.length; ) {
    const entry = checked(entryAt(whole, start), whole);
    if ('mistake' in entry) {
      const place = { line: line + lineEnds(whole, start, entry.at), column: 1 };
      problems.push({ place, message: MISTAKES[entry.mistake] });
    } else if (entry.name !== '') variables.set(entry.name, entry.value);
    line += lineEnds(whole, start, entry.next);
    start = entry.next;
  }
  return { variables, problems };
}

/** `next`: the offset of the line after it. A name "" is a line that says nothing. */
type Entry =
  | { readonly name: string; readonly value: string; readonly start: number; readonly next: number }
  | { readonly mistake: keyof typeof MISTAKES; readonly at: number; readonly next: number };

/** No program can be given a value with a NUL character. A name cannot hold one, so the first one behind the entry's start is in its value. */
function checked(entry: Entry, text: string): Entry {
  if ('mistake' in entry || !entry.value.includes('\0')) return entry;
  return { mistake: 'nul', at: text.indexOf('\0', entry.start), next: entry.next };
}

function entryAt(text: string, start: number): Entry {
  const next = lineAfter(text, start);
  if (isRest(text, start)) return { name: '', value: '', start, next };
  LINE.lastIndex = start;
  const [head, name = ''] = LINE.exec(text) ?? [];
  if (head === undefined) return { mistake: 'none', at: start, next };
  const from = start + head.length;
  const quote = text.charAt(from);
  if (QUOTES.has(quote)) return quotedEntry(text, { name, start, from: from + 1, quote });
  // What is behind the head is looked at with the character before it, which may be the space of a comment.
  const behind = text.slice(from - 1, next).replace(/\n$/, '');
  const comment = behind.search(/[ \t]#/);
  return { name, value: (comment < 0 ? behind.slice(1) : behind.slice(1, Math.max(1, comment))).trim(), start, next };
}

/** The value between quotes that begins at `from`. It is passed over once, however many lines it has. */
function quotedEntry(
  text: string,
  { name, start, from, quote }: { readonly name: string; readonly start: number; readonly from: number; readonly quote: string },
): Entry {
  const parts: string[] = [];
  let kept = from;
  for (let at = from; at < text.length; at += 1) {
    const char = text.charAt(at);
    if (char === quote) {
      const next = lineAfter(text, at);
      parts.push(text.slice(kept, at));
      return isRest(text, at + 1) ? { name, value: parts.join(''), start, next } : { mistake: 'behind', at: start, next };
    }
    const escaped = char === '\\' && quote === '"' ? ESCAPES[text.charAt(at + 1)] : undefined;
    if (escaped === undefined) continue;
    parts.push(text.slice(kept, at), escaped);
    at += 1;
    kept = at + 1;
  }
  return { mistake: 'open', at: start, next: lineAfter(text, start) };
}

function isRest(text: string, at: number): boolean {
  REST.lastIndex = at;
  return REST.test(text);
}

function lineAfter(text: string, at: number): number {
  const end = text.indexOf('\n', at);
  return end < 0 ? text.length : end + 1;
}

function lineEnds(text: string, from: number, to: number): number {
  let count = 0;
  for (let at = text.indexOf('\n', from); at >= 0 && at < to; at = text.indexOf('\n', at + 1)) count += 1;
  return count;
}
