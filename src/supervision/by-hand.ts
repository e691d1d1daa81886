/** What a person asks of one child: start, stop, restart, kill, one more instance. */

import type { Millis } from '../base/clock.js';
import { forgetDropped, resting, startSupervisor, stopChild } from './child.js';
import { freshService } from './fresh.js';
import { startService } from './service.js';
import { injectSignal, type SignalOrder } from './stop-signals.js';
import { findNode, isActive, isLive, isReachable, type Node, type Service, type Supervisor } from './tree.js';
import { into, type Turn } from './turn.js';

/** Where a start has got to: what leads on from there to the wanted child, and the supervisor above. */
interface Place {
  readonly names: readonly string[];
  readonly parent: Supervisor | null;
}

/**
 * Starts what `names` leads to from here. A supervisor on the way that is not at work is started first, as a whole
 * and with a fresh budget; what runs already is left alone.
 */
export function startByHand(turn: Turn, node: Node, { names, parent }: Place): Node {
  if (isLeaving(node, turn.path)) return { ...node, desired: 'up' };
  if (node.kind === 'service') return startOne(turn, node, parent?.state.phase === 'running');
  const [name, ...rest] = names;
  if (node.state.phase === 'stopping') {
    return {
      ...wantedBelow(node, names),
      desired: 'up',
      leaving: 'no',
      state: { ...node.state, outcome: { end: 'asked', next: 'start' } },
    };
  }
  if (!isActive(node)) {
    const wanted: Supervisor = { ...wantedBelow(node, names), desired: 'up', cause: null };
    const isItsTurn = parent === null || parent.state.phase === 'running';
    return isItsTurn ? startSupervisor(turn, wanted, 'hand') : { ...wanted, state: { phase: 'stopped' } };
  }
  if (name === undefined) return node.desired === 'up' ? node : { ...node, desired: 'up' };
  const start = (child: Node): Node => (child.name === name ? startByHand(into(turn, name), child, { names: rest, parent: node }) : child);
  return { ...node, desired: 'up', children: node.children.map(start) };
}

/** Is a newer specification about to replace or remove it? Then that comes first; instances and applications go by hand only. */
const isLeaving = (node: Node, path: string): boolean => node.leaving !== 'no' && path !== '' && !(node.kind === 'service' && node.dynamic);

/** In a group restart or a first start its turn comes by itself; else it is started now. */
function startOne(turn: Turn, service: Service, isItsTurn: boolean): Service {
  const { state } = service;
  const wanted: Service = { ...service, desired: 'up', leaving: 'no', watchLoop: null };
  if (state.phase === 'stopping') return { ...wanted, state: { ...state, next: 'start', by: 'user', failedStart: null } };
  if (state.phase === 'starting' || state.phase === 'running') return wanted;
  return isItsTurn ? startService(turn, wanted, 'hand') : { ...wanted, cause: null, state: { phase: 'stopped' } };
}

/** The way to the asked child, wanted; for a tree that is about to start. */
function wantedBelow(supervisor: Supervisor, names: readonly string[]): Supervisor {
  const [name, ...rest] = names;
  if (name === undefined) return supervisor;
  const want = (child: Node): Node => {
    if (child.name !== name) return child;
    if (child.kind === 'supervisor') return { ...wantedBelow(child, rest), desired: 'up' };
    // However its last run has ended.
    return child.state.phase === 'ended' && child.spec.onDemand
      ? { ...child, desired: 'up', state: { phase: 'stopped' } }
      : { ...child, desired: 'up' };
  };
  return { ...supervisor, children: supervisor.children.map(want) };
}

/** Stops a child by the shutdown rule; it stays listed and stays stopped until somebody starts it. Idempotent. */
export function stopByHand(turn: Turn, node: Node, graceMs: Millis | null): Node {
  const order = { by: 'user', cause: { type: 'by_hand', verb: 'stopped' }, next: 'stopped', graceMs } as const;
  if (isLive(node)) {
    const stopping: Node = { ...stopChild(turn, node, order), desired: 'stopped' };
    return stopping.kind === 'service' && stopping.dynamic ? { ...stopping, leaving: 'remove' } : stopping;
  }
  // One that a call would start is to stay stopped from now on.
  const isForCalls = node.kind === 'service' && node.spec.onDemand && node.cause?.type !== 'by_hand';
  if (node.state.phase === 'stopped' && node.desired === 'stopped' && !isForCalls) return node;
  return { ...node, desired: 'stopped', cause: order.cause, state: { phase: 'stopped' } };
}

/** Can the node at `path` be restarted by itself: is it live, and are all supervisors above it at work? Else it can only be started. */
export function isRestartable(root: Supervisor, path: string): boolean {
  const node = findNode(root, path);
  return node !== undefined && isLive(node) && isReachable(root, path);
}

/** Stops a live child and starts it again; one that has to go anyway just goes sooner. */
export function restartByHand(turn: Turn, node: Node, graceMs: Millis | null): Node {
  const isGoing = isLeaving(node, turn.path);
  const order = { by: 'user', cause: { type: 'by_hand', verb: 'restarted' }, next: isGoing ? 'stopped' : 'start', graceMs } as const;
  const wanted = { desired: 'up', leaving: isGoing ? node.leaving : 'no' } as const;
  if (node.kind === 'supervisor') return stopChild(turn, { ...node, ...wanted }, order);
  return stopChild(turn, { ...node, ...wanted, watchLoop: null }, order);
}

/** A signal to a service (crash injection, or any other); a supervisor passes it on to every service below it. */
export function signalByHand(turn: Turn, node: Node, order: SignalOrder): Node {
  if (node.kind === 'service') return injectSignal(turn, node, order);
  return { ...node, children: node.children.map((child) => signalByHand(into(turn, child.name), child, order)) };
}

/** One more instance of a simple_one_for_one supervisor that is at work: the template's command with `args` appended. */
export function addInstance(turn: Turn, node: Node, args: readonly string[]): Node {
  if (node.kind !== 'supervisor' || node.spec.template === null || node.state.phase !== 'running') return node;
  const name = String(node.nextInstance);
  const { template } = node.spec;
  const spec = { ...template, name, command: [...template.command, ...args] };
  const instance = startService(into(turn, name), { ...freshService(spec), desired: 'up', dynamic: true }, 'hand');
  return { ...node, nextInstance: node.nextInstance + 1, children: [...node.children, instance] };
}

/** Takes a child away: at once where its supervisor is not live, else as soon as it has stopped. A specification that waits to be applied loses it, too. */
export function removeChild(turn: Turn, supervisor: Supervisor, name: string): Supervisor {
  const isOther = (child: { readonly name: string }): boolean => child.name !== name;
  const { applying } = supervisor;
  const without: Supervisor = {
    ...supervisor,
    applying: applying && { ...applying, spec: { ...applying.spec, children: applying.spec.children.filter(isOther) } },
  };
  if (!isLive(supervisor)) {
    const children = supervisor.children.filter(isOther);
    forgetDropped(turn, supervisor, children);
    return { ...without, children };
  }
  return { ...without, children: supervisor.children.map((child) => (isOther(child) ? child : { ...resting(child), leaving: 'remove' })) };
}
