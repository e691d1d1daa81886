/**
 * Reads the plain ways of writing a configuration, fast: block mappings and lists, one-line flow collections, plain
 * and quoted scalars without escapes; and JSON. Whatever goes beyond that is left to the full reader
 * (`yaml-source.ts`), which gives the same value for all that is read here (a property test compares the two), and
 * which alone knows places: so a configuration with a problem is read by it again.
 *
 * Why: on a thousand services the full reader takes 60 to 150 ms, this one 5; and for the common small file `up`
 * need not even load the full one (11 ms).
 */
import { isMapping } from './path.js';
import { MAX_DEPTH } from './source.js';

/** The value of a simple text; undefined when it is not simple (which says nothing about whether it is right). */
export function readSimpleText(text: string): unknown {
  return text.startsWith('{') ? readSimpleJson(text) : readSimpleYaml(text);
}

interface Line {
  readonly indent: number;
  readonly text: string;
}

interface Lines {
  readonly all: readonly Line[];
  next: number;
}

const BLOCK_ENTRY = /^([A-Za-z_][A-Za-z0-9_-]*):(?: +(.*))?$/;
const QUOTED = /^(?:"([^"\\]*)"|'([^']*)') *(?: #.*)?$/;
/** Not text but null, a boolean in another spelling or a number in another form than 0 or 123: left to the full reader. */
const TYPED = /^(?:null|true|false|0[ox].*|[0-9.+-][0-9.e+-]*|[+-]?\.(?:inf|nan))$/i;

function readSimpleYaml(text: string): unknown {
  // No tabs, no carriage returns, no marks of the byte order: nothing whose meaning needs a second thought.
  if (/[^\n\x20-\x7e]/.test(text)) return undefined;
  const all: Line[] = [];
  for (const line of text.split('\n')) {
    const indent = line.search(/[^ ]/);
    if (indent !== -1 && line[indent] !== '#') all.push({ indent, text: line.slice(indent) });
  }
  const lines = { all, next: 0 };
  const value = all[0]?.indent === 0 ? readBlock(lines, 0, 0) : undefined;
  return lines.next === all.length ? value : undefined;
}

function readBlock(lines: Lines, indent: number, depth: number): unknown {
  if (depth >= MAX_DEPTH - 1) return undefined;
  return lines.all[lines.next]?.text.startsWith('- ') ? readList(lines, indent) : readMapping(lines, indent, depth);
}

function readMapping(lines: Lines, indent: number, depth: number): unknown {
  const entries = new Map<string, unknown>();
  for (let line = lines.all[lines.next]; line !== undefined && line.indent >= indent; line = lines.all[lines.next]) {
    const match = line.indent === indent ? BLOCK_ENTRY.exec(line.text) : null;
    const [, key = '', rest = ''] = match ?? [];
    if (match === null || TYPED.test(key) || entries.has(key)) return undefined;
    lines.next += 1;
    const value = rest === '' || rest.startsWith('#') ? readNested(lines, indent, depth) : readValue(rest);
    if (value === undefined) return undefined;
    entries.set(key, value);
  }
  return Object.fromEntries(entries);
}

/** "key:" with nothing behind it: its value stands below, deeper; nothing there means null, which is not simple. */
function readNested(lines: Lines, indent: number, depth: number): unknown {
  const next = lines.all[lines.next];
  return next !== undefined && next.indent > indent ? readBlock(lines, next.indent, depth + 1) : undefined;
}

function readList(lines: Lines, indent: number): unknown {
  const items: unknown[] = [];
  for (let line = lines.all[lines.next]; line !== undefined && line.indent >= indent; line = lines.all[lines.next]) {
    if (line.indent > indent || !line.text.startsWith('- ')) return undefined;
    lines.next += 1;
    const item = readValue(line.text.slice(2).trimStart());
    if (item === undefined) return undefined;
    items.push(item);
  }
  return items;
}

