/**
 * A new specification over a running tree: what is not in it any more and what would run differently has to stop
 * (reverse order), then the rest follows (in order). Everything else keeps its PID; policies change in place.
 */
import { childPath } from '../base/names.js';
import { resting, startSupervisor } from './child.js';
import { isSelected } from './fresh.js';
import { adopted, goesOn, isDue, isJob, runsDifferently } from './job.js';
import type { ServiceSpec, SupervisorSpec } from './spec.js';
import { isAsleep, isLive, type Leaving, type Node, type Service, type Supervisor } from './tree.js';
import type { Turn } from './turn.js';

/** What is wanted: for which paths (none: all), and whether what did not change is to be started anew, too. */
export interface Wanted {
  readonly spec: SupervisorSpec;
  readonly names: readonly string[];
  readonly recreate: boolean;
}

/** Applies a specification to an application's root. */
export function applyToRoot(turn: Turn, root: Supervisor, wanted: Wanted): Supervisor {
  const marked = mark(root, '', wanted);
  if (marked.state.phase === 'stopping') {
    return { ...marked, leaving: 'no', state: { ...marked.state, outcome: { end: 'asked', next: 'start' } } };
  }
  return isLive(marked) ? marked : startSupervisor(turn, { ...marked, cause: null }, 'boot');
}

/** Marks what has to go and wakes up what is wanted again; takes effect when the supervisor is advanced. */
function mark(supervisor: Supervisor, path: string, wanted: Wanted): Supervisor {
  const { spec } = wanted;
  const names = selectionOf(supervisor, wanted.names);
  const specs = new Map(spec.children.map((child) => [child.name, child]));
  const marked = supervisor.children.map((child): Node => {
    const childsPath = childPath(path, child.name);
    if (child.kind === 'service' && child.dynamic) return spec.template === null ? leave(child, 'remove') : child;
    if (!isSelected(childsPath, names)) return child;
    const childSpec = specs.get(child.name);
    if (childSpec === undefined) return leave(child, 'remove');
    if (child.kind === 'supervisor' && childSpec.kind === 'supervisor')
      return markNested(child, childsPath, { ...wanted, spec: childSpec });
    if (child.kind !== 'service' || childSpec.kind !== 'service') return leave(child, 'recreate');
    if (childSpec.onDemand && isAsleep(child) && !wanted.names.includes(childsPath)) return markAsleep(child, childSpec);
    return markService(child, childSpec, insistence(childsPath, wanted));
  });
  const children = withFollowers(supervisor, marked, { spec, isMeant: (name) => isSelected(childPath(path, name), names) });
  return { ...supervisor, children, applying: { spec, names } };
}

/**
 * What the strategy makes of it when children are replaced: as if they had ended, their siblings are started anew, too, all of them or those after the
 * first; but nothing that is not meant, and no job, which belongs to its time. To what is only added or removed nobody has to adapt.
 */
function withFollowers(
  { children }: Supervisor,
  marked: readonly Node[],
  { spec, isMeant }: { readonly spec: SupervisorSpec; readonly isMeant: (name: string) => boolean },
): readonly Node[] {
  if (spec.strategy !== 'one_for_all' && spec.strategy !== 'rest_for_one') return marked;
  const order = new Map(spec.children.map(({ name }, index) => [name, index]));
  const placeOf = ({ name }: Node): number => order.get(name) ?? -1;
  const jobs = new Set(spec.children.flatMap((child) => (child.kind === 'service' && isJob(child) ? child.name : [])));
  const replaced = marked.filter((child, index) => !jobs.has(child.name) && isReplaced(child, children[index])).map(placeOf);
  if (replaced.length === 0) return marked;
  const first = spec.strategy === 'one_for_all' ? 0 : Math.min(...replaced);
  const isToFollow = (child: Node): boolean =>
    child.leaving === 'no' && placeOf(child) >= first && isMeant(child.name) && !jobs.has(child.name);
  return marked.map((child) => (isToFollow(child) ? follow(child) : child));
}

/** Is it to be stopped, or has it been already, so that it can be started as what it is now? */
const isReplaced = (child: Node, before: Node | undefined): boolean =>
  child.leaving === 'recreate' && (isLive(child) || before?.leaving === 'recreate');

/** As in a group restart: one that runs is started anew, one that has completed is started again; the rest is as apply has marked it. */
function follow(child: Node): Node {
  if (isLive(child)) return child.kind === 'service' ? leave(child, 'follow') : leaveWhole(child);
  const isDone = child.state.phase === 'ended' && !isAsleep(child) && child.desired === 'up' && child.spec.restart !== 'temporary';
  return isDone && child.kind === 'service' ? { ...child, state: { phase: 'stopped' } } : child;
}

