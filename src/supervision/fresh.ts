/** Nodes as they are before anything has been started. */
import { childPath } from '../base/names.js';
import type { Cause } from './cause.js';
import { adopted, isJob } from './job.js';
import type { ChildSpec, ServiceSpec, SupervisorSpec } from './spec.js';
import type { Applying, Node, Policy, Service, ServiceState, Supervisor } from './tree.js';

/** A service that was never started. */
export const freshService = (spec: ServiceSpec): Service => ({
  kind: 'service',
  name: spec.name,
  spec,
  nextSpec: null,
  desired: spec.autostart ? 'up' : 'stopped',
  state: unstarted(spec),
  run: 0,
  restarts: 0,
  lastExit: null,
  cause: null,
  dynamic: false,
  leaving: 'no',
  watchLoop: null,
  skippedRun: 0,
  attempts: 0,
});

/** A service that is not live and is started at its turn, or at its time. */
const unstarted = (spec: ServiceSpec): ServiceState => (isJob(spec) ? { phase: 'ended', how: 'waiting' } : { phase: 'stopped' });

/** A supervisor that was never started, with its configured children. */
export const freshSupervisor = (spec: SupervisorSpec): Supervisor => ({
  kind: 'supervisor',
  name: spec.name,
  spec: policyOf(spec),
  desired: 'up',
  state: { phase: 'stopped' },
  children: spec.children.map(freshNode),
  history: [],
  run: 0,
  restarts: 0,
  cause: null,
  leaving: 'no',
  applying: null,
  nextInstance: 1,
  isDisabled: false,
  watched: {},
});

const freshNode = (spec: ChildSpec): Node => (spec.kind === 'service' ? freshService(spec) : freshSupervisor(spec));

/** A supervisor's specification without its children. */
export function policyOf(spec: SupervisorSpec): Policy {
  const { children: _children, ...policy } = spec;
  return policy;
}

/**
 * A supervisor that has stopped, as it is before its next start: configured children only, those stopped by hand
 * wanted again, an empty budget, watchdogs that have yet to look; run numbers and last exits stay. A specification that waits to be applied is.
 * Where the start is supervision's own, its cause is that of the children's starts, too, and what only a person starts stays stopped.
 */
export function resetSupervisor(supervisor: Supervisor, path: string, automatic: boolean): Supervisor {
  const { applying } = supervisor;
  const cause: Cause | null = automatic ? { type: 'supervisor', path, cause: supervisor.cause } : null;
  const known = applying ? rebuiltChildren(supervisor, path, applying) : supervisor.children;
  const kept = known.filter((child) => child.leaving !== 'remove' && !(child.kind === 'service' && child.dynamic));
  return {
    ...supervisor,
    spec: applying ? policyOf(applying.spec) : supervisor.spec,
    children: kept.map((child) => {
      const isWanted = isSelected(childPath(path, child.name), applying?.names ?? []) && startsWithParent(child, automatic);
      const desired = isWanted ? ('up' as const) : ('stopped' as const);
      const restarts = automatic ? child.restarts : 0;
      const reset = { desired, restarts, cause, leaving: 'no' } as const;
      if (child.kind === 'supervisor') return { ...child, ...reset, state: { phase: 'stopped' } };
      return { ...child, ...reset, watchLoop: automatic ? child.watchLoop : null, state: unstarted(child.spec) };
    }),
    history: [],
    leaving: 'no',
    applying: null,
    watched: {},
  };
}

/** Not so a service without autostart, unless a person wanted it and a person starts its supervisor; nor one for calls that had ended before. */
const startsWithParent = (child: Node, automatic: boolean): boolean => {
  if (child.kind === 'supervisor' || child.spec.autostart) return true;
  return !automatic && child.desired === 'up' && !(child.spec.onDemand && child.state.phase === 'ended');
};

/**
 * The children a new specification wants, in its order: those that are there already with their new specification,
 * the rest new. Of what is not selected, the old stays as it was and the new waits to be started.
 */
export function rebuiltChildren(supervisor: Supervisor, path: string, applying: Applying): readonly Node[] {
  const { spec, names } = applying;
  const wanted = spec.children.map((childSpec) => {
    const childsPath = childPath(path, childSpec.name);
    const old = supervisor.children.find((child) => child.name === childSpec.name);
    const selected = isSelected(childsPath, names);
    if (old && !selected) return old;
    if (old === undefined || old.kind !== childSpec.kind) return unlessSelected(freshNode(childSpec), selected);
    return renewed(old, childSpec, names);
  });
  const listed = new Set(spec.children.map((child) => child.name));
  const others = supervisor.children.filter((child) => !listed.has(child.name) && child.leaving !== 'remove');
  return [...wanted, ...others];
}

/** Is this path one of the selected, inside one, or the supervisor of one? No names at all select everything. */
export const isSelected = (path: string, names: readonly string[]): boolean =>
  names.length === 0 || names.some((name) => path === name || path.startsWith(`${name}/`) || name.startsWith(`${path}/`) || path === '');

const unlessSelected = (node: Node, selected: boolean): Node => (selected ? node : { ...node, desired: 'stopped' });

function renewed(old: Node, spec: ChildSpec, names: readonly string[]): Node {
  if (old.kind === 'supervisor' && spec.kind === 'supervisor') {
    return old.leaving === 'no' ? old : { ...old, leaving: 'no', applying: { spec, names } };
  }
  if (old.kind !== 'service' || spec.kind !== 'service') return old;
  if (old.leaving === 'no') return adopted(old, spec);
  const cause = isJob(spec) ? null : old.cause;
  return { ...old, spec, nextSpec: null, leaving: 'no', cause, state: unstarted(spec) };
}
