/** `start`, `stop`, `restart`: services and supervisors by hand. */
import type { Millis } from '../base/clock.js';
import { PortsupError } from '../base/errors.js';
import { childPath } from '../base/names.js';
import type { ActionBody, ActionLine, RestartBody, Selection, StartBody } from '../control/contract.js';
import type { LineStream } from '../control/streams.js';
import { isMet, neededBy } from '../supervision/needs.js';
import { findNode, isLive } from '../supervision/tree.js';
import { type DaemonContext, refuseWhileEnding } from './context.js';
import { refuseDisabled } from './refuse-disabled.js';
import { resultLine, tooLate } from './results.js';
import { resolveNames } from './select.js';
import { allProvedAt, type Failed, failuresOf, startProgress, stopProgress } from './settling.js';
import { isServicePlace, type Placed, placedNodes } from './view.js';
import { waitFor } from './waiting.js';
import { whereOf } from './whereis.js';

/** Besides what each service may take until it is ready. */
const START_LIMIT_MS = 60_000;

/** The longest to wait for the start of these when the client names no limit: none of them is given up before it is known why it is not ready. */
export const startLimit = (placed: readonly Placed[]): Millis =>
  placed.reduce((sum, { node }) => sum + (node.kind === 'service' ? (node.spec.ready?.timeoutMs ?? 0) : 0), START_LIMIT_MS);

/**
 * The nodes a selection means.
 *
 * @throws PortsupError as `resolveNames`; `USAGE` without a name.
 */
export function targetsOf(context: DaemonContext, selection: Selection): readonly Placed[] {
  if (selection.names.length === 0) throw new PortsupError('USAGE', 'no service named', 'name one or more services or supervisors');
  return resolveNames(context.runtime.forest(), selection.names, whereOf(context, selection));
}

/** Starts services and supervisors; of a pool one more instance, with `args` appended to its command. */
export async function start(context: DaemonContext, body: StartBody, stream: LineStream<ActionLine>): Promise<void> {
  refuseWhileEnding(context);
  const asked = targetsOf(context, body);
  const stranger = body.args === undefined ? undefined : asked.find((place) => !isPool(place));
  if (stranger) {
    const hint = 'only a supervisor with strategy simple_one_for_one takes arguments, for a new instance';
    throw new PortsupError('USAGE', `${stranger.path || stranger.app} takes no arguments`, hint);
  }
  for (const place of asked) refuseDisabled(context, place, 'start');
  const targets = context.asked.has(body.token) ? asked : askForStart(context, body, asked);
  await untilStarted(context, targets, { limitMs: body.timeoutMs ?? startLimit(below(refreshed(context, targets))), stream });
}

/** The places that are to be waited for: of a pool its new instance. */
function askForStart(context: DaemonContext, { token, args = [] }: StartBody, asked: readonly Placed[]): readonly Placed[] {
  const events = [...neededFor(context, asked), ...asked].map(({ app, path }) => ({ type: 'start-asked', app, path }) as const);
  context.asked.post(token, events);
  return asked.map((place) => (isPool(place) ? addInstance(context, place, args) : place));
}

/** What these need and does not run, wherever it is: who starts something wants it to run. */
function neededFor({ runtime }: DaemonContext, asked: readonly Placed[]): readonly { readonly app: string; readonly path: string }[] {
  return Object.values(runtime.forest().apps).flatMap(({ name: app, root }) => {
    const paths = asked.flatMap((place) => (place.app === app ? [place.path] : []));
    const idle = neededBy(root, paths).filter((path) => {
      const node = findNode(root, path);
      return node !== undefined && !isLive(node) && !isMet(root, path);
    });
    return idle.map((path) => ({ app, path }));
  });
}

/** Stops and starts. */
export async function restart(context: DaemonContext, body: RestartBody, stream: LineStream<ActionLine>): Promise<void> {
  refuseWhileEnding(context);
  const targets = targetsOf(context, body);
  for (const place of targets) refuseDisabled(context, place, 'restart');
  const graceMs = body.timeoutMs ?? null;
  if (!context.asked.has(body.token)) {
    const needed = neededFor(context, targets).map(({ app, path }) => ({ type: 'start-asked', app, path }) as const);
    const events = byApp(targets).map((places) => ({ type: 'restart-asked', ...places, graceMs }) as const);
    context.asked.post(body.token, [...needed, ...events]);
  }
  await untilStarted(context, targets, { limitMs: restartLimit(targets, graceMs), stream });
}

/** As a start may take, after the stops: none where one of these may take for ever. */
function restartLimit(targets: readonly Placed[], graceMs: Millis | null): Millis | null {
  const stops = below(targets).map(({ node }) => stopLimit(node, graceMs));
  return stops.includes(null) ? null : stops.reduce<Millis>((sum, stopMs) => sum + (stopMs ?? 0), startLimit(below(targets)));
}

function stopLimit({ kind, spec }: Placed['node'], graceMs: Millis | null): Millis | null {
  if (kind === 'supervisor') return 0;
  const { shutdown } = spec;
  return graceMs ?? (shutdown === 'infinity' ? null : shutdown === 'brutal_kill' ? 0 : shutdown);
}

