/**
 * What comes of looking at services from outside: they are ready or not in time, well or not, needed by nobody; and things that are no services of ours
 * are up or down. Who looks, and how, is nothing to this.
 */
import { isRestartable } from './by-hand.js';
import type { Cause } from './cause.js';
import type { Event } from './messages.js';
import { reportReady } from './service.js';
import { type ServiceStopOrder, stopService } from './stop-service.js';
import { changeAt, type Service, type Supervisor } from './tree.js';
import { report, type Turn } from './turn.js';

type Of<T extends Event['type']> = Extract<Event, { type: T }>;

/** A run is ready, and so its start is over. */
export function onReady(turn: Turn, root: Supervisor, { path, run }: Of<'ready'>): Supervisor {
  return atRunning(root, { path, run }, (service, state) => {
    if (state.proving === null || service.spec.ready?.method.by === 'exit') return service;
    reportReady({ ...turn, path }, service);
    return { ...service, state: { ...state, proving: null } };
  });
}

/** A run has not become ready in time: its start has failed, and what there is of it is stopped. */
export function onNotReady(turn: Turn, root: Supervisor, { path, run, text }: Of<'not-ready'>): Supervisor {
  return atRunning(root, { path, run }, (service, state) => {
    if (state.proving === null) return service;
    const there = { ...turn, path };
    const cause: Cause = { type: 'not_ready', text };
    report(there, { type: 'start_error', event: 'start_failed', run, cause, by: 'probe' });
    return stopService(there, service, { by: 'probe', cause, next: 'down', graceMs: null });
  });
}

/** A run has answered badly too often: it is stopped, and its supervisor reacts as to a crash. */
export function onUnhealthy(turn: Turn, root: Supervisor, { path, run, text }: Of<'unhealthy'>): Supervisor {
  const causeOf: Failing['causeOf'] = ({ spec }, { proving }) =>
    proving === null && spec.alive !== null ? { type: 'unhealthy', text } : null;
  return failRun(turn, root, { path, run, by: 'probe', causeOf });
}

/** A run that may be to end as by a crash. */
interface Failing {
  readonly path: string;
  readonly run: number;
  readonly by: ServiceStopOrder['by'];
  /** Why; null: it is not to. */
  readonly causeOf: (service: Service, state: Running) => Cause | null;
}

/** Ends a run so that its supervisor reacts as to a crash; not one that is about to be stopped or replaced anyway. */
export function failRun(turn: Turn, root: Supervisor, { path, run, by, causeOf }: Failing): Supervisor {
  if (!isRestartable(root, path)) return root;
  return atRunning(root, { path, run }, (service, state) => {
    const cause = service.leaving === 'no' ? causeOf(service, state) : null;
    return cause === null ? service : stopService({ ...turn, path }, service, { by, cause, next: 'down', graceMs: null });
  });
}

/** Nobody has called a run for a while: it is stopped until somebody does. */
export function onIdle(turn: Turn, root: Supervisor, { path, run }: Of<'idle-elapsed'>): Supervisor {
  return atRunning(root, { path, run }, (service, state) => {
    const { idleMs, onDemand } = service.spec;
    if (!onDemand || idleMs === null || state.proving !== null || service.leaving !== 'no') return service;
    const order: ServiceStopOrder = { by: 'supervisor', cause: { type: 'idle', idleMs }, next: 'stopped', graceMs: null };
    return { ...stopService({ ...turn, path }, service, order), desired: 'stopped' };
  });
}

/** Something that services may need is up or down. */
export function onWatchdog(root: Supervisor, { name, isUp }: Of<'watchdog-changed'>): Supervisor {
  const state = isUp ? 'up' : 'down';
  if (root.watched[name] === state || !root.spec.watchdogs.some((watchdog) => watchdog.name === name)) return root;
  const known = Object.entries(root.watched).filter(([other]) => root.spec.watchdogs.some((watchdog) => watchdog.name === other));
  return { ...root, watched: { ...Object.fromEntries(known), [name]: state } };
}

type Running = Extract<Service['state'], { phase: 'running' }>;

/** News of a run that is over is old news. */
function atRunning(
  root: Supervisor,
  { path, run }: { readonly path: string; readonly run: number },
  change: (service: Service, state: Running) => Service,
): Supervisor {
  return changeAt(root, path, (node) =>
    node.kind === 'service' && node.run === run && node.state.phase === 'running' ? change(node, node.state) : node,
  );
}
