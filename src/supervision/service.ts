/**
 * The life of one service: stopped -> starting -> running -> (stopping | down) -> stopped or ended.
 * Every function takes the service as it is and returns it as it becomes; what is to be done goes to the turn.
 * A spawn is always answered (spawned or spawn-failed), and every spawned run ends with exactly one exited.
 */
import { countedEnd, delayOf, isOwnEnd } from './backoff.js';
import type { Cause } from './cause.js';
import { atEndOfRun } from './job.js';
import { sendStop } from './stop-signals.js';
import { type Down, type Exit, isAnswered, isAutomatic, type Origin, restartsAfter, type Service, type ServiceStopping } from './tree.js';
import { report, type Turn, wakeAt } from './turn.js';

/**
 * Starts the next run, as soon as what it needs is up and, for a restart after an end of its own, its `backoff` is over. The caller has made sure that none
 * is alive.
 */
export function startService(turn: Turn, service: Service, origin: Origin): Service {
  const unmet = turn.needs?.unmet(service.spec.needs) ?? [];
  const delayMs = backoffOf(turn, service, origin);
  if (unmet.length === 0 && delayMs === null) return spawnService(turn, service, origin);
  const until = delayMs === null ? null : turn.at + delayMs;
  if (until !== null) wakeAt(turn, until);
  const cause: Cause = delayMs === null ? { type: 'needs', names: unmet } : { type: 'backoff', delayMs, cause: service.cause };
  report(turn, { type: 'info', event: 'waiting', run: service.run === 0 ? null : service.run, cause });
  const own = isAutomatic(service, origin) ? service.cause : null;
  return { ...service, cause: own, state: { phase: 'waiting', origin, since: turn.at, until } };
}

/** Starts a service that waits; the same object as long as it has to. `origin`: how its start comes about now. */
export function releaseService(turn: Turn, service: Service, origin: Origin): Service {
  const { state, spec } = service;
  if (state.phase !== 'waiting' || (state.until !== null && state.until > turn.at)) return service;
  if ((turn.needs?.unmet(spec.needs) ?? []).length > 0) return service;
  return spawnService(turn, service, origin);
}

/** The wait before a restart, in milliseconds; null: none. */
function backoffOf(turn: Turn, { spec, cause, attempts, run }: Service, origin: Origin): number | null {
  if (spec.backoff === null || origin !== 'restart' || !isOwnEnd(cause)) return null;
  return delayOf(spec.backoff, attempts, `${turn.app}:${turn.path} ${run}`);
}

function spawnService(turn: Turn, service: Service, origin: Origin): Service {
  const run = service.run + 1;
  const automatic = isAutomatic(service, origin);
  turn.commands.push({ do: 'spawn', app: turn.app, path: turn.path, run });
  return {
    ...service,
    run,
    restarts: restartsAfter(service, origin),
    cause: automatic ? service.cause : null,
    attempts: origin === 'restart' ? service.attempts : 0,
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
    return {
      ...service,
      state: { phase: 'running', pid, since: turn.at, killAsked: null, proving: service.spec.ready === null ? null : state.origin },
    };
  }
  // With a PID it is old news, told again after the end of a daemon: its stop has begun.
  if (state.phase !== 'stopping' || state.pid !== null) return service;
  return { ...service, state: state.held === null ? sendStop(turn, service, { ...state, pid }) : { ...state, pid } };
}

const isStartOfJob = ({ spec }: Service, origin: Origin): boolean => origin === 'trigger' && spec.restart === 'temporary';

/** The program could not be executed; `message` names the path and the reason. */
export function onSpawnFailed(turn: Turn, service: Service, message: string): Service {
  const { state } = service;
  const cause: Cause = { type: 'start_failed', message };
  if (state.phase !== 'starting' && state.phase !== 'stopping') return service;
  report(turn, { type: 'start_error', event: 'start_failed', run: service.run, cause });
  const ended = { ...countedEnd(atEndOfRun(service), null, turn.at), cause };
  if (state.phase === 'stopping') return afterStop(turn, ended, state);
  return { ...ended, state: failedState(state.origin) };
}

