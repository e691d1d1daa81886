// @ts-check
/** Calls a method of an XML-RPC server on this machine. */
import { request as httpRequest } from 'node:http';
import { decodeResponse, encodeCall } from './xmlrpc.js';

/** @typedef {import('./xmlrpc-values.js').Value} Value */
/** Where a server is, and how to talk to it: `agent` keeps one connection over many calls.
 * @typedef {{ readonly port: number, readonly agent?: import('node:http').Agent, readonly signal?: AbortSignal }} Server */

/** There was no answer. `kind`: nobody listens ("refused"), the connection ended early ("lost"), or something else. */
export class NoAnswer extends Error {
  /** @override */
  name = 'NoAnswer';

  /**
   * @param {'refused' | 'lost' | 'other'} kind
   * @param {string} message
   * @param {ErrorOptions} [options]
   */
  constructor(kind, message, options) {
    super(message, options);
    this.kind = kind;
  }
}

/**
 * @param {Server} server
 * @param {string} method
 * @param {readonly Value[]} params
 * @returns {Promise<Value>} the result; waits for it as long as the server lives
 * @throws {Fault} the fault that the server reports, or when a parameter cannot be sent or the answer not be read
 * @throws {NoAnswer} when there is no answer
 */
export async function callMethod(server, method, params) {
  return decodeResponse(await post(server, encodeCall(method, params)));
}

/**
 * @param {Server} server
 * @param {string} body
 * @returns {Promise<Buffer>}
 */
function post(server, body) {
  const headers = { 'content-type': 'text/xml', 'content-length': Buffer.byteLength(body) };
  return new Promise((resolve, reject) => {
    const fail = (/** @type {Error} */ error) => reject(toNoAnswer(error));
    const request = httpRequest({ host: 'localhost', path: '/RPC2', method: 'POST', headers, ...server });
    request.on('error', fail);
    request.on('response', (response) => {
      /** @type {Buffer[]} */
      const chunks = [];
      response.on('error', fail);
      response.on('data', (/** @type {Buffer} */ chunk) => chunks.push(chunk));
      response.on('end', () => {
        if (response.statusCode === 200) resolve(Buffer.concat(chunks));
        else fail(new Error(`HTTP status ${response.statusCode}`));
      });
    });
    request.end(body);
  });
}

/**
 * @param {Error} error
 * @returns {NoAnswer}
 */
function toNoAnswer(error) {
  // "localhost" has an IPv4 and an IPv6 address; when neither answers, the error holds one error for each.
  const errors = error instanceof AggregateError ? error.errors : [error];
  const codes = new Set(errors.map((/** @type {NodeJS.ErrnoException} */ { code }) => code));
  if (codes.has('ECONNREFUSED')) return new NoAnswer('refused', 'Connection refused', { cause: error });
  if (codes.has('ECONNRESET') || codes.has('EPIPE')) return new NoAnswer('lost', 'Connection lost', { cause: error });
  return new NoAnswer('other', error.message, { cause: error });
}
