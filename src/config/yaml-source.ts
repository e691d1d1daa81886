import { type Document, isAlias, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument, type YAMLError } from 'yaml';
import { messageOf } from '../base/errors.js';
import { excerptOf } from './excerpt.js';
import type { ConfigPath } from './path.js';
import { type ConfigSource, MAX_DEPTH, type Place, type SourceProblem } from './source.js';
import { KNOWN_WORDS, secretRanges } from './yaml-secrets.js';
import { offsetOf, sourceOf, type YamlValue, yamlValue } from './yaml-value.js';

const TOO_DEEP = `nested deeper than ${MAX_DEPTH} levels`;
/** Clearer words for what the parser says in its own. */
const SYNTAX: Readonly<Record<string, string>> = {
  MULTIPLE_DOCS: 'found a second document (---), expected one',
  RESOURCE_EXHAUSTION: TOO_DEEP,
  TAB_AS_INDENT: 'found a tab as indentation, expected spaces',
  BLOCK_AS_IMPLICIT_KEY: 'found a mapping on the line of a value, expected it indented below, or quotes around text that contains ": "',
};

/**
 * Reads YAML, or JSON, which is a part of YAML 1.2. Merge keys (`<<`) work. Never throws: what is wrong with the
 * text is listed in `problems`, and then `value` is undefined unless only keys and aliases are wrong.
 */
export function readYaml(text: string): ConfigSource {
  const lines = new LineCounter();
  const place = (offset: number): Place => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  };
  const document = parse(text, lines);
  if (typeof document === 'string') return unreadable([problem(document)]);
  const errors = [...document.errors, ...document.warnings];
  const excerpt = excerptOf(text, () => (errors.length > 0 ? { harmless: KNOWN_WORDS } : { ranges: secretRanges(document.contents) }));
  if (errors.length > 0) return { ...unreadable(syntaxProblems(errors, place)), excerpt };
  if (document.contents === null) return unreadable([problem('the file is empty, expected a mapping with services')]);
  return { ...sourceOfDocument(document.contents, place), excerpt };
}

/** The document, or why the parser could not even list what is wrong with the text. */
function parse(text: string, lineCounter: LineCounter): Document.Parsed | string {
  if (isBottomless(text)) return TOO_DEEP;
  try {
    // Keys that stand twice are found in yaml-value.ts, without comparing each key with each.
    return parseDocument(text, { lineCounter, prettyErrors: false, uniqueKeys: false });
  } catch (error) {
    // The parser descends with the nesting of the text; only a file made for that is deep enough to exhaust the stack.
    return error instanceof RangeError ? TOO_DEEP : `cannot be read: ${messageOf(error)}`;
  }
}

/** Far beyond what is allowed: V8 cannot always catch what the parser's recursion does to the stack (it aborts where it compiles an expression there). */
const HOPELESS_DEPTH = 5 * MAX_DEPTH;

/** Is this nested so deeply, by its brackets or its indentation, that it must not even be parsed? */
function isBottomless(text: string): boolean {
  let depth = 0;
  for (let at = 0; at < text.length; at += 1) {
    const char = text[at];
    if (char === '[' || char === '{') depth += 1;
    else if (char === ']' || char === '}') depth -= 1;
    if (depth > HOPELESS_DEPTH) return true;
  }
  return new RegExp(`^(?: {${HOPELESS_DEPTH}}|(?:[-?] ){${HOPELESS_DEPTH}})`, 'm').test(text);
}

function sourceOfDocument(top: Node, place: (offset: number) => Place): Omit<ConfigSource, 'excerpt'> {
  const converted = yamlValue(top);
  return {
    value: converted.value,
    problems: converted.problems.map(({ offset, message }) => ({ place: place(offset), path: [], message })),
    place: (path, at) => place(offsetAt(top, path, { at, converted })),
    written: (path) => {
      const node = follow(top, path, converted).node;
      return isScalar(node) && (typeof node.value === 'number' || typeof node.value === 'boolean') ? sourceOf(node) : undefined;
    },
  };
}

const unreadable = (problems: readonly SourceProblem[]): ConfigSource => ({
  value: undefined,
  problems,
  place: () => undefined,
  written: () => undefined,
  excerpt: () => [],
});

const problem = (message: string): SourceProblem => ({ place: { line: 1, column: 1 }, path: [], message });

/** The first error of each line; the others there mostly follow from it. */
function syntaxProblems(errors: readonly YAMLError[], place: (offset: number) => Place): readonly SourceProblem[] {
  const byLine = new Map<number, SourceProblem>();
  for (const { code, message, pos } of errors) {
    const at = place(pos[0]);
    if (!byLine.has(at.line)) byLine.set(at.line, { place: at, path: [], message: SYNTAX[code] ?? `not valid: ${withoutQuotes(message)}` });
  }
  return [...byLine.values()];
}

/** What the parser quotes of the text may be a secret. */
const withoutQuotes = (message: string): string => message.split(/[:\n\\]/, 1)[0]?.trim() ?? '';

/** Where a path stands: its value, or its key; a list item has no key of its own, and what is missing stands at its parent. */
function offsetAt(top: Node, path: ConfigPath, how: { readonly at: 'key' | 'value'; readonly converted: YamlValue }): number {
  const { node, key } = follow(top, path, how.converted);
  if (how.at === 'key' && key !== undefined) return offsetOf(key);
  // "key:" with nothing behind it: its null has no width; the key is easier to find.
  const isNothing = node === null || (isScalar(node) && node.value === null && (node.source ?? '') === '');
  return offsetOf(isNothing && key !== undefined ? key : node);
}

function follow(top: Node, path: ConfigPath, { entries, targets }: YamlValue): { readonly node: unknown; readonly key: unknown } {
  let node: unknown = top;
  let key: unknown;
  for (const part of path) {
    const target: unknown = isAlias(node) ? targets.get(node) : node;
    if (isMap(target)) {
      const pair = entries.get(target)?.get(String(part))?.pair;
      if (pair === undefined) break;
      key = pair.key;
      node = pair.value;
    } else if (isSeq(target) && typeof part === 'number') {
      key = undefined;
      node = target.items[part];
    } else {
      break;
    }
  }
  return { node: isAlias(node) ? targets.get(node) : node, key };
}
