/** XML-RPC's calls and responses as text: the same wire that Python's `xmlrpc.client` speaks. Pure. */
import { PortsupError } from '../base/errors.js';
import { type Answer, type Call, errorAnswer, type Json, Unreadable } from './answer.js';
import { escapeXml, parseXml } from './xml.js';
import { child, decodeValue, encodeValue } from './xmlrpc-values.js';

/**
 * The body of a request.
 *
 * @throws {@link PortsupError} `USAGE` for what XML-RPC cannot carry.
 */
export function encodeCall({ method, args }: Call): string {
  const name = escapeXml(method);
  if (name === undefined) throw new PortsupError('USAGE', 'the method has a character that XML cannot carry', 'check its name');
  const params = args.map((arg) => `<param>${encodeValue(arg)}</param>`).join('');
  return `<?xml version="1.0"?>\n<methodCall><methodName>${name}</methodName><params>${params}</params></methodCall>\n`;
}

/**
 * What a response says.
 *
 * @throws {@link Unreadable} when it is none.
 */
export function decodeResponse(text: string): Answer {
  const root = parseXml(text);
  if (root.name !== 'methodResponse') throw new Unreadable(`expected a methodResponse, found <${root.name}>`);
  const fault = root.children.find(({ name }) => name === 'fault');
  if (fault === undefined) return { kind: 'value', value: decodeValue(child(child(child(root, 'params'), 'param'), 'value')) };
  return faultOf(decodeValue(child(fault, 'value')));
}

/** The encoding that a document names; UTF-8 where it names none. */
export const encodingOf = (beginning: string): string => /^<\?xml[^>]*?encoding\s*=\s*["']([\w-]+)["']/.exec(beginning)?.[1] ?? 'utf-8';

function faultOf(value: Json): Answer {
  if (typeof value !== 'object' || value === null || !('faultCode' in value) || !('faultString' in value))
    throw new Unreadable('its fault has no faultCode and faultString');
  const { faultCode, faultString } = value;
  if (typeof faultCode !== 'number' || typeof faultString !== 'string') throw new Unreadable('its fault is none of XML-RPC');
  return errorAnswer('fault', faultString, { code: faultCode });
}
