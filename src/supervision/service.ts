/**
 * The life of one service: stopped -> starting -> running -> (stopping | down) -> stopped or ended.
 * Every function takes the service as it is and returns it as it becomes; what is to be done goes to the turn.
 * A spawn is always answered (spawned or spawn-failed), and every spawned run ends with exactly one exited.
 */
import type { Millis } from '../base/clock.js';
import type { Cause } from './cause.js';
import { atEndOfRun } from './job.js';
import {
  type AfterStop,
  type Down,
  type Exit,
  isAnswered,
  isAutomatic,
  type Origin,
  restartsAfter,
  type Service,
  type ServiceStopping,
} from './tree.js';
import { report, type Turn, wakeAt } from './turn.js';

/** What a stop is about: who wants it, why, what comes after it, and another grace than the configured one (ms). */
export interface StopOrder {
  readonly by: 'user' | 'supervisor';
  readonly cause: Cause | null;
  readonly next: AfterStop;
  readonly graceMs: Millis | null;
}

/** Of a service a stop may also be the beginning of an abnormal end, to which its supervisor reacts. */
export type ServiceStopOrder = Omit<StopOrder, 'next'> & Pick<ServiceStopping, 'next'>;

/** Starts the next run. The caller has made sure that none is alive. */
export function startService(turn: Turn, service: Service, origin: Origin): Service {
  const run = service.run + 1;
  const automatic = isAutomatic(service, origin);
  turn.commands.push({ do: 'spawn', app: turn.app, path: turn.path, run });
  return {
    ...service,
    run,
    restarts: restartsAfter(service, origin),
    cause: automatic ? service.cause : null,
    state: { phase: 'starting', origin, since: turn.at },
  };
}

/** The program was executed as `pid`. A stop that was asked for meanwhile begins now. */
export function onSpawned(turn: Turn, service: Service, pid: number): Service {
  const { state } = service;
  if (state.phase === 'starting') {
    const restarted = isAutomatic(service, state.origin);
    report(turn, {
      type: 'progress',
      event: restarted && !isStartOfJob(service, state.origin) ? 'restarted' : 'started',
      pid,
      run: service.run,
      cause: service.cause,
      by: restarted ? 'supervisor' : 'user',
    });
    return { ...service, state: { phase: 'running', pid, since: turn.at, killAsked: null, proving: null } };
  }
  // With a PID it is old news, told again after the end of a daemon: its stop has begun.
  if (state.phase !== 'stopping' || state.pid !== null) return service;
  return { ...service, state: sendStop(turn, service, { ...state, pid }) };
}

const isStartOfJob = ({ spec }: Service, origin: Origin): boolean => origin === 'trigger' && spec.restart === 'temporary';

/** The program could not be executed; `message` names the path and the reason. */
export function onSpawnFailed(turn: Turn, service: Service, message: string): Service {
  const { state } = service;
  const cause: Cause = { type: 'start_failed', message };
  if (state.phase !== 'starting' && state.phase !== 'stopping') return service;
  report(turn, { type: 'start_error', event: 'start_failed', run: service.run, cause });
  const ended = { ...atEndOfRun(service), cause };
  if (state.phase === 'stopping') return afterStop(turn, ended, state);
  if (isAnswered(state.origin)) return { ...ended, state: { phase: 'ended', how: 'failed' } };
  return { ...ended, state: { phase: 'down', clean: false, failedStart: state.origin } };
}

/**
 * Its run has ended, with its whole group. By our own stop: stopped. By itself: down, for its supervisor to react to; but for a
 * transient one whose exit status nobody knows.
 */
export function onExited(turn: Turn, service: Service, { isMissed, ...exit }: Exit & { readonly isMissed: boolean }): Service {
  const { state } = service;
  const ended = { ...atEndOfRun(service), lastExit: exit };
  if (state.phase === 'stopping') {
    const pid = state.pid;
    if (state.overdueMs !== null)
      report(turn, {
        type: 'shutdown_error',
        event: 'killed',
        pid,
        run: service.run,
        cause: { type: 'not_in_time', graceMs: state.overdueMs },
      });
    const end = { pid, run: service.run, exit, cause: service.cause, by: state.by };
    if (state.next === 'down') report(turn, { type: 'child_terminated', event: 'exited', ...end });
    else report(turn, { type: 'shutdown', event: 'stopped', ...end });
    return afterStop(turn, ended, state);
  }
  if (state.phase !== 'running') return service;
  const isUnknown = exit.code === null && exit.signal === null;
  // A job that has perhaps been done must not be done twice.
  const isLeft = isUnknown && service.spec.restart === 'transient';
  const cause: Cause = isLeft ? { type: 'unknown', isLeft } : causeOf(exit);
  const by = state.killAsked !== null && state.killAsked === exit.signal ? 'user' : 'supervisor';
  report(turn, { type: 'child_terminated', event: 'exited', pid: state.pid, run: service.run, exit, cause, by });
  if (isLeft) {
    report(turn, { type: 'info', event: 'failed', run: service.run, exit, cause });
    return { ...ended, cause, state: { phase: 'ended', how: 'failed' } };
  }
  const down: Down = { phase: 'down', clean: isClean(service, exit), failedStart: null };
  return { ...ended, cause, state: isMissed ? { ...down, isMissed } : down };
}

/**
 * Stops what is live by the shutdown rule: stop signal to the group and end of stdin, SIGKILL when the grace is
 * over. One that is stopping already takes over the new wish (a later request overtakes, a shorter grace counts).
 */
