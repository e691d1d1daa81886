/**
 * XML-RPC's values as JSON, in both directions; pure. XML-RPC has types that JSON has not. Each is an object with one member, whose name says what it is:
 * `{"$date": "2026-11-20T18:39:47"}`, `{"$base64": "aGVsbG8="}`, and where a number would not do, `{"$double": 5}` (5 alone is an integer) and
 * `{"$int": "9223372036854775807"}` (beyond what a JavaScript number holds exactly).
 */
import { PortsupError } from '../base/errors.js';
import { type Json, MAX_DEPTH, shortened, Unreadable } from './answer.js';
import { type Element, escapeXml } from './xml.js';

const MIN_INT = -(2 ** 31);
const MAX_INT = 2 ** 31 - 1;
const MIN_LONG = -(2n ** 63n);
const MAX_LONG = 2n ** 63n - 1n;

const INTEGER = /^[+-]?\d{1,32}$/;
/** So many digits are beyond what a number holds exactly. */
const MOST_SAFE_DIGITS = 16;
/** No digit may belong to two parts of it: what is none would take a time that grows with the square of its length. */
const DOUBLE = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/;
/** With or without dashes; what comes after the seconds (a fraction, a zone) is no part of XML-RPC, but common. */
const DATE = /^(\d{4})-?(\d\d)-?(\d\d)T(\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d)?)$/;
const BASE64 = /^(?:[A-Za-z\d+/]{4})*(?:[A-Za-z\d+/]{2}==|[A-Za-z\d+/]{3}=)?$/;

/**
 * A value as XML. Integers of up to 32 bits are `<int>`, of up to 64 `<i8>`, null is `<nil/>`: what many know though it is not in the standard.
 *
 * @param value - not too deep, see `isTooDeep`.
 * @throws {@link PortsupError} `USAGE` for what XML-RPC cannot carry.
 */
export const encodeValue = (value: Json): string => `<value>${encodeTyped(value)}</value>`;

/**
 * What a `<value>` holds; text without a type is a string.
 *
 * @throws {@link Unreadable} when it is of an unknown type, or its text is not of its type.
 */
export function decodeValue(value: Element, depth = 0): Json {
  if (depth > MAX_DEPTH) throw new Unreadable(`its values are nested deeper than ${MAX_DEPTH}`);
  const [typed, second] = value.children;
  if (typed === undefined) return value.text;
  if (second !== undefined || value.text.trim() !== '') throw new Unreadable('a <value> holds more than one value');
  switch (typed.name.replace(/^ex:/, '')) {
    case 'int':
    case 'i1':
    case 'i2':
    case 'i4':
    case 'i8':
      return decodeInteger(scalar(typed, INTEGER));
    case 'boolean':
      return scalar(typed, /^[01]$/) === '1';
    case 'double':
      return Number(scalar(typed, DOUBLE));
    case 'string':
      if (typed.children.length > 0) throw new Unreadable('a <string> holds an element');
      return typed.text;
    case 'dateTime.iso8601':
      return { $date: scalar(typed, DATE).replace(DATE, '$1-$2-$3T$4') };
    case 'base64':
      return { $base64: decodeBase64(typed) };
    case 'nil':
      scalar(typed, /^$/);
      return null;
    case 'array':
      return all(child(typed, 'data'), 'value').map((one) => decodeValue(one, depth + 1));
    case 'struct':
      return decodeStruct(typed, depth);
    default:
      throw new Unreadable(`values of type <${shortened(typed.name)}> are not known`);
  }
}

/** The only child of that name. @throws {@link Unreadable} when there is none, or more than one. */
export function child(parent: Element, name: string): Element {
  const [found, second] = parent.children.filter((element) => element.name === name);
  if (found === undefined || second !== undefined) throw new Unreadable(`<${parent.name}> must hold one <${name}>`);
  return found;
}

/** The children, which must all have that name. @throws {@link Unreadable} when one has another. */
function all(parent: Element, name: string): readonly Element[] {
  const stranger = parent.children.find((element) => element.name !== name);
  if (stranger !== undefined) throw new Unreadable(`<${parent.name}> holds <${shortened(stranger.name)}> where <${name}> was expected`);
  return parent.children;
}

