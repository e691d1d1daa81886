/** The forest as rows of `ps`: from supervision's values to the wire's. Pure. */
import type { Millis } from '../base/clock.js';
import { formatDuration } from '../base/duration.js';
import { childPath } from '../base/names.js';
import type { ExitFacts, ExitRow, PsRow, ServiceRow, SupervisorRow } from '../control/contract.js';
import { breakerOf } from '../supervision/breaker.js';
import { describeCause } from '../supervision/cause.js';
import { withinPeriod } from '../supervision/intensity.js';
import { serviceState, supervisorState } from '../supervision/state-name.js';
import { type Application, type Exit, type Forest, findNode, type Node, type Service, type Supervisor } from '../supervision/tree.js';
import { isWatchOff } from '../supervision/trigger.js';
import { needsText, waitsFor } from './needs-text.js';

/** The moment a view is of: monotonic, and how to tell wall time. */
export interface Moment {
  readonly now: Millis;
  readonly wallTime: (at: Millis) => Date;
}

/** What a service's processes use, as far as it was gathered. */
export interface UsageNumbers {
  readonly cpuPercent: number | null;
  readonly memoryBytes: number | null;
  readonly processes: number | null;
}

/** What a row takes of the machine. */
export interface UsedNumbers {
  /** The tree that it is in; undefined: it is gone by now. */
  readonly root: Supervisor | undefined;
  /** Undefined: no process, or nobody has looked. */
  readonly usage?: UsageNumbers | undefined;
  /** What its log, or the logs of all below it, take on disk. */
  readonly logBytes: number;
  /** When its `cron` comes next; left out: it has none, or never. */
  readonly nextCron?: Date | null;
}

/** A node with where it is. */
export interface Placed<N extends Node = Node> {
  readonly app: string;
  readonly path: string;
  readonly node: N;
}

/** An application's nodes in tree order, the root first. */
export function placedNodes(application: Application): readonly Placed[] {
  const placed: Placed[] = [];
  const visit = (node: Node, path: string): void => {
    placed.push({ app: application.name, path, node });
    if (node.kind === 'supervisor') for (const child of node.children) visit(child, childPath(path, child.name));
  };
  visit(application.root, '');
  return placed;
}

/** The service at a place; undefined: nothing is there, or a supervisor. */
export function serviceAt(forest: Forest, { app, path }: Pick<Placed, 'app' | 'path'>): Service | undefined {
  const root = forest.apps[app]?.root;
  const node = root && findNode(root, path);
  return node?.kind === 'service' ? node : undefined;
}

/** Is this the place of a service? */
export const isServicePlace = (placed: Placed): placed is Placed<Service> => placed.node.kind === 'service';

/** PID of a service's main process, or null while it has none. */
export const pidOf = (service: Service): number | null =>
  service.state.phase === 'running' || service.state.phase === 'stopping' ? service.state.pid : null;

/** One row of `ps`. */
export function rowOf(placed: Placed, moment: Moment, used: UsedNumbers): PsRow {
  const { app, path, node } = placed;
  return node.kind === 'service' ? serviceRow({ app, path, node }, moment, used) : supervisorRow({ app, path, node }, moment, used);
}

function serviceRow({ app, path, node }: Placed<Service>, moment: Moment, { root, usage, logBytes, nextCron }: UsedNumbers): ServiceRow {
  const state = serviceState(node);
  return {
    app,
    path,
    kind: 'service',
    state,
    desired: node.desired,
    ready: readyOf(node),
    pid: pidOf(node),
    run: node.run,
    restarts: node.restarts,
    ...sinceFields(node.state.phase === 'running' ? node.state.since : null, moment),
    exit: node.lastExit && exitRow(node, moment),
    why: serviceWhy(node, root, moment),
    logBytes,
    nextAttempt: node.state.phase === 'waiting' ? timeText(node.state.until, moment) : null,
    waitsFor: root ? waitsFor(root, node) : [],
    breaker: null,
    cpuPercent: usage?.cpuPercent ?? null,
    memoryBytes: usage?.memoryBytes ?? null,
    processes: usage?.processes ?? null,
    nextCron: nextCron?.toISOString() ?? null,
  };
}

/** Null: its readiness is not configured. What has done what it was there for is ready. */
function readyOf({ spec, state }: Service): boolean | null {
  if (spec.ready === null) return null;
  return state.phase === 'running' ? state.proving === null : state.phase === 'ended' && state.how === 'completed';
}

const timeText = (at: Millis | null, { wallTime }: Moment): string | null => (at === null ? null : wallTime(at).toISOString());

function serviceWhy(service: Service, root: Supervisor | undefined, moment: Moment): string | null {
  const parts = [lastWhy(service), waitText(service, root, moment)].filter((part) => part !== null);
  return parts.length === 0 ? null : parts.join('; ');
}

function waitText(service: Service, root: Supervisor | undefined, moment: Moment): string | null {
  const { state } = service;
  if (state.phase === 'waiting' && state.until !== null) return `next attempt in ${formatDuration(Math.max(0, state.until - moment.now))}`;
  const needs = root ? needsText(root, service) : null;
  return needs === null ? null : `waits for ${needs}`;
}

function lastWhy(service: Service): string | null {
  const why = service.cause && describeCause(service.cause);
  const [file] = service.watchLoop?.files ?? [];
  if (file === undefined || !isWatchOff(service)) return why;
  const off = describeCause({ type: 'watch_loop', file });
  return why === null ? off : `${why}; ${off}`;
}

function exitRow({ lastExit }: Service, moment: Moment): ExitRow | null {
  return lastExit && { ...exitFactsOf(lastExit), at: moment.wallTime(lastExit.at).toISOString() };
}

/** An exit as the journal and the wire have it. */
export const exitFactsOf = ({ code, signal, finding }: Exit): ExitFacts => ({
  code,
  signal,
  coreDumped: finding?.type === 'core_dumped',
  outOfMemory: finding?.type === 'out_of_memory',
});

function supervisorRow({ app, path, node }: Placed<Supervisor>, moment: Moment, { logBytes }: UsedNumbers): SupervisorRow {
  const { strategy, intensity, periodMs } = node.spec;
  return {
    app,
    path,
    kind: 'supervisor',
    state: supervisorState(node),
    desired: node.desired,
    ready: null,
    pid: null,
    run: node.run,
    restarts: node.restarts,
    ...sinceFields(node.state.phase === 'running' ? node.state.since : null, moment),
    exit: null,
    why: supervisorWhy(node, moment),
    logBytes,
    nextAttempt: node.state.phase === 'ended' ? timeText(node.state.retryAt, moment) : null,
    waitsFor: [],
    breaker: breakerOf(node),
    cpuPercent: null,
    memoryBytes: null,
    processes: null,
    nextCron: null,
    strategy,
    intensity,
    periodMs,
    restartsInWindow: withinPeriod(node.history, moment.now, periodMs).length,
  };
}

const sinceFields = (since: Millis | null, moment: Moment): { readonly startedAt: string | null; readonly uptimeMs: number | null } =>
  since === null
    ? { startedAt: null, uptimeMs: null }
    : { startedAt: moment.wallTime(since).toISOString(), uptimeMs: Math.max(0, Math.round(moment.now - since)) };

function supervisorWhy({ cause, state }: Supervisor, moment: Moment): string | null {
  const why = cause && describeCause(cause);
  if (state.phase !== 'ended' || state.retryAt === null) return why;
  return `${why ?? 'it gave up'}; tries again in ${formatDuration(Math.max(0, state.retryAt - moment.now))}`;
}
