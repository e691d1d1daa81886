/** Why a connection to somebody else has failed, in the same words whoever asked. Pure. */
import { errnoOf, messageOf } from './errors.js';

const WORDS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'connection closed without an answer',
  EPIPE: 'connection closed without an answer',
  ENOTFOUND: 'no such host',
  EAI_AGAIN: 'its name cannot be looked up now',
  EHOSTUNREACH: 'host unreachable',
  ENETUNREACH: 'network unreachable',
  ETIMEDOUT: 'no connection in time',
  EACCES: 'connection not permitted',
};

/** A few words without the host: "connection refused"; of an error of another kind its message. */
export function connectionTrouble(error: unknown): string {
  // "localhost" stands for two addresses; each of them has failed, mostly in the same way. What holds both has no message.
  const first: unknown = error instanceof AggregateError ? (error.errors[0] ?? error) : error;
  return WORDS[errnoOf(first) ?? ''] ?? messageOf(first);
}
