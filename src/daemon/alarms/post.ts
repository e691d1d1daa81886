/** One POST. What it takes is loaded with the first one. */
import type { ClientRequest, IncomingMessage } from 'node:http';
import type { Clock, Millis } from '../../base/clock.js';
import { formatDuration } from '../../base/duration.js';
import { messageOf } from '../../base/errors.js';
import { version } from '../../base/version.js';

/** What to send where, and how long that may take from beginning to end. */
export interface Posting {
  /** http or https. */
  readonly url: string;
  /** JSON. */
  readonly body: string;
  readonly clock: Clock;
  readonly limitMs: Millis;
  /** Ends it at once. */
  readonly signal: AbortSignal;
}

/**
 * Sends it, and gives what is to be said when nobody has taken it (any status but 2xx, redirections too); null: it was taken. Never rejects; nothing is open any
 * more when it resolves. Nothing of the URL but its host is ever in what it says: the rest is often a secret.
 */
export async function post({ url, body, clock, limitMs, signal }: Posting): Promise<string | null> {
  const { request } = url.startsWith('https:') ? await import('node:https') : await import('node:http');
  if (signal.aborted) return 'it was given up';
  const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body), 'user-agent': `portsup/${version}` };
  let sent: ClientRequest;
  try {
    sent = request(url, { method: 'POST', headers, agent: false, signal });
  } catch (error) {
    // ERR_INVALID_URL, ERR_UNESCAPED_CHARACTERS.
    return codeOf(error);
  }
  let isLate = false;
  const cancel = clock.after(limitMs, () => {
    isLate = true;
    sent.destroy(new Error('late'));
  });
  try {
    const response = await answerTo(sent, body);
    const { statusCode = 0 } = response;
    return statusCode >= 200 && statusCode < 300 ? null : `HTTP ${statusCode}`;
  } catch (error) {
    if (isLate) return `no answer within ${formatDuration(limitMs)}`;
    return signal.aborted ? 'it was given up' : messageOf(error);
  } finally {
    cancel();
    sent.destroy();
  }
}

/** Resolves with the answer's head; its body is nobody's business. */
function answerTo(sent: ClientRequest, body: string): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    // Also the error of a connection that is destroyed after the answer: nobody listens any more then.
    sent.on('error', reject);
    sent.once('response', (response) => {
      response.on('error', () => undefined);
      response.resume();
      resolve(response);
    });
    sent.end(body);
  });
}

/** A message about a URL has the URL in it. */
const codeOf = (error: unknown): string =>
  `the URL cannot be used${error instanceof Error && 'code' in error ? ` (${String(error.code)})` : ''}`;
