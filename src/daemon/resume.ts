/** Brings up again what was up before the machine was started anew, or before everything was halted. */
import { childPath } from '../base/names.js';
import type { KeeperNews } from '../keeper/protocol.js';
import type { ChildSpec, SupervisorSpec } from '../supervision/spec.js';
import { emptyForest, isAsleep, type Node, type Supervisor } from '../supervision/tree.js';
import type { DaemonContext } from './context.js';
import { appChange, changesBetween, readMemory } from './memory.js';
import { isServicePlace, placedNodes } from './view.js';

/**
 * Starts every application that was up, as it was configured then and in the environment it had. What was stopped by hand stays
 * stopped; instances of pools are gone, as after a restart of their supervisor. Gives the names of the applications.
 *
 * @throws Error if the memory is none.
 */
export function resume(context: Pick<DaemonContext, 'apps' | 'outbox' | 'ports' | 'runtime'>, memory: MemoryOfHello): readonly string[] {
  const { forest, records } = readMemory(new Map(memory));
  // Nothing of it is true any more; what is true from now on is remembered as it comes.
  context.outbox.remember(changesBetween(forest, emptyForest));
  const up = records.filter(({ name }) => forest.apps[name]?.root.leaving === 'no');
  for (const record of up) {
    const application = forest.apps[record.name];
    if (!application) continue;
    const services = placedNodes(application).filter(isServicePlace);
    context.ports.prepare(
      record.name,
      services.filter(({ node }) => !node.dynamic).map(({ path }) => path),
    );
    context.apps.set(record.name, record);
    context.outbox.remember([appChange(record)]);
    const root = specOf(application.root);
    const app = record.name;
    context.runtime.post({ type: 'apply', app, root, names: wantedIn(application.root), recreate: false });
    for (const path of disabledIn(application.root, '')) context.runtime.post({ type: 'breaker-asked', app, path, verb: 'disable' });
    const asleep = services.filter(({ node }) => node.spec.onDemand && node.desired === 'stopped' && node.cause?.type === 'by_hand');
    // Nobody starts them by himself, but a call would.
    context.runtime.post({ type: 'stop-asked', app, paths: asleep.map(({ path }) => path), graceMs: null });
  }
  return up.map(({ name }) => name);
}

type MemoryOfHello = Extract<KeeperNews, { news: 'hello' }>['memory'];

const specOf = (supervisor: Supervisor): SupervisorSpec => ({
  ...supervisor.spec,
  children: supervisor.children.filter(isConfigured).map(childSpecOf),
});

const childSpecOf = (child: Node): ChildSpec => (child.kind === 'supervisor' ? specOf(child) : child.spec);

const isConfigured = (child: Node): boolean => child.kind === 'supervisor' || !child.dynamic;

/** The supervisors that a person keeps disabled. */
const disabledIn = (supervisor: Supervisor, path: string): readonly string[] => [
  ...(supervisor.isDisabled ? [path] : []),
  ...supervisor.children.flatMap((child) => (child.kind === 'supervisor' ? disabledIn(child, childPath(path, child.name)) : [])),
];

/** No path is this: it selects nothing. */
const NOBODY = '/';

/** Whom to start: all (no names), or all but those that were stopped by hand or disabled, with what they are in. */
function wantedIn(root: Supervisor): readonly string[] {
  const leaves = leavesOf(root, '', root.desired === 'up' && !root.isDisabled);
  if (leaves.every(({ isWanted }) => isWanted)) return [];
  const wanted = leaves.flatMap(({ path, isWanted }) => (isWanted ? [path] : []));
  return wanted.length > 0 ? wanted : [NOBODY];
}

interface Leaf {
  readonly path: string;
  readonly isWanted: boolean;
}

/** Services, and supervisors that have none configured (pools). One that nobody starts by itself is not to be named: that would start it. */
function leavesOf(node: Node, path: string, isWanted: boolean): readonly Leaf[] {
  const isDisabled = node.kind === 'supervisor' && node.isDisabled;
  const isUp = isWanted && node.desired === 'up' && !isDisabled;
  const children = node.kind === 'supervisor' ? node.children.filter(isConfigured) : [];
  if (children.length > 0) return children.flatMap((child) => leavesOf(child, childPath(path, child.name), isUp));
  const waitsToBeAsked = node.kind === 'service' && !node.spec.autostart && (node.desired === 'stopped' || isAsleep(node));
  return waitsToBeAsked ? [] : [{ path, isWanted: isUp }];
}
