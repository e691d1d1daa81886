/**
 * One try over plain HTTP where only the status is asked for, which is nearly always: over `node:net`, as `node:http` takes three times the processor for
 * that (0.5 ms a try), and hundreds of services may be asked every second.
 */
import { connect } from 'node:net';
import { accountHeader } from '../base/url-account.js';
import type { Answer } from './answer.js';
import { failedConnection } from './connection-error.js';
import { lookupFor } from './local-names.js';

/** Headers may be so long. */
const MOST_HEAD_BYTES = 64 * 1024;

/** What is known of an answer by its beginning: its status, that more is needed, or that it is no HTTP. Pure. */
export function statusIn(head: string): number | 'more' | 'none' {
  for (let rest = head; ; ) {
    const begins = /^HTTP\/1\.[01] (\d{3})[ \r\n]/.exec(rest);
    if (!begins && !('HTTP/1.'.startsWith(rest.slice(0, 7)) && rest.length < 13)) return 'none';
    const end = rest.indexOf('\r\n\r\n');
    if (!begins || end < 0) return head.length > MOST_HEAD_BYTES ? 'none' : 'more';
    const status = Number(begins[1]);
    // What comes before the answer (100 Continue, 103 Early Hints) is none.
    if (status >= 200 || status === 101) return status;
    rest = rest.slice(end + 4);
  }
}

/** What is sent for a GET of this URL. */
function requestOf(url: URL): string {
  const { authorization } = accountHeader(url);
  const account = authorization === undefined ? '' : `authorization: ${authorization}\r\n`;
  return `GET ${url.pathname}${url.search} HTTP/1.1\r\nhost: ${url.host}\r\n${account}user-agent: portsup\r\naccept: */*\r\nconnection: close\r\n\r\n`;
}

/** Asks once; `judge` makes an answer of the status. `signal` ends the try: then it resolves with "no answer", and holds nothing. Never rejects. */
export function tryStatus(url: URL, judge: (status: number) => Answer, signal: AbortSignal): Promise<Answer> {
  return new Promise((resolve) => {
    const host = url.hostname.replace(/^\[|\]$/g, '');
    const socket = connect({ host, port: Number(url.port || 80), autoSelectFamily: true, ...lookupFor(host) });
    const end = (answer: Answer): void => {
      signal.removeEventListener('abort', onAbort);
      socket.destroy();
      resolve(answer);
    };
    const onAbort = (): void => end({ ok: false, text: 'no answer' });
    signal.addEventListener('abort', onAbort);
    let head = '';
    socket.setEncoding('latin1').on('data', (text: string) => {
      head += text;
      const status = statusIn(head);
      if (status === 'none') end({ ok: false, text: `no HTTP answer (${url.host})` });
      else if (status !== 'more') end(judge(status));
    });
    socket.once('end', () => end({ ok: false, text: `connection closed without an answer (${url.host})` }));
    // It stays: what comes after the end is of no interest, but must not be an exception.
    socket.on('error', (error) => end(failedConnection(error, url.host)));
    socket.write(requestOf(url));
  });
}
