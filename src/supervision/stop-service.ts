/**
 * How a service is stopped: its stop signal and the end of its stdin, SIGKILL when its grace is over. A newer wish overtakes an older one. Where somebody
 * needs somebody it is not told before the end of the step: only then it is known who else is to stop, and who of these has to be waited for.
 */
import type { Millis } from '../base/clock.js';
import { countedEnd } from './backoff.js';
import type { Cause } from './cause.js';
import { afterStop } from './service.js';
import { killService, sendStop } from './stop-signals.js';
import type { AfterStop, Service, ServiceStopping } from './tree.js';
import { report, type Turn, wakeAt } from './turn.js';

/** What a stop is about: who wants it, why, what comes after it, and another grace than the configured one (ms). */
export interface StopOrder {
  readonly by: 'user' | 'supervisor';
  readonly cause: Cause | null;
  readonly next: AfterStop;
  readonly graceMs: Millis | null;
}

/**
 * Of a service a stop may also be the beginning of an abnormal end (`down`), to which its supervisor reacts; of one that is not ready yet, as to a start that
 * has failed.
 */
export type ServiceStopOrder = Omit<StopOrder, 'next' | 'by'> & Pick<ServiceStopping, 'next' | 'by'>;

/**
 * Stops what is live by the shutdown rule: stop signal to the group and end of stdin, SIGKILL when the grace is
 * over. One that is stopping already takes over the new wish (a later request overtakes, a shorter grace counts).
 */
export function stopService(turn: Turn, service: Service, order: ServiceStopOrder): Service {
  const { state } = service;
  if (state.phase === 'stopping') return overtakeStop(turn, service, order);
  // It has not begun, so there is nothing to be waited for.
  if (state.phase === 'waiting') return afterStop(turn, { ...service, cause: order.cause }, order);
  if (state.phase !== 'running' && state.phase !== 'starting') return service;
  const pid = state.phase === 'running' ? state.pid : null;
  const isEndOfItsOwn = order.next === 'down' && state.phase === 'running';
  const proving = isEndOfItsOwn ? state.proving : null;
  const stopping: ServiceStopping = {
    phase: 'stopping',
    pid,
    since: turn.at,
    killAt: null,
    overdueMs: null,
    killed: false,
    by: order.by,
    next: order.next,
    failedStart: proving,
    held: { graceMs: order.graceMs },
  };
  const counted = isEndOfItsOwn ? countedEnd(service, proving === null ? state.since : null, turn.at) : service;
  const asked: Service = { ...counted, cause: order.cause, state: stopping };
  return turn.needs === null || order.graceMs === 0 ? beginStop(turn, asked) : asked;
}

/** Tells a service that is to stop to do so now; the same object where it has been told. */
export function beginStop(turn: Turn, service: Service): Service {
  const { state, cause, run } = service;
  if (state.phase !== 'stopping' || state.held === null) return service;
  const grace = graceOf(service, state.held.graceMs);
  const stopping = { ...state, since: turn.at, killAt: Number.isFinite(grace) ? turn.at + grace : null, held: null };
  report(turn, { type: 'info', event: 'stopping', pid: state.pid, run, cause, by: state.by });
  if (state.pid !== null) return { ...service, state: sendStop(turn, service, stopping) };
  // Without a PID nothing can be stopped: not to wait for what may hang on its way to the program.
  turn.commands.push({ do: 'hurry', app: turn.app, path: turn.path, run });
  return { ...service, state: stopping };
}

/** A newer wish for a service that is stopping already: what comes after it, and a shorter grace. The same object when nothing changes. */
function overtakeStop(turn: Turn, service: Service, order: ServiceStopOrder): Service {
  const { state } = service;
  if (state.phase !== 'stopping') return service;
  const { by, next } = order;
  const wished: Service =
    state.next === next ? service : { ...service, cause: order.cause, state: { ...state, by, next, failedStart: null } };
  if (order.graceMs === null || state.killed) return wished;
  if (state.held !== null) return hurryHeld(turn, wished, order.graceMs);
  const killAt = Math.min(state.killAt ?? Number.POSITIVE_INFINITY, turn.at + order.graceMs);
  if (killAt <= turn.at) return killService(turn, wished, true);
  if (killAt === state.killAt) return wished;
  wakeAt(turn, killAt);
  return { ...wished, state: { ...state, by, next, failedStart: state.next === next ? state.failedStart : null, killAt } };
}

/** Another grace for one that has not been told yet to stop: without any it waits for nobody. */
function hurryHeld(turn: Turn, service: Service, askedMs: Millis): Service {
  const { state } = service;
  if (state.phase !== 'stopping' || state.held === null) return service;
  const graceMs = Math.min(askedMs, graceOf(service, state.held.graceMs));
  if (graceMs === state.held.graceMs) return service;
  const hurried: Service = { ...service, state: { ...state, held: { graceMs } } };
  return askedMs === 0 ? beginStop(turn, hurried) : hurried;
}

/** The grace in milliseconds: 0 for brutal_kill, Infinity for infinity. */
function graceOf(service: Service, asked: Millis | null): Millis {
  if (asked !== null) return asked;
  const { shutdown } = service.spec;
  if (shutdown === 'brutal_kill') return 0;
  return shutdown === 'infinity' ? Number.POSITIVE_INFINITY : shutdown;
}
