/** One POST of HTTP/1.1 on a connection of its own, which is closed with its answer. */
import type { ClientRequest, IncomingMessage } from 'node:http';
import { connectionTrouble } from '../base/connection-trouble.js';
import { errnoOf } from '../base/errors.js';
import { accountHeader, withoutAccount } from '../base/url-account.js';
import { type ErrorAnswer, errorAnswer, MAX_ANSWER_BYTES } from './answer.js';

/** What is sent. */
export interface Posting {
  /** http: or https: */
  readonly url: URL;
  readonly body: string;
  /** Its content-type. */
  readonly type: string;
}

/** What has come, whatever its status. */
export interface Posted {
  readonly kind: 'posted';
  readonly status: number;
  readonly statusText: string;
  readonly body: Buffer;
}

/**
 * Posts, and reads the whole answer, of at most {@link MAX_ANSWER_BYTES}. Redirects are not followed. Never rejects for what the other side does.
 * When `signal` aborts, the connection is closed, and what this resolves with means nothing.
 */
export async function post({ url, type, ...posting }: Posting, signal: AbortSignal): Promise<Posted | ErrorAnswer> {
  // Loaded with the first call, as most daemons never make one.
  const { request } = url.protocol === 'https:' ? await import('node:https') : await import('node:http');
  const body = Buffer.from(posting.body);
  const headers = { 'content-type': type, 'content-length': body.length, accept: '*/*', connection: 'close', ...accountHeader(url) };
  if (signal.aborted) return GIVEN_UP;
  const sent = request(withoutAccount(url), { method: 'POST', headers, agent: false });
  sent.end(body);
  try {
    return await answered(sent, url, signal);
  } finally {
    sent.destroy();
  }
}

const GIVEN_UP = errorAnswer('connection', 'given up');

function answered(sent: ClientRequest, url: URL, signal: AbortSignal): Promise<Posted | ErrorAnswer> {
  return new Promise((resolve) => {
    const finish = (answer: Posted | ErrorAnswer): void => {
      signal.removeEventListener('abort', onAbort);
      resolve(answer);
    };
    const fail = (error: Error): void => finish(errorAnswer('connection', brokenBy(error, url)));
    const onAbort = (): void => finish(GIVEN_UP);
    signal.addEventListener('abort', onAbort);
    sent
      .on('error', fail)
      .on('upgrade', () => finish(errorAnswer('unreadable', 'it wants to speak something other than HTTP')))
      .on('response', (response) => read(response, finish, fail));
  });
}

function read(response: IncomingMessage, finish: (answer: Posted | ErrorAnswer) => void, fail: (error: Error) => void): void {
  const { statusCode: status = 0, statusMessage: statusText = '' } = response;
  const parts: Buffer[] = [];
  let bytes = 0;
  response
    .on('data', (part: Buffer) => {
      bytes += part.length;
      if (bytes > MAX_ANSWER_BYTES) finish(errorAnswer('unreadable', `its answer is longer than ${MAX_ANSWER_BYTES} bytes`));
      else parts.push(part);
    })
    .on('end', () => finish({ kind: 'posted', status, statusText, body: Buffer.concat(parts) }))
    .on('error', fail);
}

function brokenBy(error: Error, { host }: URL): string {
  if (errnoOf(error)?.startsWith('HPE_')) return `${host} does not speak HTTP: ${error.message}`;
  return `${connectionTrouble(error)} (${host})`;
}
