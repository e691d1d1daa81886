// @ts-check
/** XML-RPC calls and responses as text: the same wire that Python's `xmlrpc.client` speaks. */
import { isUtf8 } from 'node:buffer';
import { escapeXml, parseXml } from './xml.js';
import { all, child, decodeValue, encodeValue, Fault } from './xmlrpc-values.js';

/** @typedef {import('./xmlrpc-values.js').Value} Value */
/** @typedef {{ readonly method: string, readonly params: readonly Value[] }} Call */

/**
 * @param {string} method
 * @param {readonly Value[]} params
 * @returns {string} the body of a request
 * @throws {Fault} when a value cannot be carried; XmlError when a string cannot
 */
export function encodeCall(method, params) {
  return `<?xml version='1.0'?>\n<methodCall>\n<methodName>${escapeXml(method)}</methodName>\n${encodeParams(params)}</methodCall>\n`;
}

/**
 * @param {Value} result
 * @returns {string} the body of a successful response
 * @throws {Fault} as {@link encodeCall}
 */
export function encodeResponse(result) {
  return `<?xml version='1.0'?>\n<methodResponse>\n${encodeParams([result])}</methodResponse>\n`;
}

/**
 * @param {Fault} fault
 * @returns {string} the body of a response that reports `fault`
 */
export function encodeFault(fault) {
  return `<?xml version='1.0'?>\n<methodResponse>\n<fault>\n${encodeValue(faultToValue(fault))}\n</fault>\n</methodResponse>\n`;
}

/**
 * @param {Fault} fault
 * @returns {Value} the struct in which a fault travels, also inside the results of system.multicall
 */
export function faultToValue(fault) {
  return { faultCode: BigInt(fault.code), faultString: fault.message };
}

/**
 * @param {Buffer} body
 * @returns {Call}
 * @throws {Fault} when the body is not a call; XmlError when it is not XML
 */
export function decodeCall(body) {
  const root = parseXml(toText(body));
  if (root.name !== 'methodCall') throw new Fault(`expected a methodCall, found <${root.name}>`);
  const method = child(root, 'methodName').text.trim();
  const params = root.children.find(({ name }) => name === 'params');
  return { method, params: params === undefined ? [] : all(params, 'param').map((param) => decodeValue(child(param, 'value'))) };
}

/**
 * @param {Buffer} body
 * @returns {Value} the result
 * @throws {Fault} the fault that the body reports, or one of our own when it is not a response; XmlError when it is not XML
 */
export function decodeResponse(body) {
  const root = parseXml(toText(body));
  if (root.name !== 'methodResponse') throw new Fault(`expected a methodResponse, found <${root.name}>`);
  const fault = root.children.find(({ name }) => name === 'fault');
  if (fault === undefined) return decodeValue(child(child(child(root, 'params'), 'param'), 'value'));
  const { faultCode, faultString } = /** @type {Record<string, Value>} */ (decodeValue(child(fault, 'value')));
  throw new Fault(String(faultString), Number(faultCode));
}

/**
 * @param {readonly Value[]} params
 * @returns {string}
 */
function encodeParams(params) {
  return `<params>\n${params.map((param) => `<param>\n${encodeValue(param)}\n</param>\n`).join('')}</params>\n`;
}

/**
 * @param {Buffer} body
 * @returns {string}
 */
function toText(body) {
  const encoding = /^<\?xml[^>]*?encoding\s*=\s*["']([\w-]+)["']/.exec(body.toString('latin1', 0, 200))?.[1] ?? 'utf-8';
  if (!['utf-8', 'us-ascii'].includes(encoding.toLowerCase())) throw new Fault(`encoding ${encoding} is not supported; send UTF-8`);
  if (!isUtf8(body)) throw new Fault('the message is not valid UTF-8');
  return body.toString('utf8');
}
