// @ts-check
/** The HTTP side of an XML-RPC server: finds the method that a request asks for and sends back what it returns. */
import { decodeCall, encodeFault, encodeResponse, faultToValue } from './xmlrpc.js';
import { encodeValue, Fault } from './xmlrpc-values.js';

/** @typedef {import('node:http').IncomingMessage} Request */
/** @typedef {import('node:http').ServerResponse} Response */
/** @typedef {import('./xmlrpc-values.js').Value} Value */
/** @typedef {import('./xmlrpc.js').Call} Call */
/** A method: the signal is aborted when the caller has gone before the answer.
 * @typedef {(params: readonly Value[], signal: AbortSignal) => Value | Promise<Value>} Method */
/** @typedef {ReadonlyMap<string, Method>} Methods */

/** Larger requests are refused with status 413; in bytes. A call of `add` takes about 200. */
const MAX_BODY_BYTES = 4 * 1024 * 1024;

/**
 * Makes the listener for a `node:http` server. Every failure of a call, and a body that is not a call, is answered with
 * fault 1, as Python's server does. `system.multicall` is there by itself; other `system` methods are not.
 *
 * @param {Methods} methods - by name
 * @returns {(request: Request, response: Response) => void}
 */
export function createRpcListener(methods) {
  return (request, response) => {
    const refusal = refusalOf(request);
    if (refusal !== undefined) return refuse(response, refusal);
    /** @type {Buffer[]} */
    const chunks = [];
    let bytes = 0;
    request.on('data', (/** @type {Buffer} */ chunk) => {
      bytes += chunk.length;
      if (bytes <= MAX_BODY_BYTES) chunks.push(chunk);
      else if (!response.headersSent) refuse(response, [413, TOO_LARGE]);
    });
    request.on('end', () => {
      // Not awaited: `respond` turns every failure into an answer and never rejects.
      if (bytes <= MAX_BODY_BYTES) void respond(response, methods, Buffer.concat(chunks));
    });
  };
}

const TOO_LARGE = `a request is limited to ${MAX_BODY_BYTES} bytes`;

/**
 * @param {Request} request
 * @returns {readonly [status: number, text: string] | undefined}
 */
function refusalOf({ method, url, headers }) {
  if (url !== '/' && url !== '/RPC2') return [404, 'no such page; XML-RPC is at / and /RPC2'];
  if (method !== 'POST') return [405, `unsupported method ${method}; XML-RPC calls are sent by POST`];
  if ((headers['content-encoding'] ?? 'identity') !== 'identity') return [415, 'compressed requests are not supported'];
  if (Number(headers['content-length'] ?? 0) > MAX_BODY_BYTES) return [413, TOO_LARGE];
  return undefined;
}

/**
 * @param {Response} response
 * @param {readonly [status: number, text: string]} refusal
 */
function refuse(response, [status, text]) {
  // The rest of the body is read and thrown away by Node: a caller that is cut off while it sends would not see the answer.
  response.writeHead(status, { 'content-type': 'text/plain', ...(status === 405 ? { allow: 'POST' } : {}) });
  response.end(`${text}\n`);
}

/**
 * @param {Response} response
 * @param {Methods} methods
 * @param {Buffer} body
 */
async function respond(response, methods, body) {
  const gone = new AbortController();
  response.on('close', () => gone.abort());
  const text = await answer(body, methods, gone.signal);
  if (response.destroyed) return;
  response.writeHead(200, { 'content-type': 'text/xml', 'content-length': Buffer.byteLength(text) });
  response.end(text);
}

/**
 * @param {Buffer} body
 * @param {Methods} methods
 * @param {AbortSignal} signal
 * @returns {Promise<string>}
 */
async function answer(body, methods, signal) {
  try {
    const call = decodeCall(body);
    if (call.method !== 'system.multicall') return encodeResponse(await invoke(call, methods, signal));
    return encodeResponse(await multicall(call.params, methods, signal));
  } catch (error) {
    return encodeFault(toFault(error));
  }
}

/**
 * @param {Call} call
 * @param {Methods} methods
 * @param {AbortSignal} signal
 * @returns {Promise<Value>}
 */
async function invoke({ method, params }, methods, signal) {
  const implementation = methods.get(method);
  if (implementation === undefined) throw new Fault(`method "${method}" is not supported`);
  return implementation(params, signal);
}

/**
 * Several calls in one request, in order. A call that fails leaves a fault in its place, the others go on.
 *
 * @param {readonly Value[]} params - one array of `{methodName, params}`
 * @param {Methods} methods
 * @param {AbortSignal} signal
 * @returns {Promise<Value>} for each call the result in an array of one, or the struct of a fault
 */
async function multicall([calls], methods, signal) {
  if (!Array.isArray(calls)) throw new Fault('system.multicall takes one array of calls');
  /** @type {Value[]} */
  const results = [];
  for (const call of calls) {
    if (signal.aborted) break;
    try {
      const result = await invoke(toCall(call), methods, signal);
      encodeValue(result); // a result that cannot be sent is the fault of its own call, not of all
      results.push([result]);
    } catch (error) {
      results.push(faultToValue(toFault(error)));
    }
  }
  return results;
}

/**
 * @param {Value} value
 * @returns {Call}
 */
function toCall(value) {
  const { methodName, params } = /** @type {Record<string, Value | undefined>} */ (Object(value));
  if (typeof methodName !== 'string' || !Array.isArray(params)) {
    throw new Fault('each call of system.multicall takes a methodName and an array of params');
  }
  if (methodName === 'system.multicall') throw new Fault('system.multicall cannot hold another');
  return { method: methodName, params };
}

/**
 * @param {unknown} error
 * @returns {Fault}
 */
function toFault(error) {
  if (error instanceof Fault) return error;
  return new Fault(error instanceof Error ? error.message : String(error));
}