export function stopService(turn: Turn, service: Service, order: ServiceStopOrder): Service {
  const { state } = service;
  if (state.phase === 'stopping') return overtakeStop(turn, service, order);
  if (state.phase !== 'running' && state.phase !== 'starting') return service;
  const grace = graceOf(service, order.graceMs);
  const killAt = Number.isFinite(grace) ? turn.at + grace : null;
  const pid = state.phase === 'running' ? state.pid : null;
  const stopping: ServiceStopping = {
    phase: 'stopping',
    pid,
    since: turn.at,
    killAt,
    overdueMs: null,
    killed: false,
    by: order.by,
    next: order.next,
    failedStart: null,
  };
  report(turn, { type: 'info', event: 'stopping', pid, run: service.run, cause: order.cause, by: order.by });
  if (pid === null) {
    // Without a PID nothing can be stopped: not to wait for what may hang on its way to the program.
    turn.commands.push({ do: 'hurry', app: turn.app, path: turn.path, run: service.run });
    return { ...service, cause: order.cause, state: stopping };
  }
  const sent = sendStop(turn, service, stopping);
  return { ...service, cause: order.cause, state: sent };
}

/** A newer wish for a service that is stopping already: what comes after it, and a shorter grace. The same object when nothing changes. */
function overtakeStop(turn: Turn, service: Service, order: ServiceStopOrder): Service {
  const { state } = service;
  if (state.phase !== 'stopping') return service;
  const { by, next } = order;
  const wished = state.next === next ? service : { ...service, cause: order.cause, state: { ...state, by, next } };
  if (order.graceMs === null || state.killed) return wished;
  const killAt = Math.min(state.killAt ?? Number.POSITIVE_INFINITY, turn.at + order.graceMs);
  if (killAt <= turn.at) return killService(turn, wished, true);
  if (killAt === state.killAt) return wished;
  wakeAt(turn, killAt);
  return { ...service, state: { ...state, by, next, killAt } };
}

/** SIGKILL to a stopping service's group, now; `overdue`: its grace is over, which is reported when it has ended. */
export function killService(turn: Turn, service: Service, overdue: boolean): Service {
  const { state } = service;
  if (state.phase !== 'stopping' || state.killed) return service;
  if (state.pid === null) return state.killAt === 0 ? service : { ...service, state: { ...state, killAt: 0 } };
  turn.commands.push({ do: 'signal', app: turn.app, path: turn.path, run: service.run, signal: 'SIGKILL' });
  const overdueMs = overdue ? Math.round((state.killAt ?? turn.at) - state.since) : null;
  return { ...service, state: { ...state, killed: true, overdueMs, killAt: null } };
}

/** A signal that a person wants sent, and what it is reported as. */
export interface SignalOrder {
  readonly signal: string;
  readonly event: 'killed' | 'signalled';
}

/** A signal to the group of a live run; what it wants to be stays as it is. */
export function injectSignal(turn: Turn, service: Service, { signal, event }: SignalOrder): Service {
  const { state } = service;
  if ((state.phase !== 'running' && state.phase !== 'stopping') || state.pid === null) return service;
  turn.commands.push({ do: 'signal', app: turn.app, path: turn.path, run: service.run, signal });
  report(turn, {
    type: 'info',
    event,
    pid: state.pid,
    run: service.run,
    by: 'user',
    cause: { type: 'by_hand', verb: `${signal} sent` },
  });
  return state.phase === 'running' ? { ...service, state: { ...state, killAsked: signal } } : service;
}

/** Clean: exit code 0 or one of `success_exit_codes`; a signal or an unknown status never is. */
const isClean = (service: Service, exit: Exit): boolean =>
  exit.code !== null && (exit.code === 0 || service.spec.successExitCodes.includes(exit.code));

function causeOf(exit: Exit): Cause {
  const { signal, finding } = exit;
  if (signal !== null) return { type: 'signal', signal, ...(finding && { finding }) };
  return exit.code === null ? { type: 'unknown' } : { type: 'exit', code: exit.code };
}

/** The grace in milliseconds: 0 for brutal_kill, Infinity for infinity. */
function graceOf(service: Service, asked: Millis | null): Millis {
  if (asked !== null) return asked;
  const { shutdown } = service.spec;
  if (shutdown === 'brutal_kill') return 0;
  return shutdown === 'infinity' ? Number.POSITIVE_INFINITY : shutdown;
}

/** The first signals of a stop, once the PID is known. brutal_kill knows no other signal than SIGKILL, unless a grace was asked for. */
function sendStop(turn: Turn, service: Service, stopping: ServiceStopping): ServiceStopping {
  const target = { app: turn.app, path: turn.path, run: service.run };
  const brutal = service.spec.shutdown === 'brutal_kill' && stopping.killAt !== null && stopping.killAt <= turn.at;
  if (!brutal) turn.commands.push({ do: 'signal', ...target, signal: service.spec.stopSignal });
  if (service.spec.stdin === 'pipe') turn.commands.push({ do: 'close-stdin', ...target });
  if (stopping.killAt === null) return stopping;
  if (stopping.killAt > turn.at) {
    wakeAt(turn, stopping.killAt);
    return stopping;
  }
  turn.commands.push({ do: 'signal', ...target, signal: 'SIGKILL' });
  return { ...stopping, killed: true, killAt: null };
}

function afterStop(turn: Turn, service: Service, state: ServiceStopping): Service {
  switch (state.next) {
    case 'stopped':
      return { ...service, state: { phase: 'stopped' } };
    case 'start':
      return startService(turn, service, 'hand');
    case 'again':
      return startService(turn, service, 'trigger');
    case 'down':
      return { ...service, state: { phase: 'down', clean: false, failedStart: null } };
    default:
      return state.next satisfies never;
  }
}
