/**
 * Supervision as one pure function over one immutable value. It decides and never acts: time arrives in the event,
 * effects leave as commands, and what came of them returns as the next event. Events that no longer fit (a run that
 * is over, a child that is gone) change nothing.
 */
import { childPath } from '../base/names.js';
import { applyToRoot } from './apply.js';
import { addInstance, isRestartable, killByHand, restartByHand, startByHand, stopByHand } from './by-hand.js';
import { stopSupervisor } from './child.js';
import { expire } from './expire.js';
import { freshSupervisor } from './fresh.js';
import type { Command, Event } from './messages.js';
import { onExited, onSpawned, onSpawnFailed } from './service.js';
import { advance } from './supervisor.js';
import { type Forest, findNode, isLive, type Node, type Service, type Supervisor, withChild } from './tree.js';
import type { Turn } from './turn.js';

/** The forest after `event`, and what the shell has to do, in order. */
export function step(forest: Forest, event: Event): readonly [Forest, readonly Command[]] {
  if (event.type === 'tick') return tick(forest, event.at);
  const turn: Turn = { at: event.at, app: event.app, commands: [] };
  const before = forest.apps[event.app]?.root;
  const root = before ?? (event.type === 'apply' ? freshSupervisor(event.root) : undefined);
  if (!root) return [forest, []];
  const after = advance(turn, before, handle(turn, root, event), '');
  return [replaced(turn, forest, before, after), turn.commands];
}

type AppEvent = Exclude<Event, { type: 'tick' }>;

function handle(turn: Turn, root: Supervisor, event: AppEvent): Supervisor {
  switch (event.type) {
    case 'apply':
      return applyToRoot(turn, root, { spec: event.root, names: event.names, recreate: event.recreate });
    case 'down-asked':
      return stopForGood(turn, root, event.graceMs);
    case 'start-asked':
      return start(turn, root, event.path);
    case 'stop-asked':
      return at(root, event.path, (node, path) => stopByHand(turn, node, path, event.graceMs));
    case 'restart-asked':
      if (!isRestartable(root, event.path)) return start(turn, root, event.path);
      return at(root, event.path, (node, path) => restartByHand(turn, node, path, event.graceMs));
    case 'kill-asked':
      return at(root, event.path, (node, path) => killByHand(turn, node, path, event.signal));
    case 'instance-asked':
      return at(root, event.path, (node, path) => addInstance(turn, node, path, event.args));
    case 'spawned':
      return atRun(root, event, (service, path) => onSpawned(turn, service, path, event.pid));
    case 'spawn-failed':
      return atRun(root, event, (service, path) => onSpawnFailed(turn, service, path, event.message));
    case 'exited':
      return atRun(root, event, (service, path) => onExited(turn, service, path, { code: event.code, signal: event.signal, at: event.at }));
    default:
      return event satisfies never;
  }
}

function start(turn: Turn, root: Supervisor, path: string): Supervisor {
  if (!findNode(root, path)) return root;
  return asSupervisor(startByHand(turn, root, { path: '', names: path === '' ? [] : path.split('/'), parent: null }), root);
}

/** Stops the whole application; it is forgotten as soon as it has stopped. */
function stopForGood(turn: Turn, root: Supervisor, graceMs: number | null): Supervisor {
  const order = { by: 'user', cause: { type: 'by_hand', verb: 'stopped' }, then: 'stopped', graceMs } as const;
  return { ...stopSupervisor(turn, root, '', order), desired: 'stopped', leaving: 'remove' };
}

type Change = (node: Node, path: string) => Node;

/** Changes the node at `path`. */
function at(root: Supervisor, path: string, change: Change): Supervisor {
  if (path === '') return asSupervisor(change(root, ''), root);
  return below(root, { path: '', names: path.split('/'), change });
}

interface Way {
  readonly path: string;
  readonly names: readonly string[];
  readonly change: Change;
}

function below(supervisor: Supervisor, way: Way): Supervisor {
  const [name, ...names] = way.names;
  const index = supervisor.children.findIndex((child) => child.name === name);
  const child = supervisor.children[index];
  if (!child) return supervisor;
  const path = childPath(way.path, child.name);
  let changed: Node = child;
  if (names.length === 0) changed = way.change(child, path);
  else if (child.kind === 'supervisor') changed = below(child, { ...way, path, names });
  return changed === child ? supervisor : withChild(supervisor, index, changed);
}

/** Like {@link at}, for news of one run: news of another run than the newest is old news. */
function atRun(
  root: Supervisor,
  event: { readonly path: string; readonly run: number },
  change: (service: Service, path: string) => Service,
): Supervisor {
  return at(root, event.path, (node, path) => (node.kind === 'service' && node.run === event.run ? change(node, path) : node));
}

const asSupervisor = (node: Node, otherwise: Supervisor): Supervisor => (node.kind === 'supervisor' ? node : otherwise);

function tick(forest: Forest, now: number): readonly [Forest, readonly Command[]] {
  const commands: Command[] = [];
  let next = forest;
  for (const { name, root } of Object.values(forest.apps)) {
    const turn: Turn = { at: now, app: name, commands };
    next = replaced(turn, next, root, expire(turn, root, ''));
  }
  return [next, commands];
}

/** The forest with another root for the turn's application; without it when it was to go and has stopped. */
function replaced(turn: Turn, forest: Forest, before: Supervisor | undefined, after: Supervisor): Forest {
  if (after === before) return forest;
  if (after.leaving === 'remove' && !isLive(after)) {
    turn.commands.push({ do: 'forget', app: turn.app, path: null });
    const { [turn.app]: _gone, ...apps } = forest.apps;
    return { apps };
  }
  return { apps: { ...forest.apps, [turn.app]: { name: turn.app, root: after } } };
}
