// @ts-check
/**
 * The part of XML that XML-RPC needs, in both directions. Document types are refused, and with them entities of one's
 * own; attributes are read over, since XML-RPC gives them no meaning.
 */

/** An element: its text is that of all text nodes and CDATA sections directly inside it, joined.
 * @typedef {{ readonly name: string, readonly children: Element[], text: string }} Element */

/** What was read is not well-formed XML, or is refused; the message says where. */
export class XmlError extends Error {
  /** @override */
  name = 'XmlError';
}

// Deep enough for any sensible value, and far from the depth at which recursion over the tree would exhaust the stack.
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

// Control characters, lone halves of surrogate pairs and two non-characters have no place in an XML document,
// not even escaped.
const FORBIDDEN = /[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/u;

const NAMED = new Map([
  ['lt', '<'],
  ['gt', '>'],
  ['amp', '&'],
  ['quot', '"'],
  ['apos', "'"],
]);

/**
 * Reads a document.
 *
 * @param {string} source - the whole document
 * @returns {Element} its root element
 * @throws {XmlError} when it is not well-formed, has a document type, or is nested deeper than 400 elements
 */
export function parseXml(source) {
  const text = source.replace(/^\uFEFF/, '').replace(/\r\n?/g, '\n');
  if (FORBIDDEN.test(text)) throw new XmlError('a character that XML does not allow');
  const document = newElement('');
  const open = [document];
  for (let at = 0; at < text.length; at = TOKEN.lastIndex) {
    TOKEN.lastIndex = at;
    const token = TOKEN.exec(text)?.groups;
    if (token === undefined) throw new XmlError(`malformed XML at character ${at}`);
    take(open, token, at);
  }
  const [root, second] = document.children;
  if (open.length > 1 || root === undefined || second !== undefined || document.text.trim() !== '') {
    throw new XmlError('malformed XML: not one whole root element');
  }
  return root;
}

/**
 * Makes a text safe to stand between two tags.
 *
 * @param {string} text
 * @returns {string}
 * @throws {XmlError} when the text holds a character that XML cannot carry (control characters, half a surrogate pair)
 */
export function escapeXml(text) {
  if (FORBIDDEN.test(text)) throw new XmlError('a string holds a character that XML cannot carry');
  // A bare carriage return would reach the other side as a line feed.
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('\r', '&#13;');
}

/**
 * @param {Element[]} open - the elements that are open, outermost first; the document itself is never closed
 * @param {Record<string, string | undefined>} token
 * @param {number} at
 */
function take(open, token, at) {
  const inside = /** @type {Element} */ (open.at(-1));
  if (token['open'] !== undefined) {
    const element = newElement(token['open']);
    inside.children.push(element);
    if (token['empty'] === '/') return;
    if (open.push(element) > MAX_DEPTH) throw new XmlError('XML nested too deeply');
  } else if (token['close'] !== undefined) {
    if (open.length === 1 || inside.name !== token['close']) throw new XmlError(`malformed XML: </${token['close']}> at character ${at}`);
    open.pop();
  } else {
    inside.text += token['cdata'] ?? unescapeXml(token['text'] ?? '');
  }
}

/**
 * @param {string} text
 * @returns {string}
 */
function unescapeXml(text) {
  return text.replace(/&(?:#x(?<hex>[\da-fA-F]{1,6});|#(?<decimal>\d{1,7});|(?<named>\w{1,8});)?/g, (...match) => {
    const { hex, decimal, named } = /** @type {Record<string, string | undefined>} */ (match.at(-1));
    const character = named === undefined ? fromCodePoint(hex, decimal) : NAMED.get(named);
    if (character === undefined || FORBIDDEN.test(character)) throw new XmlError(`malformed XML: unknown reference ${match[0]}`);
    return character;
  });
}

/**
 * @param {string | undefined} hex
 * @param {string | undefined} decimal
 * @returns {string | undefined}
 */
function fromCodePoint(hex, decimal) {
  const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
  return code <= 0x10_ff_ff ? String.fromCodePoint(code) : undefined;
}

/**
 * @param {string} name
 * @returns {Element}
 */
function newElement(name) {
  return { name, children: [], text: '' };
}