function readValue(text: string): unknown {
  if (text.startsWith('{') || text.startsWith('[')) return readFlow(text);
  if (text.startsWith('"') || text.startsWith("'")) {
    const match = QUOTED.exec(text);
    return match?.[1] ?? match?.[2];
  }
  const comment = text.indexOf(' #');
  const plain = (comment === -1 ? text : text.slice(0, comment)).trimEnd();
  const isOrdinary = /^[A-Za-z0-9./_$]/.test(plain) && !plain.includes(': ') && !plain.endsWith(':');
  return isOrdinary ? scalar(plain) : undefined;
}

function scalar(plain: string): unknown {
  if (plain === 'true' || plain === 'false') return plain === 'true';
  if (/^(?:0|[1-9][0-9]{0,14})$/.test(plain)) return Number(plain);
  return TYPED.test(plain) ? undefined : plain;
}

const FLOW_SCALAR = / *(?:"([^"\\]*)"|'([^']*)'|([A-Za-z0-9./_$](?:[A-Za-z0-9 ./_$=+@-]*[A-Za-z0-9./_$=+@-])?)) */y;
const FLOW_KEY = / *([A-Za-z_][A-Za-z0-9_-]*): /y;

/** A flow collection on one line. */
function readFlow(text: string): unknown {
  const cursor = { text, at: 0 };
  const value = readFlowValue(cursor, 0);
  return / *(?: #.*)?$/y.test(text.slice(cursor.at)) ? value : undefined;
}

interface Cursor {
  readonly text: string;
  at: number;
}

function readFlowValue(cursor: Cursor, depth: number): unknown {
  while (cursor.text[cursor.at] === ' ') cursor.at += 1;
  const open = cursor.text[cursor.at];
  if (depth > 8) return undefined;
  if (open === '{' || open === '[') {
    cursor.at += 1;
    return open === '{' ? readFlowMapping(cursor, depth) : readFlowList(cursor, depth);
  }
  const match = take(cursor, FLOW_SCALAR);
  return match?.[1] ?? match?.[2] ?? (match?.[3] === undefined ? undefined : scalar(match[3]));
}

function readFlowMapping(cursor: Cursor, depth: number): unknown {
  const entries = new Map<string, unknown>();
  for (;;) {
    const key = take(cursor, FLOW_KEY)?.[1];
    if (key === undefined || TYPED.test(key) || entries.has(key)) return undefined;
    const value = readFlowValue(cursor, depth + 1);
    if (value === undefined) return undefined;
    entries.set(key, value);
    const end = take(cursor, / *([,}])/y)?.[1];
    if (end !== ',') return end === '}' ? Object.fromEntries(entries) : undefined;
  }
}

function readFlowList(cursor: Cursor, depth: number): unknown {
  const items: unknown[] = [];
  for (;;) {
    const item = readFlowValue(cursor, depth + 1);
    if (item === undefined) return undefined;
    items.push(item);
    const end = take(cursor, / *([,\]])/y)?.[1];
    if (end !== ',') return end === ']' ? items : undefined;
  }
}

function take(cursor: Cursor, pattern: RegExp): RegExpExecArray | null {
  pattern.lastIndex = cursor.at;
  const match = pattern.exec(cursor.text);
  if (match !== null) cursor.at = pattern.lastIndex;
  return match;
}

/** JSON without keys that stand twice, and without numbers that are not written as `String` would write them. */
function readSimpleJson(text: string): unknown {
  let keys = 0;
  const outside = text.replace(/"(?:[^"\\]|\\.)*"(\s*:)?/g, (_whole, colon: string | undefined) => {
    if (colon !== undefined) keys += 1;
    return '';
  });
  if (/\d[.eE]|-0|\d{16}/.test(outside)) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return keysIn(value, 0) === keys ? value : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** How many keys a value holds, all levels; NaN when it is nested too deeply. */
function keysIn(value: unknown, depth: number): number {
  if (depth >= MAX_DEPTH - 1) return Number.NaN;
  const parts = Array.isArray(value) ? (value as unknown[]) : isMapping(value) ? Object.values(value) : [];
  return parts.reduce<number>((sum, part) => sum + keysIn(part, depth + 1), isMapping(value) ? parts.length : 0);
}
