/** What a service waits for that is to be started, and whether that can come by itself. Pure. */
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
 * What of a waiting service's needs will not come unless somebody does something, "db, which failed: exit code 1"; null: all that it waits for may come.
 */
export function hopelessNeed(root: Supervisor, service: Service): string | null {
  for (const name of waitsFor(root, service)) {
    const node = findNode(root, name);
    if (isWatchdog(root, name) || (node && isComing(root, node))) continue;
    const why = node?.cause ? `: ${describeCause(node.cause)}` : '';
    return `${name}, which is ${needText(root, name)}${why}`;
  }
  return null;
}

const isWatchdog = ({ spec }: Supervisor, name: string): boolean => spec.watchdogs.some((watchdog) => watchdog.name === name);

/** Is it on its way up, or going to be brought back by its supervisor? */
function isComing(root: Supervisor, node: Node): boolean {
  if (node.kind === 'service' && node.state.phase === 'waiting') return hopelessNeed(root, node) === null;
  if (node.state.phase === 'ended') return 'retryAt' in node.state && node.state.retryAt !== null;
  return isLive(node) || node.state.phase === 'down' || node.desired === 'up';
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
