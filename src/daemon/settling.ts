/** When is a wait over? Questions to the forest, for whoever waits for what was asked. Pure. */
import type { Millis } from '../base/clock.js';
import { formatDuration } from '../base/duration.js';
import { isWithin, parentPath, pathsDownTo } from '../base/names.js';
import { type Cause, describeCause, rootCause } from '../supervision/cause.js';
import {
  type Application,
  type Forest,
  findNode,
  isActive,
  isLive,
  isStarting,
  type Node,
  type Service,
  type Supervisor,
} from '../supervision/tree.js';
import { hopelessNeed, needsText } from './needs-text.js';
import { isServicePlace, type Placed, placedNodes } from './view.js';

/** A program that has run this long did start; one that ends within it fails the `up` that started it. */
const PROVED_MS = 50;
/** The same for a program that has already been restarted since: a crash loop is not a start. */
const PROVED_AFTER_RESTART_MS = 1_000;
/** Who is tried again sooner than this (`backoff`) is waited for. */
const PATIENCE_MS = 5_000;

/** Is nothing below (and including) this node on its way up or down, nor waiting for its turn? Who waits for what will not come by itself is settled. */
function isSettled(root: Supervisor, node: Node): boolean {
  if (node.leaving !== 'no' && isLive(node)) return false;
  if (node.kind === 'service') return isServiceSettled(root, node);
  if (node.state.phase === 'stopped' || node.state.phase === 'ended') return true;
  if (node.state.phase !== 'running' || node.applying !== null) return false;
  return node.children.every((child) => isSettled(root, child) && !isDue(child));
}

function isServiceSettled(root: Supervisor, service: Service): boolean {
  const { state } = service;
  if (state.phase === 'running') return state.proving === null;
  if (state.phase === 'waiting') return endOfLongWait(service) !== null || (state.until === null && hopelessNeed(root, service) !== null);
  return state.phase === 'stopped' || state.phase === 'ended';
}

/** When the next attempt is, if nobody can be asked to wait for that; null: there is none, or it comes soon. */
function endOfLongWait({ state }: Service): Millis | null {
  if (state.phase !== 'waiting' || state.until === null) return null;
  return state.until - state.since > PATIENCE_MS ? state.until : null;
}

/** Is it wanted but not yet started, so that its supervisor is going to start it? */
const isDue = (child: Node): boolean =>
  child.state.phase === 'stopped' && child.desired === 'up' && !(child.kind === 'supervisor' && child.isDisabled);

/** The time at which what was started has proved itself, if nothing more happens; null while something is under way. `node`: of the tree, default all of it. */
export function provedAt(root: Supervisor, node: Node = root): Millis | null {
  if (!isSettled(root, node)) return null;
  let at = 0;
  const visit = (visited: Node): void => {
    if (visited.kind === 'supervisor') for (const child of visited.children) visit(child);
    else if (visited.state.phase === 'running') at = Math.max(at, visited.state.since + proof(visited));
  };
  visit(node);
  return at;
}

/**
 * The same of the node at a path, which may be waiting for its turn in a supervisor that is on its way up. 0: there is no such node
 * (any more).
 */
export function provedIn(root: Supervisor, path: string): Millis | null {
  const node = findNode(root, path);
  if (!node) return 0;
  const isItsTurnToCome = (): boolean => pathsDownTo(parentPath(path)).every((above) => isComingUp(findNode(root, above)));
  return isDue(node) && isItsTurnToCome() ? null : provedAt(root, node);
}

/** The same of several places, which may be in several applications: the latest of these times. */
export function allProvedAt({ apps }: Forest, places: readonly Pick<Placed, 'app' | 'path'>[]): Millis | null {
  const times = places.map(({ app, path }) => (apps[app] ? provedIn(apps[app].root, path) : 0));
  return times.reduce<Millis | null>((latest, time) => (latest === null || time === null ? null : Math.max(latest, time)), 0);
}

/** Is this a supervisor that starts those below it, now or in a moment? */
const isComingUp = (node: Node | undefined): boolean => node?.kind === 'supervisor' && (isActive(node) || isStarting(node) || isDue(node));

const proof = (service: Service): Millis => (service.restarts > 0 ? PROVED_AFTER_RESTART_MS : PROVED_MS);

/** How far a wait has come, and whom it waits for. */
export interface Waiting {
  readonly done: number;
  readonly total: number;
  readonly waitingFor: readonly { readonly path: string; readonly state: string; readonly killInMs: number | null }[];
}

/** Services that are up or done, of those wanted; and those under way. Whose turn has yet to come is neither. */
export function startProgress({ apps }: Forest, services: readonly Placed<Service>[], now: Millis): Waiting {
  const wanted = services.filter(({ node }) => node.desired === 'up' || isLive(node));
  const waitingFor = wanted.filter(({ app, node }) => apps[app] && !isSettled(apps[app].root, node));
  const toCome = wanted.filter(({ node }) => isDue(node));
  return {
    done: wanted.length - waitingFor.length - toCome.length,
    total: wanted.length,
    waitingFor: waitingFor.map((placed) => ({ ...waitedFor(placed, now), state: startText(apps[placed.app]?.root, placed.node, now) })),
  };
}

