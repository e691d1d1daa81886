/**
 * The part of XML that XML-RPC needs, in both directions; pure. Written here because a library for XML reads far more than that (and
 * therefore leniently), at ten times the size, and would still need every check below. Document types are refused, and with them entities of one's
 * own; attributes are read over, since XML-RPC gives them no meaning.
 */
import { Unreadable } from './answer.js';

/** An element: its text is that of all text nodes and CDATA sections directly inside it, joined. */
export interface Element {
  readonly name: string;
  readonly children: readonly Element[];
  readonly text: string;
}

interface OpenElement extends Element {
  readonly children: OpenElement[];
  text: string;
}

/** Deep enough for any sensible value, and far from the depth at which recursion over the tree would exhaust the stack. */
const MAX_DEPTH = 400;

const ATTRIBUTES = String.raw`(?:\s+[\w:.-]+\s*=\s*(?:"[^"<]*"|'[^'<]*'))*`;
const TOKEN = new RegExp(
  [
    String.raw`<!--[\s\S]*?-->`,
    String.raw`<\?[\s\S]*?\?>`,
    String.raw`<!\[CDATA\[(?<cdata>[\s\S]*?)\]\]>`,
    String.raw`<\/(?<close>[\w:.-]+)\s*>`,
    String.raw`<(?<open>[A-Za-z_][\w:.-]*)${ATTRIBUTES}\s*(?<empty>\/?)>`,
    String.raw`(?<text>[^<]+)`,
  ].join('|'),
  'y',
);

// Control characters, lone halves of surrogate pairs and two non-characters have no place in an XML document, not even escaped.
const FORBIDDEN = /[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/u;

const NAMED: ReadonlyMap<string, string> = new Map([
  ['lt', '<'],
  ['gt', '>'],
  ['amp', '&'],
  ['quot', '"'],
  ['apos', "'"],
]);

/**
 * The root element of a document.
 *
 * @throws {@link Unreadable} when it is not well-formed, has a document type, or is nested deeper than 400 elements.
 */
export function parseXml(source: string): Element {
  const text = source.replace(/^\uFEFF/, '').replace(/\r\n?/g, '\n');
  if (FORBIDDEN.test(text)) throw new Unreadable('it holds a character that XML does not allow');
  const document = newElement('');
  const open = [document];
  for (let at = 0; at < text.length; at = TOKEN.lastIndex) {
    TOKEN.lastIndex = at;
    const token = TOKEN.exec(text)?.groups;
    if (token === undefined) throw new Unreadable(`malformed XML at character ${at}`);
    take(open, token, at);
  }
  const [root, second] = document.children;
  if (open.length > 1 || root === undefined || second !== undefined || document.text.trim() !== '') {
    throw new Unreadable('malformed XML: not one whole root element');
  }
  return root;
}

/** Makes a text safe to stand between two tags; undefined when it holds a character that XML cannot carry (control characters, half a surrogate pair). */
export function escapeXml(text: string): string | undefined {
  if (FORBIDDEN.test(text)) return undefined;
  // A bare carriage return would reach the other side as a line feed.
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('\r', '&#13;');
}

/** `open`: the elements that are open, outermost first; the document itself is never closed. */
function take(open: OpenElement[], token: Readonly<Record<string, string | undefined>>, at: number): void {
  const inside = open.at(-1) ?? newElement('');
  if (token['open'] !== undefined) {
    const element = newElement(token['open']);
    inside.children.push(element);
    if (token['empty'] === '/') return;
    if (open.push(element) > MAX_DEPTH) throw new Unreadable('XML nested too deeply');
  } else if (token['close'] !== undefined) {
    if (open.length === 1 || inside.name !== token['close']) throw new Unreadable(`malformed XML: </${token['close']}> at character ${at}`);
    open.pop();
  } else {
    inside.text += token['cdata'] ?? unescapeXml(token['text'] ?? '');
  }
}

function unescapeXml(text: string): string {
  if (!text.includes('&')) return text;
  return text.replace(/&[^;&]{0,10};?/g, (reference) => {
    const [, hex, decimal, named = ''] = /^&(?:#x([\da-fA-F]{1,6})|#(\d{1,7})|(\w{1,8}));$/.exec(reference) ?? [];
    const character = hex === undefined && decimal === undefined ? NAMED.get(named) : fromCodePoint(hex, decimal);
    if (character === undefined || FORBIDDEN.test(character)) throw new Unreadable(`malformed XML: unknown reference ${reference}`);
    return character;
  });
}

function fromCodePoint(hex: string | undefined, decimal: string | undefined): string | undefined {
  const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
  return code <= 0x10_ff_ff ? String.fromCodePoint(code) : undefined;
}

const newElement = (name: string): OpenElement => ({ name, children: [], text: '' });
