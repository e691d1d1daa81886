/**
 * Links between services, besides what strategies do: the abnormal end of one restarts all that are linked with it, and with these (OTP: exit signals go along
 * links). Each is restarted once: its own end is asked for, and so it is none that goes along a link again.
 */
import { childPath } from '../base/names.js';
import { isRestartable } from './by-hand.js';
import type { Cause } from './cause.js';
import { stopService } from './stop-service.js';
import { changeAt, findNode, type Node, type Supervisor } from './tree.js';
import type { Turn } from './turn.js';

/** Restarts what is linked with the service at `path`, if the event that made `after` of `before` was its abnormal end. */
export function followLinks(turn: Turn, { before, after, path }: { before: Supervisor; after: Supervisor; path: string }): Supervisor {
  if (before === after || !hasCrashed(findNode(after, path))) return after;
  const cause: Cause = { type: 'linked', path, cause: findNode(after, path)?.cause ?? null };
  return linkedWith(after, path).reduce((root, linked) => {
    if (!isRestartable(root, linked)) return root;
    return changeAt(root, linked, (node) => {
      if (node.kind !== 'service' || node.desired === 'stopped' || node.leaving !== 'no') return node;
      if (node.state.phase !== 'running' && node.state.phase !== 'starting') return node;
      return stopService({ ...turn, path: linked }, node, { by: 'supervisor', cause, next: 'linked', graceMs: null });
    });
  }, after);
}

/** An end by itself that was none of success. A start that failed is no end: it never was there. */
const hasCrashed = (node: Node | undefined): boolean =>
  node?.kind === 'service' && node.state.phase === 'down' && !node.state.clean && node.state.failedStart === null;

/** Everything that can be reached along links, which go both ways, in tree order; without the service itself. */
function linkedWith(root: Supervisor, path: string): readonly string[] {
  const pairs = linksIn(root, '');
  if (pairs.length === 0) return [];
  const reached = new Set([path]);
  for (let size = 0; size !== reached.size; ) {
    size = reached.size;
    for (const [one, other] of pairs) {
      if (reached.has(one)) reached.add(other);
      if (reached.has(other)) reached.add(one);
    }
  }
  reached.delete(path);
  return servicePaths(root, '').filter((service) => reached.has(service));
}

const linksIn = (node: Node, path: string): readonly (readonly [string, string])[] =>
  node.kind === 'service'
    ? node.spec.links.map((link) => [path, link] as const)
    : node.children.flatMap((child) => linksIn(child, childPath(path, child.name)));

const servicePaths = (node: Node, path: string): readonly string[] =>
  node.kind === 'service' ? [path] : node.children.flatMap((child) => servicePaths(child, childPath(path, child.name)));
