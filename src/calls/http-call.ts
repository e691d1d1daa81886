/** Calls over HTTP: XML-RPC, JSON-RPC 2.0, and plain. */
import { randomUUID } from 'node:crypto';
import { PortsupError } from '../base/errors.js';
import { type Answer, type Call, errorAnswer, isTooDeep, type Json, shortened, Unreadable } from './answer.js';
import * as jsonrpc from './jsonrpc.js';
import { type Posted, post } from './post.js';
import * as xmlrpc from './xmlrpc.js';

/** How and where. */
export interface HttpTarget {
  readonly by: 'xmlrpc' | 'jsonrpc' | 'http';
  /** Absolute, http: or https:. */
  readonly url: string;
}

/**
 * Makes one call. A connection that fails is an answer, too (`connection`), as is everything that the other side does wrong. When `signal` aborts, the
 * connection is closed, and what this resolves with means nothing.
 *
 * @throws {@link PortsupError} `USAGE` for a call that cannot be made in this way.
 */
export async function callOverHttp(target: HttpTarget, call: Call, signal: AbortSignal): Promise<Answer> {
  const { posting, read } = PROTOCOLS[target.by](urlOf(target.url), call);
  const posted = await post(posting, signal);
  if (posted.kind === 'error') return posted;
  try {
    return read(posted);
  } catch (error) {
    if (error instanceof Unreadable) return errorAnswer('unreadable', `its answer cannot be read: ${error.message}`);
    throw error;
  }
}

interface Exchange {
  readonly posting: Parameters<typeof post>[0];
  readonly read: (posted: Posted) => Answer;
}

const PROTOCOLS: Readonly<Record<HttpTarget['by'], (url: URL, call: Call) => Exchange>> = {
  xmlrpc: (url, call) => ({
    posting: { url, body: xmlrpc.encodeCall(call), type: 'text/xml' },
    read: (posted) => (isGood(posted) ? xmlrpc.decodeResponse(textOf(posted.body, xmlrpc.encodingOf)) : statusAnswer(posted)),
  }),
  jsonrpc: (url, call) => {
    const id = randomUUID();
    return {
      posting: { url, body: jsonrpc.encodeRequest(call, id), type: 'application/json' },
      read: (posted) => readJsonRpc(posted, id),
    };
  },
  http: (url, call) => ({
    posting: { url: methodUrl(url, call.method), body: JSON.stringify(call.args), type: 'application/json' },
    read: (posted) => (isGood(posted) ? { kind: 'value', value: valueOf(textOf(posted.body)) } : statusAnswer(posted)),
  }),
};

/** Some answer an error with a status of its own; what they say about it counts for more. */
function readJsonRpc(posted: Posted, id: string): Answer {
  const value = parsed(isGood(posted) ? textOf(posted.body) : posted.body.toString());
  const answer = jsonrpc.decodeResponse(value, id) ?? jsonrpc.decodeRefusal(value);
  if (answer) return answer;
  if (!isGood(posted)) return statusAnswer(posted);
  throw jsonrpc.noResponse(posted.body.toString());
}

/** The method is the end of the path: `user/rename` below `http://localhost:3000/api` is /api/user/rename. */
function methodUrl(base: URL, method: string): URL {
  const segments = method.split('/');
  if (segments.some((segment) => segment === '' || segment === '.' || segment === '..'))
    throw new PortsupError(
      'USAGE',
      `"${method}" is no method of a service that is called by "http"`,
      'it is what comes after the URL: "rename", "user/rename"',
    );
  const url = new URL(base);
  url.pathname = `${base.pathname.replace(/\/$/, '')}/${segments.map(encodeURIComponent).join('/')}`;
  return url;
}

function urlOf(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol === 'http:' || url?.protocol === 'https:') return url;
  throw new PortsupError('USAGE', `"${text}" is no address of a service`, 'its "call" wants one like http://localhost:8000');
}

const isGood = ({ status }: Posted): boolean => status >= 200 && status < 300;

function statusAnswer({ status, statusText, body }: Posted): Answer {
  const text = body.toString();
  const said = shortened(text);
  const data: Json = text.trim() === '' ? null : valueOf(text);
  return errorAnswer('status', `HTTP ${status}${statusText === '' ? '' : ` ${statusText}`}${said === '' ? '' : `: ${said}`}`, {
    code: status,
    data,
  });
}

/** JSON where it is JSON, nothing where there is nothing, else text. */
function valueOf(text: string): Json {
  if (text.trim() === '') return null;
  const value = parsed(text);
  if (isTooDeep(value)) throw new Unreadable('its values are nested too deeply');
  return value === undefined ? text : (value as Json);
}

/** Undefined: it is no JSON. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

const KNOWN_ENCODINGS: ReadonlySet<string> = new Set(['utf-8', 'us-ascii', 'iso-8859-1']);

function textOf(body: Buffer, encodingOf: (beginning: string) => string = () => 'utf-8'): string {
  const encoding = encodingOf(body.toString('latin1', 0, 200)).toLowerCase();
  if (!KNOWN_ENCODINGS.has(encoding)) throw new Unreadable(`its encoding is ${encoding}; UTF-8 was expected`);
  if (encoding === 'iso-8859-1') return body.toString('latin1');
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(body);
  } catch (error) {
    if (error instanceof TypeError) throw new Unreadable('it is not valid UTF-8');
    throw error;
  }
}