/** What it is about. */
function startText(root: Supervisor | undefined, service: Service, now: Millis): string {
  const { state } = service;
  if (state.phase === 'running') return state.proving === null ? 'running' : 'not ready yet';
  if (state.phase !== 'waiting') return state.phase;
  if (state.until !== null) return `next attempt in ${formatDuration(Math.max(0, state.until - now))}`;
  return `waits for ${(root && needsText(root, service)) ?? 'nothing'}`;
}

/** Services that have stopped, of all; and those that are being stopped, with the time until SIGKILL. */
export function stopProgress(services: readonly Placed<Service>[], now: Millis): Waiting {
  const live = services.filter(({ node }) => isLive(node));
  const stopping = live.filter(({ node }) => node.state.phase === 'stopping');
  return { done: services.length - live.length, total: services.length, waitingFor: stopping.map((placed) => waitedFor(placed, now)) };
}

function waitedFor({ path, node }: Placed<Service>, now: Millis): Waiting['waitingFor'][number] {
  const killAt = node.state.phase === 'stopping' ? node.state.killAt : null;
  return { path, state: node.state.phase, killInMs: killAt === null ? null : Math.max(0, Math.round(killAt - now)) };
}

/** The services of an application, in tree order. */
export const servicesOf = (application: Application): readonly Placed<Service>[] => placedNodes(application).filter(isServicePlace);

/** A service that is not what was asked for, and why. */
export interface Failed {
  readonly path: string;
  readonly cause: string;
  /** Somebody else wanted something else: its output has nothing to do with it. */
  readonly isOverruled?: true;
  /** It was never executed: what it said before has nothing to do with it. */
  readonly isUnexecuted?: true;
}

/**
 * What has failed among these nodes and their supervisors: services that could not be started or ended badly, and
 * the child because of which a supervisor gave up, as they are `now`.
 */
export function failuresOf(application: Application, targets: readonly Placed[], now: Millis): readonly Failed[] {
  const failed = new Map<string, Failed>();
  const isMeant = (path: string): boolean => targets.some((target) => isWithin(path, target.path));
  for (const { path, node } of placedNodes(application)) {
    const isFailed = node.state.phase === 'ended' && node.state.how === 'failed';
    if (isFailed && node.kind === 'service' && isMeant(path)) failed.set(path, failureOf({ path, cause: node.cause }, node.cause));
    const until = node.kind === 'service' && isMeant(path) ? endOfLongWait(node) : null;
    if (until !== null) {
      const why = node.cause ? `${describeCause(node.cause)}; ` : '';
      failed.set(path, { path, cause: `${why}it is tried again in ${formatDuration(Math.max(0, until - now))} (backoff)` });
    }
    const hopeless = node.kind === 'service' && isMeant(path) ? hopelessNeed(application.root, node) : null;
    if (hopeless !== null) failed.set(path, { path, cause: `it needs ${hopeless}`, isUnexecuted: true });
  }
  // From the innermost to the outermost: one entry for a chain, with the whole of it.
  for (const { path, node } of [...supervisorsOver(application.root, targets)].reverse()) {
    if (node.state.phase !== 'ended' || node.state.how !== 'failed' || !node.cause) continue;
    const culprit = rootCause({ path, cause: node.cause });
    failed.delete(culprit.path);
    const failure = failureOf(culprit, node.cause);
    failed.set(culprit.path, { ...failure, cause: failure.cause + adviceOn(findNode(application.root, culprit.path)) });
  }
  return [...failed.values()];
}

/** The failure of a child for a cause of its own, told with the whole chain. */
const failureOf = ({ path, cause }: ReturnType<typeof rootCause>, chain: Cause | null): Failed => ({
  path,
  cause: chain ? describeCause(chain) : 'failed',
  ...(cause?.type === 'start_failed' && { isUnexecuted: true }),
});

/** Supervisors among, below and above the targets. */
function supervisorsOver(root: Supervisor, targets: readonly Placed[]): readonly { readonly path: string; readonly node: Supervisor }[] {
  return placedNodes({ name: '', root }).flatMap(({ path, node }) =>
    node.kind === 'supervisor' && targets.some((target) => isWithin(target.path, path) || isWithin(path, target.path))
      ? [{ path, node }]
      : [],
  );
}

/** The commonest mistake behind a crash loop without a crash. */
const adviceOn = (culprit: Node | undefined): string =>
  culprit?.kind === 'service' && culprit.spec.restart === 'permanent' && culprit.lastExit?.code === 0
    ? '; a program that is to end by itself wants "restart: transient" or "temporary"'
    : '';
