/** One try over HTTP: no redirect is followed, no connection is kept, and of a body no more is read than is asked for. */
import type { ClientRequest, IncomingMessage, RequestOptions } from 'node:http';
import { messageOf } from '../base/errors.js';
import { accountHeader, withoutAccount } from '../base/url-account.js';
import type { Answer, HttpProbe } from './answer.js';
import { failedConnection } from './connection-error.js';
import { lookupFor } from './local-names.js';
import { tryStatus } from './status-line.js';

/** Of a body so much is looked at. */
const MOST_BODY_BYTES = 64 * 1024;

export interface HttpTry {
  readonly probe: Pick<HttpProbe, 'url' | 'statuses' | 'body'>;
  /** Ends the try: then it resolves with how far it has come ("no answer"), and holds nothing. */
  readonly signal: AbortSignal;
  /** Does a text match a regular expression? Rejects when that cannot be told. */
  readonly matches: (pattern: string, text: string) => Promise<boolean>;
}

/** Asks once. Never rejects. */
export async function tryHttp({ probe, signal, matches }: HttpTry): Promise<Answer> {
  const url = new URL(probe.url);
  // Without its name and password.
  const whom = url.host;
  const { body, statuses } = probe;
  const judge = (status: number): Answer => (isWell(status, statuses) ? { ok: true } : { ok: false, text: `HTTP ${status}` });
  if (body === null && url.protocol === 'http:') return tryStatus(url, judge, signal);
  const request = await requester(url);
  if (signal.aborted) return { ok: false, text: 'no answer' };
  return new Promise((resolve) => {
    let state = 'no answer';
    const end = (answer: Answer): void => {
      signal.removeEventListener('abort', onAbort);
      sent.destroy();
      resolve(answer);
    };
    const onAbort = (): void => end({ ok: false, text: state });
    signal.addEventListener('abort', onAbort);
    const onError = (error: unknown): void => {
      end(failedConnection(error, whom));
    };
    const onAnswer = (answer: IncomingMessage): void => {
      const status = answer.statusCode ?? 0;
      const judged = judge(status);
      if (!judged.ok || body === null) return end(judged);
      state = `HTTP ${status}, but its body did not end`;
      answer.on('error', onError);
      readBody(answer, (text) => {
        state = `HTTP ${status}, but its body could not be compared`;
        matches(body, text).then(
          (isMatch) => end(isMatch ? { ok: true } : { ok: false, text: `body does not match /${body}/` }),
          (error: unknown) => end({ ok: false, text: `body cannot be compared with /${body}/: ${messageOf(error)}`, isOurs: true }),
        );
      });
    };
    const sent = request(withoutAccount(url), optionsFor(url), onAnswer);
    // It stays: what comes after the end is of no interest, but must not be an exception.
    sent.on('error', onError);
    sent.end();
  });
}

function optionsFor(url: URL): RequestOptions & { readonly autoSelectFamily: boolean } {
  const headers = { 'user-agent': 'portsup', accept: '*/*', ...accountHeader(url) };
  return { agent: false, autoSelectFamily: true, headers, ...lookupFor(url.hostname) };
}

const isWell = (status: number, statuses: readonly number[] | null): boolean =>
  statuses === null ? status >= 200 && status < 300 : statuses.includes(status);

/** Calls `take` with the body, or with the beginning of one that is longer than is looked at. */
function readBody(answer: IncomingMessage, take: (text: string) => void): void {
  const chunks: Buffer[] = [];
  let bytes = 0;
  let isTaken = false;
  const done = (): void => {
    if (isTaken) return;
    isTaken = true;
    take(Buffer.concat(chunks).subarray(0, MOST_BODY_BYTES).toString('utf8'));
  };
  answer.on('data', (chunk: Buffer) => {
    if (bytes < MOST_BODY_BYTES) chunks.push(chunk);
    bytes += chunk.length;
    if (bytes < MOST_BODY_BYTES) return;
    answer.pause();
    done();
  });
  answer.once('end', done);
}

type Requester = (url: URL, options: ReturnType<typeof optionsFor>, onAnswer: (answer: IncomingMessage) => void) => ClientRequest;

// Kept, as each `import()` costs more than a try does.
let plain: Promise<Requester> | undefined;
let secure: Promise<Requester> | undefined;

/** Loaded where somebody wants it, TLS apart. */
function requester({ protocol }: URL): Promise<Requester> {
  if (protocol === 'https:') return (secure ??= import('node:https').then(({ request }) => request));
  return (plain ??= import('node:http').then(({ request }) => request));
}
