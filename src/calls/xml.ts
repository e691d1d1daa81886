/**
 * The part of XML that XML-RPC needs, in both directions; pure. Written here because a library for XML reads far more than that (and
 * therefore leniently), at ten times the size, and would still need every check below. Document types are refused, and with them entities of one's
 * own; attributes are read over, since XML-RPC gives them no meaning.
 */
import { shortened, Unreadable } from './answer.js';

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

/** A tag that has more than a name; without its "<". Names alone are nearly all there are, and are found without it. */
const TAG = /([A-Za-z_][\w:.-]*)(?:\s+[\w:.-]+\s*=\s*(?:"[^"<]*"|'[^'<]*'))*\s*(\/?)>/y;
const NAME = /^[A-Za-z_][\w:.-]*$/;

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
  for (let at = 0; at < text.length; ) {
    const next = text.indexOf('<', at);
    const end = next < 0 ? text.length : next;
    const inside = open.at(-1) ?? document;
    if (end > at) inside.text += unescapeXml(text.slice(at, end));
    at = end === text.length ? end : takeMarkup({ text, at: end, open, inside });
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

/** Where the reader is: at a "<". */
interface Place {
  readonly text: string;
  readonly at: number;
  /** The elements that are open, outermost first; the document itself is never closed. */
  readonly open: OpenElement[];
  /** The innermost of them. */
  readonly inside: OpenElement;
}

/** Takes a tag, a comment, a processing instruction or a CDATA section; returns where it ends. */
function takeMarkup(place: Place): number {
  const { text, at, inside } = place;
  switch (text[at + 1]) {
    case '/':
      return takeClose(place);
    case '?':
      return endOf(place, '?>', at + 2);
    case '!': {
      if (text.startsWith('<!--', at)) return endOf(place, '-->', at + 4);
      if (!text.startsWith('<![CDATA[', at)) throw malformed(at);
      const end = endOf(place, ']]>', at + 9);
      inside.text += text.slice(at + 9, end - 3);
      return end;
    }
    default:
      return takeOpen(place);
  }
}

/** Behind the next `what`. */
function endOf({ text, at }: Place, what: string, from: number): number {
  const found = text.indexOf(what, from);
  if (found < 0) throw malformed(at);
  return found + what.length;
}

function takeClose(place: Place): number {
  const { text, at, open, inside } = place;
  const end = endOf(place, '>', at + 2);
  const name = text.slice(at + 2, end - 1).trimEnd();
  if (open.length === 1 || inside.name !== name) throw new Unreadable(`malformed XML: </${shortened(name)}> at character ${at}`);
  open.pop();
  return end;
}

function takeOpen(place: Place): number {
  const { open, inside } = place;
  const { name, isEmpty, end } = tagAt(place);
  const element = newElement(name);
  inside.children.push(element);
  if (!isEmpty && open.push(element) > MAX_DEPTH) throw new Unreadable('XML nested too deeply');
  return end;
}

function tagAt(place: Place): { readonly name: string; readonly isEmpty: boolean; readonly end: number } {
  const { text, at } = place;
  const end = endOf(place, '>', at + 1);
  const isClosed = text[end - 2] === '/';
  const plain = text.slice(at + 1, isClosed ? end - 2 : end - 1);
  if (NAME.test(plain)) return { name: plain, isEmpty: isClosed, end };
  TAG.lastIndex = at + 1;
  const [, name, slash] = TAG.exec(text) ?? [];
  if (name === undefined) throw malformed(at);
  return { name, isEmpty: slash === '/', end: TAG.lastIndex };
}

const malformed = (at: number): Unreadable => new Unreadable(`malformed XML at character ${at}`);

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
