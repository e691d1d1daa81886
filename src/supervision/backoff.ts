/** How long a service waits before it is restarted (portsup: `backoff`; OTP restarts at once). */
import type { Millis } from '../base/clock.js';
import type { Cause } from './cause.js';
import type { BackoffSpec } from './spec.js';
import type { Service } from './tree.js';

/** Ends of its own: who is restarted for another's sake does not wait. */
const OWN: ReadonlySet<string> = new Set<Cause['type']>([
  'exit',
  'signal',
  'unknown',
  'start_failed',
  'memory_limit',
  'not_ready',
  'ended_unready',
  'unhealthy',
]);

/** Does the next restart wait, given why the last run ended? */
export const isOwnEnd = (cause: Cause | null): boolean => cause !== null && OWN.has(cause.type);

/** The service with its ends in a row counted, when a run has ended that began at `since`. */
export function countedEnd(service: Service, since: Millis | null, now: Millis): Service {
  const { backoff } = service.spec;
  if (backoff === null) return service.attempts === 0 ? service : { ...service, attempts: 0 };
  const hasLasted = since !== null && now - since >= backoff.resetAfterMs;
  return { ...service, attempts: hasLasted ? 1 : service.attempts + 1 };
}

/**
 * The wait before attempt number `attempt` (1 is the first restart): `min * factor^(attempt - 1)`, at most `max`, with its jitter. That is not random, as this
 * is pure, but another one for each service and run.
 */
export function delayOf(backoff: BackoffSpec, attempt: number, seed: string): Millis {
  const { minMs, maxMs, factor, jitter } = backoff;
  const delay = Math.min(maxMs, minMs * factor ** Math.max(0, attempt - 1));
  return Math.min(maxMs, Math.round(delay * (1 + jitter * (2 * fraction(seed) - 1))));
}

/** 0 to 1 (FNV-1a). */
function fraction(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  return (hash >>> 0) / 0xffffffff;
}
