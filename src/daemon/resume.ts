/** Brings up again what was up before the machine was started anew, or before everything was halted. */
import type { KeeperNews } from '../keeper/protocol.js';
import type { ChildSpec, SupervisorSpec } from '../supervision/spec.js';
import { emptyForest, type Node, type Supervisor } from '../supervision/tree.js';
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
    context.runtime.post({ type: 'apply', app: record.name, root: specOf(application.root), names: [], recreate: false });
  }
  return up.map(({ name }) => name);
}

type MemoryOfHello = Extract<KeeperNews, { news: 'hello' }>['memory'];

const specOf = (supervisor: Supervisor): SupervisorSpec => ({
  ...supervisor.spec,
  children: supervisor.children.filter(isConfigured).map((child) => childSpecOf(child, supervisor.desired === 'stopped')),
});

const isConfigured = (child: Node): boolean => child.kind === 'supervisor' || !child.dynamic;

/** Who was stopped by hand is one that only a person starts. */
function childSpecOf(child: Node, isStopped: boolean): ChildSpec {
  const isOff = isStopped || child.desired === 'stopped';
  if (child.kind === 'supervisor') return specOf(isOff ? { ...child, desired: 'stopped' } : child);
  return isOff ? { ...child.spec, autostart: false } : child.spec;
}
