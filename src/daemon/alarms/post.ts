/** One POST. What it takes is loaded with the first one. */
import { readFile } from 'node:fs/promises';
import type { ClientRequest, IncomingMessage } from 'node:http';
import type { Clock, Millis } from '../../base/clock.js';
import { connectionTrouble } from '../../base/connection-trouble.js';
import { formatDuration } from '../../base/duration.js';
import { messageOf } from '../../base/errors.js';
import { accountHeader, withoutAccount } from '../../base/url-account.js';
import { version } from '../../base/version.js';

/** What to send where, and how long that may take from beginning to end. */
export interface Posting {
  /** http or https. */
  readonly url: string;
  /** JSON. */
  readonly body: string;
  /** A file with certificates (PEM) that are trusted besides Node's own; undefined: none. */
  readonly caFile: string | undefined;
  readonly clock: Clock;
  readonly limitMs: Millis;
  /** Ends it at once. */
  readonly signal: AbortSignal;
}

/**
 * Sends it, and gives what is to be said when nobody has taken it (any status but 2xx, redirections too); null: it was taken. Never rejects; nothing is open any
 * more when it resolves. Nothing of the URL but its host is ever in what it says: the rest is often a secret.
 */
export async function post({ clock, limitMs, ...posting }: Posting): Promise<string | null> {
  const { signal, body } = posting;
  let sent: ClientRequest;
  try {
    sent = await requestFor(posting);
  } catch (error) {
    return whyNot(error);
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
    return signal.aborted ? 'it was given up' : connectionTrouble(error);
  } finally {
    cancel();
    sent.destroy();
  }
}

async function requestFor({ body, caFile, signal, ...posting }: Omit<Posting, 'clock' | 'limitMs'>): Promise<ClientRequest> {
  const url = new URL(posting.url);
  const isSecure = url.protocol === 'https:';
  const { request } = isSecure ? await import('node:https') : await import('node:http');
  const type = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
  const headers = { ...type, 'user-agent': `portsup/${version}`, ...accountHeader(url) };
  const trust = isSecure && caFile !== undefined ? { ca: await certificatesIn(caFile) } : {};
  return request(withoutAccount(url), { method: 'POST', headers, agent: false, signal, ...trust });
}

async function certificatesIn(file: string): Promise<string[]> {
  const { rootCertificates } = await import('node:tls');
  return [...rootCertificates, await readFile(file, 'utf8')];
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

/** The certificates cannot be read; or it is about the URL, which then stands in the message. */
function whyNot(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return code.startsWith('ERR_') ? `the URL cannot be used (${code})` : `its certificates cannot be read: ${messageOf(error)}`;
}
