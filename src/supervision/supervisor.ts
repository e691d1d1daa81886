/**
 * A supervisor's next step, derived from what it and its children are: `advance` is called after every change below
 * it and goes on until nothing more can be done without waiting. One thing is done at a time: start in order,
 * stop in reverse order, each waited for.
 */
import { forgetDropped, restingFrom, startChild } from './child.js';
import { advanceStopping, stopAt } from './ending.js';
import { isDue, isJob } from './job.js';
import { charge, endedNode, failBoot, react } from './reaction.js';
import { isBackingOff, releaseAny, releaseChild } from './release.js';
import { finishApply, replaceStarting, stopLeaving } from './replacing.js';
import { nextToStop } from './stop-order.js';
import type { StopOrder } from './stop-service.js';
import { isAutomatic, isLive, isStarting, type Node, type Origin, type Supervisor, withChild } from './tree.js';
import { into, report, type Turn } from './turn.js';

/**
 * Brings a supervisor as far as it can go now, those below it that differ from `before` first. Where somebody needs somebody else only one thing is done: what
 * comes next may depend on it wherever in the tree it is.
 */
export function advance(turn: Turn, before: Supervisor | undefined, supervisor: Supervisor): Supervisor {
  let current = advanceNested(turn, before, supervisor);
  if (turn.needs !== null) return current === supervisor ? advanceOnce(turn, supervisor) : current;
  for (;;) {
    const next = advanceNested(turn, current, advanceOnce(turn, current));
    if (next === current) return current;
    current = next;
  }
}

function advanceNested(turn: Turn, before: Supervisor | undefined, after: Supervisor): Supervisor {
  if (before?.children === after.children) return after;
  let result = after;
  for (let index = 0; index < after.children.length; index += 1) {
    const child = after.children[index];
    const old = before?.children[index];
    // Among a thousand children one has changed: comparing references first is what keeps this cheap.
    if (child === old || child?.kind !== 'supervisor') continue;
    const advanced = advance(into(turn, child.name), old?.kind === 'supervisor' ? old : undefined, child);
    if (advanced !== child) result = withChild(result, index, advanced);
    if (turn.needs !== null && advanced !== child) return result;
  }
  return result;
}

function advanceOnce(turn: Turn, supervisor: Supervisor): Supervisor {
  const { state } = supervisor;
  switch (state.phase) {
    case 'starting':
      return advanceStarting(turn, supervisor, state.origin);
    case 'running':
      return advanceRunning(turn, supervisor);
    case 'restarting':
      return state.step === 'stop' ? stopGroup(turn, supervisor) : startGroup(turn, supervisor);
    case 'stopping':
      return advanceStopping(turn, supervisor);
    case 'stopped':
    case 'down':
    case 'ended':
      return supervisor;
    default:
      return state satisfies never;
  }
}

/**
 * First start: children in order. Deaths meanwhile are reacted to once it is done, as OTP does, except where each
 * child stands for itself.
 */
function advanceStarting(turn: Turn, supervisor: Supervisor, origin: Origin): Supervisor {
  const down = firstDown(supervisor);
  const failed = down < 0 ? undefined : failedStart(supervisor, 'boot');
  if (failed) return failBoot(turn, supervisor, { child: failed, origin });
  if (down >= 0 && supervisor.spec.strategy === 'one_for_one') return react(turn, supervisor, down);
  const released = supervisor.spec.strategy === 'one_for_one' ? releaseAny(turn, supervisor) : undefined;
  return (
    released ??
    replaceStarting(turn, supervisor) ??
    startNext(turn, supervisor, { origin: 'boot', from: 0 }) ??
    nowRunning(turn, supervisor, origin)
  );
}

function advanceRunning(turn: Turn, supervisor: Supervisor): Supervisor {
  if (supervisor.applying === null && supervisor.children.every(isLeftAlone)) return supervisor;
  const down = firstDown(supervisor);
  if (down >= 0) return react(turn, supervisor, down);
  const dropped = dropGone(turn, supervisor);
  if (dropped !== supervisor) return dropped;
  // It is about to be stopped as a whole: what it would start or replace now would be stopped again at once.
  if (supervisor.leaving !== 'no') return supervisor;
  const left = stopLeaving(turn, supervisor);
  if (left !== undefined) return left;
  if (supervisor.applying) return finishApply(turn, supervisor);
  return releaseAny(turn, supervisor) ?? startNext(turn, supervisor, { origin: 'apply', from: 0 }) ?? supervisor;
}

/** Is there nothing to be done about this child: no end to react to, no start and no removal that is due? */
function isLeftAlone(child: Node): boolean {
  const { phase } = child.state;
  if (phase === 'running') return child.leaving === 'no';
  if (phase === 'waiting') return false;
  const isGone = child.kind === 'service' && child.dynamic && phase === 'ended';
  return child.leaving === 'no' && phase !== 'down' && !isGone && (phase !== 'stopped' || child.desired === 'stopped');
}

/** Instances that have ended are not kept, nor what a person has taken away. What an apply removes goes with the rest of it. */
function dropGone(turn: Turn, supervisor: Supervisor): Supervisor {
  const isInstance = (child: Node): boolean => child.kind === 'service' && child.dynamic;
  const isGone = (child: Node): boolean => {
    if (isInstance(child) && child.state.phase === 'ended') return true;
    return child.leaving === 'remove' && !isLive(child) && (isInstance(child) || supervisor.applying === null);
  };
  if (!supervisor.children.some(isGone)) return supervisor;
  const children = supervisor.children.filter((child) => !isGone(child));
  forgetDropped(turn, supervisor, children);
  return { ...supervisor, children };
}

