/** JSON-RPC 2.0 requests and responses as values. Pure. */
import { type Answer, type Call, errorAnswer, isTooDeep, type Json, shortened, Unreadable } from './answer.js';

/** A request as one line of JSON, without its newline. `id` is what its response is known by: no other request may have it. */
export const encodeRequest = ({ method, args }: Call, id: string): string => JSON.stringify({ jsonrpc: '2.0', id, method, params: args });

/**
 * What is said to the request of this id; undefined: nothing, so that it is not its response (its echo is none). The member `jsonrpc` is not asked for: many leave it out.
 *
 * @throws {@link Unreadable} when its error is none of JSON-RPC, or what it says is nested too deeply.
 */
export function decodeResponse(value: unknown, id: string): Answer | undefined {
  if (!isObject(value) || value['id'] !== id) return undefined;
  const { result, error } = value;
  if (isTooDeep(value)) throw new Unreadable('its values are nested too deeply');
  if (error !== undefined && error !== null) return errorOf(error);
  return result === undefined ? undefined : { kind: 'value', value: result };
}

/** Is it meant as what is said to the request of this id, whatever it says? The request's own echo is not. */
export const isResponse = (value: unknown, id: string): boolean => isObject(value) && value['id'] === id && value['method'] === undefined;

/** What a text is that should have been a response, and is none. */
export const noResponse = (text: string): Unreadable =>
  new Unreadable(`expected a response of JSON-RPC, found ${shortened(text) || 'nothing'}`);

/** An error that a server gives with the id null: it could not read the request. Undefined: it is none. */
export const decodeRefusal = (value: unknown): Answer | undefined =>
  isObject(value) && value['id'] === null && isObject(value['error']) ? errorOf(value['error']) : undefined;

function errorOf(error: Json): Answer {
  if (!isObject(error) || typeof error['message'] !== 'string')
    throw new Unreadable(`its error is none of JSON-RPC: ${shortened(JSON.stringify(error))}`);
  const { code, message, data = null } = error;
  return errorAnswer('fault', message, { code: typeof code === 'number' ? code : null, data });
}

const isObject = (value: unknown): value is { readonly [name: string]: Json } =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