/** Stops; what is stopped stays listed. */
export async function stop(context: DaemonContext, body: ActionBody, stream: LineStream<ActionLine>): Promise<void> {
  const targets = targetsOf(context, body);
  for (const places of byApp(targets)) context.runtime.post({ type: 'stop-asked', ...places, graceMs: body.timeoutMs ?? null });
  // What is wanted again by somebody who came later is not waited for: it may never stop.
  const isStopped = (): boolean => refreshed(context, targets).every(({ node }) => !isLive(node) || node.desired === 'up');
  await waitFor(context, stream, {
    reachedAt: () => (isStopped() ? 0 : null),
    progress: () => stopProgress(below(refreshed(context, targets)).filter(isServicePlace), context.clock.now()),
    limitMs: null,
  });
  const ended = refreshed(context, targets);
  const failures = ended
    .filter(({ node }) => isLive(node))
    .map(({ path }) => ({ path, cause: 'it was started again meanwhile', isOverruled: true as const }));
  stream.write(await resultLine(context, { app: commonApp(targets), placed: below(ended), failures }));
}

/** Waits for what has been asked for, and answers with the rows of the targets and what of them is not up. */
export async function untilStarted(
  context: DaemonContext,
  targets: readonly Placed[],
  how: { readonly limitMs: Millis | null; readonly stream: LineStream<ActionLine> },
): Promise<void> {
  // Of an instance that has ended nothing is left but what was reported of it; null: it ended well.
  const ends = new Map<string, string | null>();
  const unsubscribe = context.feed.subscribe(({ app, path, event, cause }) => {
    if (event === 'start_failed' || event === 'exited') ends.set(`${app}:${path}`, cause);
    else if (event === 'completed') ends.set(`${app}:${path}`, null);
  });
  const progress = (): ReturnType<typeof startProgress> =>
    startProgress(context.runtime.forest(), below(refreshed(context, targets)).filter(isServicePlace), context.clock.now());
  const reachedAt = (): Millis | null => allProvedAt(context.runtime.forest(), targets);
  try {
    const reached = await waitFor(context, how.stream, { reachedAt, progress, limitMs: how.limitMs });
    if (reached === 'too-late') throw tooLate('the start', progress().waitingFor);
    const failures = failedAmong(context, targets, ends);
    how.stream.write(await resultLine(context, { app: commonApp(targets), placed: below(refreshed(context, targets)), failures }));
  } finally {
    unsubscribe();
  }
}

/** What of the targets is not up; an instance that could not be started is not even listed any more. */
function failedAmong(context: DaemonContext, targets: readonly Placed[], ends: ReadonlyMap<string, string | null>): readonly Failed[] {
  const { apps } = context.runtime.forest();
  return [...new Set(targets.map(({ app }) => app))].flatMap((app) => {
    const mine = targets.filter((target) => target.app === app);
    const application = apps[app];
    if (!application)
      return mine.map(({ path }) => ({ path, cause: 'its application was taken down meanwhile', isOverruled: true as const }));
    const gone = mine.filter(({ path }) => !findNode(application.root, path));
    const lost = gone.flatMap(({ path }) => {
      const cause = ends.get(`${app}:${path}`);
      return cause === null ? [] : [{ path, cause: cause ?? 'it has ended' }];
    });
    const stopped = mine.filter(({ path }) => findNode(application.root, path)?.state.phase === 'stopped');
    const overruled = stopped.map(({ path }) => ({ path, cause: 'it was stopped meanwhile', isOverruled: true as const }));
    return [...failuresOf(application, mine, context.clock.now()), ...lost, ...overruled];
  });
}

const isPool = ({ node }: Placed): boolean => node.kind === 'supervisor' && node.spec.strategy === 'simple_one_for_one';

/** Asks a pool for one more instance, and names it. */
function addInstance(context: DaemonContext, { app, path, node }: Placed, args: readonly string[]): Placed {
  const root = context.runtime.forest().apps[app]?.root;
  const pool = root && findNode(root, path);
  if (pool?.kind !== 'supervisor' || pool.state.phase !== 'running') {
    throw new PortsupError('START_FAILED', `${path || app} is not running`, 'see "portsup status" for why');
  }
  const instance = { app, path: childPath(path, String(pool.nextInstance)), node };
  context.runtime.post({ type: 'instance-asked', app, path, args });
  return instance;
}

/** The targets as they are now; those that are gone are left out. */
export function refreshed(context: DaemonContext, targets: readonly Placed[]): readonly Placed[] {
  const { apps } = context.runtime.forest();
  return targets.flatMap(({ app, path }) => {
    const root = apps[app]?.root;
    const node = root && findNode(root, path);
    return node ? [{ app, path, node }] : [];
  });
}

/** The nodes themselves and everything below them, in tree order. */
export const below = (placed: readonly Placed[]): readonly Placed[] =>
  placed.flatMap(({ app, path, node }) => {
    if (node.kind === 'service') return [{ app, path, node }];
    return placedNodes({ name: app, root: node }).map((inner) => ({ ...inner, path: joined(path, inner.path) }));
  });

const joined = (outer: string, inner: string): string => (inner === '' ? outer : childPath(outer, inner));

/** The paths of each application's. */
export function byApp(targets: readonly Placed[]): readonly { readonly app: string; readonly paths: readonly string[] }[] {
  const apps = [...new Set(targets.map(({ app }) => app))];
  return apps.map((app) => ({ app, paths: targets.flatMap((target) => (target.app === app ? [target.path] : [])) }));
}

/** The application that all of these are in; null if there are several. */
export function commonApp(targets: readonly Placed[]): string | null {
  const apps = new Set(targets.map(({ app }) => app));
  const [first] = apps;
  return apps.size === 1 && first !== undefined ? first : null;
}
