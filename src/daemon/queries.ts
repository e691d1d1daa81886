/** What only looks: `ps`, `status`, `daemon status`. Nothing here changes anything. */
import { readdirSync } from 'node:fs';
import { parentPath } from '../base/names.js';
import { withoutLogins } from '../base/url-logins.js';
import { version } from '../base/version.js';
import type { DaemonStatus, InputOf, PsRow, Scope, StatusReply } from '../control/contract.js';
import { withinPeriod } from '../supervision/intensity.js';
import type { ServiceSpec } from '../supervision/spec.js';
import { findNode, type Node, type Supervisor } from '../supervision/tree.js';
import { alarmsAt } from './alarms/alarm-queries.js';
import { below } from './by-hand.js';
import { canOpenFiles, isOutOfFiles } from './conditions.js';
import { type DaemonContext, momentOf } from './context.js';
import { lastLinesOf } from './results.js';
import { rowsOf } from './rows.js';
import { lastExits } from './run-search.js';
import { resolveApps, resolveNames } from './select.js';
import { usageNow } from './usage-now.js';
import { isServicePlace, type Placed, pidOf, placedNodes, rowOf } from './view.js';
import { placeNamed, whereOf } from './whereis.js';

/** The rows of what is selected with all below it; without names of the scope's application; without a scope of all. */
export async function ps(context: DaemonContext, query: InputOf<'GET /v1/ps'>): Promise<readonly PsRow[]> {
  return rowsOf(context, selected(context, query, query.all), query.usage);
}

/** The nodes that a query with names and a scope is about. */
export function selected(context: DaemonContext, query: Scope & { readonly names: readonly string[] }, all: boolean): readonly Placed[] {
  const forest = context.runtime.forest();
  const where = whereOf(context, query);
  if (query.names.length > 0) return below(resolveNames(forest, query.names, where));
  const isUnscoped = query.app === undefined && query.here === undefined;
  return (all || isUnscoped ? Object.values(forest.apps) : resolveApps(forest, where)).flatMap(placedNodes);
}

/** Everything about one node. */
export async function status(context: DaemonContext, query: InputOf<'GET /v1/status'>): Promise<StatusReply> {
  const forest = context.runtime.forest();
  const place = placeNamed(context, query, 'status is about one; name it');
  const pid = isServicePlace(place) ? pidOf(place.node) : null;
  const usage = pid === null ? undefined : (await usageNow(context, [pid])).get(pid);
  const nextCron = isServicePlace(place) ? context.triggers.nextCron(place) : null;
  const used = { root: forest.apps[place.app]?.root, usage, logBytes: context.logs.bytes(place.app, place.path), nextCron };
  return {
    ...rowOf(place, momentOf(context), used),
    spec: withoutLogins(shownSpec(place.node)),
    pids: usage?.pids ?? (pid === null ? [] : [pid]),
    lastExits: isServicePlace(place) ? await lastExits(context, place) : [],
    lastLines: isServicePlace(place) ? await lastLinesOf(context, place.app, place.path) : [],
    alarms: alarmsAt(context.alarms, place),
    budget: budgetOf(context, place),
    ...answersOf(context, place),
  };
}

function answersOf({ health, clock }: DaemonContext, place: Placed): Pick<StatusReply, 'says' | 'lastAnswer'> {
  const { app, path } = place;
  const latest = health.latest(app, path);
  const lastAnswer = latest ? { ...latest, at: clock.wallTime(latest.at).toISOString() } : null;
  return { says: isServicePlace(place) ? health.statusText({ app, path, run: place.node.run }) : null, lastAnswer };
}

/** As configured, without values of variables: of the environment only the names. */
function shownSpec(node: Node): Readonly<Record<string, unknown>> {
  if (node.kind === 'service') return withoutValues(node.spec);
  const { template, watchdogs } = node.spec;
  const shown = watchdogs.map((watchdog) => ({ ...watchdog, env: Object.keys(watchdog.env) }));
  return { ...node.spec, template: template && withoutValues(template), watchdogs: shown };
}

const withoutValues = (spec: ServiceSpec): Readonly<Record<string, unknown>> => ({ ...spec, env: Object.keys(spec.env) });

function budgetOf(context: DaemonContext, { app, path }: Placed): StatusReply['budget'] {
  const root = context.runtime.forest().apps[app]?.root;
  if (!root || path === '') return null;
  const supervisor = parentPath(path);
  const node = findNode(root, supervisor);
  return node?.kind === 'supervisor' ? { supervisor, ...leftOf(node, context.clock.now()) } : null;
}

function leftOf(
  { spec, history }: Supervisor,
  now: number,
): { readonly left: number; readonly intensity: number; readonly periodMs: number } {
  const { intensity, periodMs } = spec;
  return { left: intensity - withinPeriod(history, now, periodMs).length, intensity, periodMs };
}

/** The daemon itself. */
export function daemonStatus(context: DaemonContext): DaemonStatus {
  const apps = Object.values(context.runtime.forest().apps);
  return {
    pid: process.pid,
    keeperPid: context.keeper.pid,
    version,
    startedAt: context.startedAt,
    home: context.layout.home,
    socket: context.layout.socket,
    apps: apps.length,
    services: apps.flatMap(placedNodes).filter(isServicePlace).length,
    ...ownUsage(context),
    logBytes: context.logs.total(),
    conditions: context.conditions.all(),
  };
}

/** Both are read from files. */
function ownUsage({ conditions }: DaemonContext): Pick<DaemonStatus, 'rssBytes' | 'fds'> {
  try {
    const rssBytes = process.memoryUsage.rss();
    const fds = readdirSync(process.platform === 'linux' ? '/proc/self/fd' : '/dev/fd').length;
    canOpenFiles(conditions);
    return { rssBytes, fds };
  } catch (error) {
    if (!isOutOfFiles(conditions, error)) throw error;
    return { rssBytes: null, fds: null };
  }
}
