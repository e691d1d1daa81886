/**
 * Supervision as one pure function over one immutable value. It decides and never acts: time arrives in the event,
 * effects leave as commands, and what came of them returns as the next event. Events that no longer fit (a run that
 * is over, a child that is gone) change nothing.
 */

import { parentPath } from '../base/names.js';
import { applyToRoot } from './apply.js';
import { onBreaker } from './breaker.js';
import { addInstance, isRestartable, removeChild, restartByHand, signalByHand, startByHand, stopByHand } from './by-hand.js';
import { stopSupervisor } from './child.js';
import { expire } from './expire.js';
import { freshSupervisor } from './fresh.js';
import { onIdle, onNotReady, onReady, onUnhealthy, onWatchdog } from './health.js';
import { followLinks } from './links.js';
import type { Command, Event } from './messages.js';
import { needsIn } from './needs.js';
import { onExited, onSpawned, onSpawnFailed } from './service.js';
import { beginStops } from './stop-order.js';
import type { StopOrder } from './stop-service.js';
import { advance } from './supervisor.js';
import { changeAt, type Forest, findNode, isLive, type Node, type Service, type Supervisor } from './tree.js';
import { onCronDue, onFilesChanged, onMemoryExceeded } from './trigger.js';
import type { Turn } from './turn.js';

/** The forest after `event`, and what the shell has to do, in order. */
export function step(forest: Forest, event: Event): readonly [Forest, readonly Command[]] {
  if (event.type === 'tick') return tick(forest, event.at);
  const before = forest.apps[event.app]?.root;
  const turn: Turn = { at: event.at, app: event.app, path: '', commands: [], needs: before ? needsIn(before) : null };
  const root = before ?? (event.type === 'apply' ? freshSupervisor(event.root) : undefined);
  if (!root) return [forest, []];
  const handled = handle(turn, root, event);
  // Every step has gone as far as it could: where nothing is new, nothing is left to be done, and nobody has to look at a thousand children.
  if (handled === before) return [forest, turn.commands];
  return [replaced(turn, forest, settled(turn, before, handled)), turn.commands];
}

/**
 * As far as the tree can go now. Where somebody needs somebody else, what becomes of one part of the tree may be what another part has waited for: then all
 * of it is looked at, until nothing follows any more.
 */
function settled(turn: Turn, before: Supervisor | undefined, handled: Supervisor): Supervisor {
  let needs = needsIn(handled);
  if (needs === null) return advance({ ...turn, needs }, before, handled);
  let current = handled;
  for (;;) {
    const there = { ...turn, needs };
    const advanced = advance(there, undefined, current);
    // Who is to stop is known only when nothing follows any more.
    const next = advanced === current ? beginStops(there, current) : advanced;
    if (next === current) return current;
    current = next;
    needs = needsIn(current);
  }
}

type AppEvent = Exclude<Event, { type: 'tick' }>;

function handle(turn: Turn, root: Supervisor, event: AppEvent): Supervisor {
  if (event.type === 'apply') return applyToRoot(turn, root, { spec: event.root, names: event.names, recreate: event.recreate });
  if (event.type === 'down-asked') return stopForGood(turn, root, event);
  const path = 'path' in event ? event.path : '';
  const there: Turn = { ...turn, path };
  switch (event.type) {
    case 'start-asked':
      return start(turn, root, path);
    case 'remove-asked':
      return remove(turn, root, path);
    case 'stop-asked':
    case 'restart-asked':
      return atEach(turn, root, event);
    case 'kill-asked':
      return changeAt(root, path, (node) => signalByHand(there, node, { signal: event.signal, event: 'killed' }));
    case 'signal-asked':
      return changeAt(root, path, (node) => signalByHand(there, node, { signal: event.signal, event: 'signalled' }));
    case 'instance-asked':
      return changeAt(root, path, (node) => addInstance(there, node, event.args));
    case 'spawned':
      return atRun(root, event, (service) => onSpawned(there, service, event.pid));
    case 'spawn-failed':
      return atRun(root, event, (service) => onSpawnFailed(there, service, event.message));
    case 'exited': {
      const { code, signal, at: time, finding, isMissed = false } = event;
      const exit = { code, signal, at: time, ...(finding && { finding }), isMissed };
      const after = atRun(root, event, (service) => onExited(there, service, exit));
      return followLinks(turn, { before: root, after, path });
    }
    default:
      return handleNews(turn, root, event);
  }
}

type News = Extract<
  AppEvent,
  {
    type:
      | 'cron-due'
      | 'files-changed'
      | 'memory-exceeded'
      | 'ready'
      | 'not-ready'
      | 'unhealthy'
      | 'watchdog-changed'
      | 'idle-elapsed'
      | 'breaker-asked';
  }
