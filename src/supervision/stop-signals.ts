/** The signals that a service gets: those of its stop, and those that a person wants sent. */
import type { Service, ServiceStopping } from './tree.js';
import { report, type Turn, wakeAt } from './turn.js';

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

/** The first signals of a stop, once the PID is known. brutal_kill knows no other signal than SIGKILL, unless a grace was asked for. */
export function sendStop(turn: Turn, service: Service, stopping: ServiceStopping): ServiceStopping {
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