/** Nothing below it begins with its own part of the specification any more: it would be stopped again at once. */
const leaveWhole = (supervisor: Supervisor): Supervisor => ({
  ...leave(supervisor, 'follow'),
  children: supervisor.children.map((child) => (child.kind === 'supervisor' && child.leaving === 'no' ? leaveWhole(child) : child)),
});

/** What an earlier specification, yet to take effect, was wanted for stays wanted: as the newer one has it. */
function selectionOf({ applying }: Supervisor, names: readonly string[]): readonly string[] {
  if (applying === null) return names;
  return applying.names.length === 0 || names.length === 0 ? [] : [...new Set([...applying.names, ...names])];
}

/** A child that has to go; nothing in it is to start again before that. */
const leave = <N extends Node>(child: N, leaving: Exclude<Leaving, 'no'>): N => ({ ...resting(child), leaving });

/** How much a service is wanted: `recreate`: as a new run even if nothing changed; `again`: even if it has completed or waits to be asked. */
interface Insistence {
  readonly recreate: boolean;
  readonly again: boolean;
}

function insistence(path: string, { recreate, names }: Wanted): Insistence {
  const isRecreated = recreate && isSelected(path, names);
  return { recreate: isRecreated, again: isRecreated || names.includes(path) };
}

function markNested(supervisor: Supervisor, path: string, wanted: Wanted): Supervisor {
  const marked: Supervisor = { ...mark(supervisor, path, wanted), desired: 'up', leaving: 'no' };
  return marked.state.phase === 'ended' ? { ...marked, state: { phase: 'stopped' } } : marked;
}

function markService(before: Service, spec: ServiceSpec, { recreate, again }: Insistence): Service {
  const service: Service = before.watchLoop === null ? before : { ...before, watchLoop: null };
  const { state } = service;
  const changed = runsDifferently(service.spec, spec);
  const isUp = again || spec.autostart;
  if (goesOn(service, spec)) return { ...service, leaving: leavingOfJob(service), desired: isUp ? 'up' : service.desired };
  if (isLive(service)) {
    if (changed || recreate || service.leaving === 'recreate') return { ...leave(service, 'recreate'), desired: 'up' };
    return { ...askedAs(service, spec), leaving: 'no', desired: isUp ? 'up' : service.desired };
  }
  if (state.phase === 'down') return { ...service, spec };
  if (!isUp) return { ...service, spec, desired: service.spec.autostart ? 'stopped' : service.desired };
  if (isJob(spec)) return markJob(service, spec);
  const isDone = state.phase === 'ended' && state.how === 'completed' && spec.restart !== 'temporary';
  if (isDone && !changed && !again) return { ...service, spec };
  return { ...service, desired: 'up', spec, state: { phase: 'stopped' } };
}

/** Whoever calls it starts it, as what it is now; also if it has failed, or a person had stopped it. */
function markAsleep(service: Service, spec: ServiceSpec): Service {
  const asleep: Service = { ...service, spec, desired: 'stopped', watchLoop: null };
  const hasFailed = service.state.phase === 'ended' && service.state.how === 'failed';
  return hasFailed || service.cause?.type === 'by_hand' ? { ...asleep, cause: null, state: { phase: 'stopped' } } : asleep;
}

/** A start that is waited for is judged by what is wanted now: the rest may have to wait for it. */
function askedAs(service: Service, { ready }: ServiceSpec): Service {
  const isProving = service.state.phase === 'running' && service.state.proving !== null;
  return isProving ? adopted(service, { ...service.spec, ready }) : service;
}

/** A job at work is stopped by no `up`; but one that somebody else is stopping waits when that is done, and is not started at its turn. */
const leavingOfJob = ({ state }: Service): Leaving => (state.phase === 'stopping' && state.next === 'stopped' ? 'recreate' : 'no');

/** Only the clock starts it: how its last run ended stays to be seen, unless that was as it should not be. */
function markJob(service: Service, spec: ServiceSpec): Service {
  const { state } = service;
  const isKept = isDue(service) || (state.phase === 'ended' && (state.how === 'waiting' || state.how === 'completed'));
  if (isKept) return { ...service, desired: 'up', spec };
  return { ...service, desired: 'up', spec, cause: null, state: { phase: 'ended', how: 'waiting' } };
}