/** Stops the range in reverse order; deaths meanwhile cost nothing. Then every entry but temporary ones is to be started. */
function stopGroup(turn: Turn, supervisor: Supervisor): Supervisor {
  const { state } = supervisor;
  if (state.phase !== 'restarting') return supervisor;
  const from = rangeStart(supervisor, state.first);
  const rested = restingFrom(supervisor, from);
  if (rested !== supervisor) return rested;
  const live = nextToStop(turn, supervisor, (_child, index) => index >= from);
  const order: StopOrder = { by: 'supervisor', cause: state.cause, next: 'stopped', graceMs: null };
  if (live !== undefined) return stopAt(turn, supervisor, { index: live, order });
  return {
    ...supervisor,
    children: supervisor.children.map((child, index) => (index < from ? child : readyForGroup(child))),
    state: { ...state, step: 'start' },
  };
}

function readyForGroup(child: Node): Node {
  const { state } = child;
  if (child.spec.restart !== 'temporary') return { ...child, state: { phase: 'stopped' } };
  if (child.kind === 'service' && isDue(child)) return child;
  if (state.phase === 'down') return endedNode(child, state);
  if (state.phase === 'ended' || child.desired === 'stopped') return child;
  return child.kind === 'service'
    ? { ...child, state: { phase: 'ended', how: 'stopped' } }
    : { ...child, state: { phase: 'ended', how: 'stopped', retryAt: null } };
}

/** Starts the range in order. A failed start is charged and tried again: all of them, or from the failed one on. */
function startGroup(turn: Turn, supervisor: Supervisor): Supervisor {
  const { state } = supervisor;
  if (state.phase !== 'restarting') return supervisor;
  const failed = failedStart(supervisor, 'restart');
  if (failed) {
    const charged = charge(turn, supervisor, failed);
    if (charged.state.phase === 'stopping') return charged;
    const first = supervisor.spec.strategy === 'rest_for_one' ? failed.name : state.first;
    return { ...charged, state: { ...state, step: 'stop', first } };
  }
  const from = rangeStart(supervisor, state.first);
  return (
    replaceStarting(turn, supervisor) ??
    startNext(turn, supervisor, { origin: 'restart', from }) ?? { ...supervisor, state: { phase: 'running', since: state.since } }
  );
}

/** Starts the next child that is wanted and not there; undefined: there is none. The same object: somebody has to be waited for. */
function startNext(turn: Turn, supervisor: Supervisor, how: { readonly origin: Origin; readonly from: number }): Supervisor | undefined {
  for (let index = how.from; index < supervisor.children.length; index += 1) {
    const child = supervisor.children[index];
    if (!child) break;
    if (isStarting(child) || isBackingOff(child, how.origin)) return supervisor;
    const released = releaseChild(turn, child, how.origin);
    if (released !== child) return withChild(supervisor, index, released);
    if (child.state.phase === 'stopped' && child.desired === 'up' && child.leaving === 'no') {
      return withChild(supervisor, index, startAtTurn(into(turn, child.name), child, { supervisor, origin: how.origin }));
    }
  }
  return undefined;
}

/** A job was not started with its siblings, so neither are they its cause nor does it fail for them. */
function startAtTurn(turn: Turn, child: Node, { supervisor, origin }: { readonly supervisor: Supervisor; readonly origin: Origin }): Node {
  if (child.kind === 'service' && isJob(child.spec)) return startChild(turn, child, child.cause === null ? 'hand' : 'trigger');
  return startChild(turn, origin === 'restart' ? causedBy(child, supervisor) : child, origin);
}

/** A sibling's cause for who was stopped with the group; the child that ended keeps its own. */
function causedBy(child: Node, supervisor: Supervisor): Node {
  if (supervisor.state.phase !== 'restarting') return child;
  const { cause } = supervisor.state;
  const isCulprit = cause.type === 'sibling' && cause.path.split('/').at(-1) === child.name;
  return isCulprit ? child : { ...child, cause };
}

function nowRunning(turn: Turn, supervisor: Supervisor, origin: Origin): Supervisor {
  const restarted = isAutomatic(supervisor, origin);
  const by = restarted ? 'supervisor' : 'user';
  report(turn, { type: 'progress', event: restarted ? 'restarted' : 'started', run: supervisor.run, cause: supervisor.cause, by });
  return { ...supervisor, state: { phase: 'running', since: turn.at } };
}

/** The child whose start in this way has failed. One that has to go anyway stands in nobody's way. */
const failedStart = (supervisor: Supervisor, origin: Origin): Node | undefined =>
  supervisor.children.find(({ state, leaving }) => state.phase === 'down' && state.failedStart === origin && leaving === 'no');

const firstDown = (supervisor: Supervisor): number => supervisor.children.findIndex((child) => child.state.phase === 'down');

const rangeStart = (supervisor: Supervisor, first: string): number =>
  Math.max(
    0,
    supervisor.children.findIndex((child) => child.name === first),
  );