/**
 * Its run has ended, with its whole group. By our own stop: stopped. By itself: down, for its supervisor to react to; but for a
 * transient one whose exit status nobody knows.
 */
export function onExited(turn: Turn, service: Service, { isMissed, ...exit }: Exit & { readonly isMissed: boolean }): Service {
  const { state } = service;
  const ended = { ...atEndOfRun(service), lastExit: exit };
  if (state.phase === 'stopping') {
    reportStopped(turn, service, { exit, state });
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
  const clean = isClean(service, exit);
  if (state.proving !== null && !(clean && service.spec.ready?.method.by === 'exit')) {
    return afterFailedStart(turn, countedEnd(ended, null, turn.at), { exitCause: cause, origin: state.proving, isMissed });
  }
  if (state.proving !== null) reportReady(turn, service);
  const down: Down = { phase: 'down', clean, failedStart: null };
  return { ...countedEnd(ended, state.since, turn.at), cause, state: isMissed ? { ...down, isMissed } : down };
}

function reportStopped(turn: Turn, service: Service, { exit, state }: { readonly exit: Exit; readonly state: ServiceStopping }): void {
  const { pid, overdueMs: graceMs } = state;
  const { run } = service;
  if (graceMs !== null) report(turn, { type: 'shutdown_error', event: 'killed', pid, run, cause: { type: 'not_in_time', graceMs } });
  const end = { pid, run, exit, cause: service.cause, by: state.by };
  if (state.next === 'down') report(turn, { type: 'child_terminated', event: 'exited', ...end });
  else report(turn, { type: 'shutdown', event: 'stopped', ...end });
}

/** It was executed, but has ended before it was ready: as if it could not have been started. */
function afterFailedStart(
  turn: Turn,
  service: Service,
  { exitCause, origin, isMissed }: { readonly exitCause: Cause; readonly origin: Origin; readonly isMissed: boolean },
): Service {
  const cause: Cause = service.spec.ready?.method.by === 'exit' ? exitCause : { type: 'ended_unready', cause: exitCause };
  report(turn, { type: 'start_error', event: 'start_failed', run: service.run, cause });
  const state = failedState(origin);
  return { ...service, cause, state: isMissed && state.phase === 'down' ? { ...state, isMissed } : state };
}

/** What a start that came about in this way is when it has failed: for its supervisor to react to, or left as it is. */
const failedState = (origin: Origin): Service['state'] =>
  isAnswered(origin) ? { phase: 'ended', how: 'failed' } : { phase: 'down', clean: false, failedStart: origin };

/** Tells that a run is ready. */
export function reportReady(turn: Turn, service: Service): void {
  const pid = service.state.phase === 'running' ? service.state.pid : null;
  report(turn, { type: 'progress', event: 'ready', pid, run: service.run, by: 'probe' });
}

/** Clean: exit code 0 or one of `success_exit_codes`; a signal or an unknown status never is. */
export const isClean = (service: Service, exit: Exit): boolean =>
  exit.code !== null && (exit.code === 0 || service.spec.successExitCodes.includes(exit.code));

function causeOf(exit: Exit): Cause {
  const { signal, finding } = exit;
  if (signal !== null) return { type: 'signal', signal, ...(finding && { finding }) };
  return exit.code === null ? { type: 'unknown' } : { type: 'exit', code: exit.code };
}

/** What follows when a service has stopped, or need not be. */
export function afterStop(turn: Turn, service: Service, { next, failedStart = null }: Stopped): Service {
  switch (next) {
    case 'stopped':
      return { ...service, state: { phase: 'stopped' } };
    case 'start':
      return startService(turn, service, 'hand');
    case 'again':
      return startService(turn, service, 'trigger');
    case 'linked':
      return startService(turn, service, 'restart');
    case 'down':
      return { ...service, state: failedStart === null ? { phase: 'down', clean: false, failedStart } : failedState(failedStart) };
    default:
      return next satisfies never;
  }
}

/** What a stop was about. */
type Stopped = Pick<ServiceStopping, 'next'> & { readonly failedStart?: Origin | null };
