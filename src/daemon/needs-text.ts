/** What a service waits for that is to be started, and whether that can come by itself. Pure. */
import { childPath, parentPath } from '../base/names.js';
import { describeCause } from '../supervision/cause.js';
import { isMet } from '../supervision/needs.js';
import { findNode, isLive, type Node, type Service, type Supervisor } from '../supervision/tree.js';

/** Names of what a waiting service needs and is not up; empty: it waits for nothing of the kind. */
export const waitsFor = (root: Supervisor, { state, spec }: Service): readonly string[] =>
  state.phase === 'waiting' ? spec.needs.filter((need) => !isMet(root, need)) : [];

/** What it waits for, in words: "db (starting), database (watchdog: down)"; null: for nothing. */
export function needsText(root: Supervisor, service: Service): string | null {
  const names = waitsFor(root, service);
  return names.length === 0 ? null : names.map((name) => `${name} (${needText(root, name)})`).join(', ');
}

/**
 * What of a waiting service's needs will not come unless somebody does something, "db, which is failed: exit code 1"; null: all that it waits for may come.
 */
export const hopelessNeed = (root: Supervisor, service: Service): string | null => new Search(root).hopelessNeed(service);

const isWatchdog = ({ spec }: Supervisor, name: string): boolean => spec.watchdogs.some((watchdog) => watchdog.name === name);

/** Needs are no circle; but for as long as a part of the tree has its new ones and another has not. */
class Search {
  readonly #root: Supervisor;
  readonly #seen = new Set<Node>();

  constructor(root: Supervisor) {
    this.#root = root;
  }

  hopelessNeed(service: Service): string | null {
    if (this.#seen.has(service)) return null;
    this.#seen.add(service);
    for (const name of waitsFor(this.#root, service)) {
      const obstacle = isWatchdog(this.#root, name) ? null : this.#obstacleTo(name);
      if (obstacle !== null) return `${name}, which is ${needText(this.#root, name)}${obstacle}`;
    }
    return null;
  }

  /** Why what is at `path` does not come by itself, to be put behind how it is; null: it is on its way up, or its supervisor is going to bring it back. */
  #obstacleTo(path: string): string | null {
    const node = findNode(this.#root, path);
    if (node === undefined) return '';
    const { state, cause } = node;
    const why = cause ? `: ${describeCause(cause)}` : '';
    if (state.phase === 'ended') return 'retryAt' in state && state.retryAt !== null ? null : why;
    if (state.phase === 'stopped') return node.desired === 'stopped' ? why : this.#obstacleAbove(path);
    return this.#obstacleIn(node, path);
  }

  /** It is started at its turn, if its supervisor comes to that. */
  #obstacleAbove(path: string): string | null {
    const above = parentPath(path);
    const supervisor = findNode(this.#root, above);
    if (path === '' || supervisor === undefined || isLive(supervisor) || this.#obstacleTo(above) === null) return null;
    return `, as ${above || 'the application'} is ${needText(this.#root, above)}`;
  }

  /** Who waits for what will not come holds up the supervisors that it is in. */
  #obstacleIn(node: Node, path: string): string | null {
    if (node.kind === 'service') {
      const need = this.hopelessNeed(node);
      return need === null ? null : `: ${path} needs ${need}`;
    }
    for (const child of node.children) {
      const obstacle = this.#obstacleIn(child, childPath(path, child.name));
      if (obstacle !== null) return obstacle;
    }
    return null;
  }
}

function needText(root: Supervisor, name: string): string {
  if (isWatchdog(root, name)) return root.watched[name] === 'down' ? 'watchdog: down' : 'watchdog: not known yet';
  const node = findNode(root, name);
  if (node === undefined) return 'not there';
  const { state } = node;
  if (state.phase === 'ended') return state.how;
  if (state.phase === 'running') return 'not ready';
  return state.phase === 'down' ? 'failed' : state.phase;
}
