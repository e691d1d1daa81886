import { connect } from 'node:net';
import type { Answer, TcpProbe } from './answer.js';
import { failedConnection } from './connection-error.js';
import { lookupFor } from './local-names.js';

/** Who has not closed its side this long after ours is cut off. */
const GREETING_MS = 1_000;

/**
 * Is somebody listening? The connection is closed as soon as it stands; nothing is sent. A name is tried by all of its addresses, of IPv4 and IPv6.
 * `signal` ends the try: then it resolves with "no answer", and holds nothing.
 */
export function tryTcp({ host, port }: Pick<TcpProbe, 'host' | 'port'>, signal: AbortSignal): Promise<Answer> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, autoSelectFamily: true, ...lookupFor(host) });
    const end = (answer: Answer): void => {
      signal.removeEventListener('abort', onAbort);
      socket.destroy();
      resolve(answer);
    };
    const whom = `${host.includes(':') ? `[${host}]` : host}:${port}`;
    const onAbort = (): void => {
      end({ ok: false, text: 'no answer' });
    };
    signal.addEventListener('abort', onAbort);
    // It stays: what comes after the end is of no interest, but must not be an exception.
    socket.on('error', (error) => {
      end(failedConnection(error, whom));
    });
    socket.once('connect', () => {
      signal.removeEventListener('abort', onAbort);
      // What it greets with is read: closed with that unread it would be told of a reset.
      socket.resume().end();
      socket.setTimeout(GREETING_MS, () => socket.destroy());
      socket.unref();
      resolve({ ok: true });
    });
  });
}
