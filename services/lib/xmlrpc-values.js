// @ts-check
/**
 * XML-RPC values as XML, in both directions.
 *
 * XML-RPC tells integers from floating point numbers, JavaScript's `number` does not: an `<int>` is a `bigint` here, and
 * a `<double>` is a `number`. Sums of integers are therefore exact, and refused at the border when they do not fit.
 */
import { escapeXml } from './xml.js';

/** @typedef {import('./xml.js').Element} Element */
/** @typedef {bigint | number | boolean | string | readonly Value[] | { readonly [member: string]: Value }} Value */

/** A failure that is reported to the other side, or was reported by it. */
export class Fault extends Error {
  /** @override */
  name = 'Fault';

  /**
   * @param {string} message - the faultString
   * @param {number} [code] - the faultCode; default 1, which is what Python's server gives every exception
   */
  constructor(message, code = 1) {
    super(message);
    this.code = code;
  }
}

const MIN_INT = -(2n ** 31n);
const MAX_INT = 2n ** 31n - 1n;

/**
 * @param {Value} value
 * @returns {string} the value as XML
 * @throws {Fault} for an integer beyond 32 bit, infinity and NaN, and for null; XmlError for a string that XML cannot carry
 */
export function encodeValue(value) {
  return `<value>${encodeTyped(value)}</value>`;
}

/**
 * @param {Element} value - a `<value>`
 * @returns {Value} what it holds; text without a type is a string
 * @throws {Fault} when it is of an unknown type, or its text is not of its type
 */
export function decodeValue(value) {
  const [typed, second] = value.children;
  if (typed === undefined) return value.text;
  if (second !== undefined || value.text.trim() !== '') throw new Fault('a <value> holds more than one value');
  switch (typed.name) {
    case 'int':
    case 'i4':
      return inRange(BigInt(scalar(typed, /^[+-]?\d{1,32}$/).replace('+', '')));
    case 'boolean':
      return scalar(typed, /^[01]$/) === '1';
    case 'double':
      return Number(scalar(typed, /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/));
    case 'string':
      if (typed.children.length > 0) throw new Fault('a <string> holds an element');
      return typed.text;
    case 'array':
      return all(child(typed, 'data'), 'value').map(decodeValue);
    case 'struct':
      return decodeStruct(typed);
    default:
      throw new Fault(`values of type <${typed.name}> are not supported`);
  }
}

/**
 * @param {Element} parent
 * @param {string} name
 * @returns {Element} the only child of that name
 * @throws {Fault} when there is none, or more than one
 */
export function child(parent, name) {
  const [found, second] = parent.children.filter((element) => element.name === name);
  if (found === undefined || second !== undefined) throw new Fault(`<${parent.name}> must hold one <${name}>`);
  return found;
}

/**
 * @param {Element} parent
 * @param {string} name
 * @returns {Element[]} the children, which must all have that name
 * @throws {Fault} when one has another
 */
export function all(parent, name) {
  const stranger = parent.children.find((element) => element.name !== name);
  if (stranger !== undefined) throw new Fault(`<${parent.name}> holds <${stranger.name}> where <${name}> was expected`);
  return parent.children;
}

/**
 * @param {Value} value
 * @returns {string}
 */
function encodeTyped(value) {
  if (typeof value === 'bigint') return `<int>${inRange(value)}</int>`;
  if (typeof value === 'number') return `<double>${encodeDouble(value)}</double>`;
  if (typeof value === 'boolean') return `<boolean>${value ? 1 : 0}</boolean>`;
  if (typeof value === 'string') return `<string>${escapeXml(value)}</string>`;
  if (value === null || typeof value !== 'object') throw new Fault('there is no value to send: nil is not supported');
  if (Array.isArray(value)) return `<array><data>${value.map(encodeValue).join('')}</data></array>`;
  const members = Object.entries(value).map(([name, member]) => `<member><name>${escapeXml(name)}</name>${encodeValue(member)}</member>`);
  return `<struct>${members.join('')}</struct>`;
}

/**
 * @param {number} value
 * @returns {string}
 */
function encodeDouble(value) {
  if (!Number.isFinite(value)) throw new Fault('double is infinite or not a number');
  return Object.is(value, -0) ? '-0.0' : String(value);
}

/**
 * @param {Element} struct
 * @returns {Value}
 */
function decodeStruct(struct) {
  /** @type {Record<string, Value>} */
  const members = Object.create(null); // without a prototype, "__proto__" is a member like any other
  for (const member of all(struct, 'member')) members[child(member, 'name').text] = decodeValue(child(member, 'value'));
  return members;
}

/**
 * @param {Element} element
 * @param {RegExp} form
 * @returns {string}
 */
function scalar(element, form) {
  const text = element.text.trim();
  if (element.children.length > 0 || !form.test(text)) throw new Fault(`not a valid ${element.name}: "${text.slice(0, 40)}"`);
  return text;
}

/**
 * @param {bigint} value
 * @returns {bigint}
 */
function inRange(value) {
  if (value < MIN_INT || value > MAX_INT) throw new Fault('int exceeds XML-RPC limits');
  return value;
}