>;

/** What is seen from outside, besides the beginning and the end of runs. */
function handleNews(turn: Turn, root: Supervisor, event: News): Supervisor {
  switch (event.type) {
    case 'cron-due':
      return onCronDue(turn, root, event.path);
    case 'files-changed':
      return onFilesChanged(turn, root, event);
    case 'memory-exceeded':
      return onMemoryExceeded(turn, root, event);
    case 'ready':
      return onReady(turn, root, event);
    case 'not-ready':
      return onNotReady(turn, root, event);
    case 'unhealthy':
      return onUnhealthy(turn, root, event);
    case 'watchdog-changed':
      return onWatchdog(root, event);
    case 'idle-elapsed':
      return onIdle(turn, root, event);
    case 'breaker-asked':
      return onBreaker(turn, root, event);
    default:
      return event satisfies never;
  }
}

/** Each of them as if it had been asked for by itself, starts last; but nothing follows from it before all have been. */
function atEach(
  turn: Turn,
  root: Supervisor,
  { type, paths, graceMs }: Extract<Event, { type: 'stop-asked' | 'restart-asked' }>,
): Supervisor {
  // What is only to be started may need what is about to be stopped.
  const inOrder =
    type === 'stop-asked' ? paths : [true, false].flatMap((first) => paths.filter((path) => isRestartable(root, path) === first));
  return inOrder.reduce((current, path) => {
    const there: Turn = { ...turn, path, needs: needsIn(current) };
    if (type === 'stop-asked') return changeAt(current, path, (node) => stopByHand(there, node, graceMs));
    if (!isRestartable(current, path)) return start({ ...there, path: '' }, current, path);
    return changeAt(current, path, (node) => restartByHand(there, node, graceMs));
  }, root);
}

function start(turn: Turn, root: Supervisor, path: string): Supervisor {
  if (!findNode(root, path)) return root;
  return asSupervisor(startByHand(turn, root, { names: namesOf(path), parent: null }), root);
}

function remove(turn: Turn, root: Supervisor, path: string): Supervisor {
  const parent = parentPath(path);
  return changeAt(root, parent, (node) =>
    node.kind === 'supervisor' ? removeChild({ ...turn, path: parent }, node, lastName(path)) : node,
  );
}

const lastName = (path: string): string => namesOf(path).at(-1) ?? '';

type DownAsked = Extract<Event, { type: 'down-asked' }>;

/** Stops the whole application; it is forgotten as soon as it has stopped. */
function stopForGood(turn: Turn, root: Supervisor, { graceMs, isHalt }: Pick<DownAsked, 'graceMs' | 'isHalt'>): Supervisor {
  const order: StopOrder = isHalt
    ? { by: 'supervisor', cause: { type: 'halted' }, next: 'stopped', graceMs }
    : { by: 'user', cause: { type: 'by_hand', verb: 'stopped' }, next: 'stopped', graceMs };
  return { ...stopSupervisor(turn, root, order), desired: 'stopped', leaving: 'remove' };
}

const namesOf = (path: string): readonly string[] => (path === '' ? [] : path.split('/'));

/** News of one run: news of another run than the newest is old news. */
function atRun(
  root: Supervisor,
  { path, run }: { readonly path: string; readonly run: number },
  change: (service: Service) => Service,
): Supervisor {
  return changeAt(root, path, (node) => (node.kind === 'service' && node.run === run ? change(node) : node));
}

const asSupervisor = (node: Node, otherwise: Supervisor): Supervisor => (node.kind === 'supervisor' ? node : otherwise);

function tick(forest: Forest, now: number): readonly [Forest, readonly Command[]] {
  const commands: Command[] = [];
  let next = forest;
  for (const { name, root } of Object.values(forest.apps)) {
    const turn: Turn = { at: now, app: name, path: '', commands, needs: needsIn(root) };
    const after = expire(turn, root);
    next = replaced(turn, next, after === root ? root : settled(turn, after, after));
  }
  return [next, commands];
}

/** The forest with another root for the turn's application; without it when it was to go and has stopped. */
function replaced(turn: Turn, forest: Forest, after: Supervisor): Forest {
  if (after === forest.apps[turn.app]?.root) return forest;
  if (after.leaving === 'remove' && !isLive(after)) {
    turn.commands.push({ do: 'forget', app: turn.app, path: null });
    const { [turn.app]: _gone, ...apps } = forest.apps;
    return { apps };
  }
  return { apps: { ...forest.apps, [turn.app]: { name: turn.app, root: after } } };
}