function encodeTyped(value: Json): string {
  if (value === null) return '<nil/>';
  if (typeof value === 'number') return encodeNumber(value);
  if (typeof value === 'boolean') return `<boolean>${value ? 1 : 0}</boolean>`;
  if (typeof value === 'string') return `<string>${escaped(value)}</string>`;
  if (isList(value)) return `<array><data>${value.map(encodeValue).join('')}</data></array>`;
  const special = encodeSpecial(value);
  if (special !== undefined) return special;
  const members = Object.entries(value).map(([name, member]) => `<member><name>${escaped(name)}</name>${encodeValue(member)}</member>`);
  return `<struct>${members.join('')}</struct>`;
}

function encodeNumber(value: number): string {
  if (!Number.isSafeInteger(value)) return encodeDouble(value);
  return value < MIN_INT || value > MAX_INT ? `<i8>${value}</i8>` : `<int>${value}</int>`;
}

function encodeDouble(value: number): string {
  if (!Number.isFinite(value)) throw refused('a number is infinite, or none');
  return `<double>${Number.isInteger(value) && Math.abs(value) < 1e21 ? value.toFixed(1) : value}</double>`;
}

/** The types that JSON has not; undefined: an object like any other. */
function encodeSpecial(value: { readonly [name: string]: Json }): string | undefined {
  const [[name, content] = ['', null], second] = Object.entries(value);
  if (second !== undefined) return undefined;
  switch (name) {
    case '$date':
      return `<dateTime.iso8601>${textLike(name, content, DATE).replace(DATE, '$1$2$3T$4')}</dateTime.iso8601>`;
    case '$base64':
      return `<base64>${textLike(name, content, BASE64)}</base64>`;
    case '$int':
      return encodeLong(BigInt(textLike(name, content, INTEGER).replace('+', '')));
    case '$double':
      if (typeof content !== 'number') throw refused('{"$double"} holds no number');
      return encodeDouble(content);
    default:
      return undefined;
  }
}

function encodeLong(value: bigint): string {
  if (value < MIN_LONG || value > MAX_LONG) throw refused(`${value} has more than 64 bits`);
  return value < MIN_INT || value > MAX_INT ? `<i8>${value}</i8>` : `<int>${value}</int>`;
}

function textLike(name: string, content: Json, form: RegExp): string {
  if (typeof content !== 'string' || !form.test(content)) throw refused(`{"${name}"} holds ${shortened(JSON.stringify(content))}`);
  return content;
}

function escaped(text: string): string {
  const safe = escapeXml(text);
  if (safe === undefined) throw refused('a string holds a character that XML cannot carry');
  return safe;
}

function decodeInteger(text: string): Json {
  // Zero has no sign there.
  if (text.length < MOST_SAFE_DIGITS) return Number(text) + 0;
  const value = BigInt(text.replace('+', ''));
  if (value < MIN_LONG || value > MAX_LONG) throw new Unreadable(`an integer has more than 64 bits: ${text}`);
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : { $int: String(value) };
}

/** Lines of 76 characters are usual. */
function decodeBase64(element: Element): string {
  const text = element.text.replace(/\s+/g, '');
  if (element.children.length > 0 || !BASE64.test(text)) throw new Unreadable(`not a valid base64: "${shortened(text)}"`);
  return text;
}

const decodeStruct = (struct: Element, depth: number): Json =>
  // As own members, so that "__proto__" is one like any other.
  Object.fromEntries(all(struct, 'member').map((member) => [child(member, 'name').text, decodeValue(child(member, 'value'), depth + 1)]));

function scalar(element: Element, form: RegExp): string {
  const text = element.text.trim();
  if (element.children.length > 0 || !form.test(text)) throw new Unreadable(`not a valid ${shortened(element.name)}: "${shortened(text)}"`);
  return text;
}

const isList = (value: Json): value is readonly Json[] => Array.isArray(value);

const refused = (message: string): PortsupError =>
  new PortsupError('USAGE', `XML-RPC cannot carry this: ${message}`, 'see "Calls" in README.md for how each type is written');
