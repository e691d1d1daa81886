import { connectionTrouble } from '../base/connection-trouble.js';
import { errnoOf, messageOf, shortageOf } from '../base/errors.js';
import type { Answer } from './answer.js';

/** No port, no buffer of ours is left: nobody has been asked. Name servers that cannot be reached say nothing of a host either, but a person should see it. */
const OURS = new Set(['EMFILE', 'ENFILE', 'ENOMEM', 'ENOBUFS', 'EADDRNOTAVAIL', 'EAGAIN']);

/** The answer of a connection that failed; `whom`: "localhost:5432". */
export function failedConnection(error: unknown, whom: string): Answer {
  const errno = errnoOf(error) ?? '';
  if (OURS.has(errno)) return { ok: false, text: `portsup cannot ask: ${shortageOf(error)?.what ?? messageOf(error)}`, isOurs: true };
  if (errno.startsWith('HPE_')) return { ok: false, text: `no HTTP answer (${whom})` };
  return { ok: false, text: `${connectionTrouble(error)} (${whom})` };
}
