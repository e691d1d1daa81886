/** `kill`, `signal`, `send`: what reaches the running programs themselves. */
import type { Millis } from '../base/clock.js';
import { formatDuration } from '../base/duration.js';
import { PortsupError } from '../base/errors.js';
import { parentPath } from '../base/names.js';
import { parseSignal } from '../base/signals.js';
import type { Reached, Selection, SendBody, SignalBody } from '../control/contract.js';
import { withinPeriod } from '../supervision/intensity.js';
import { step } from '../supervision/step.js';
import { type Forest, findNode, isToStart, type Node, type Service, type Supervisor } from '../supervision/tree.js';
import { below, targetsOf } from './by-hand.js';
import type { DaemonContext } from './context.js';
import { servicesOf } from './settling.js';
import { isServicePlace, type Placed, pidOf, serviceAt } from './view.js';

interface Target {
  readonly place: Placed<Service>;
  readonly pid: number;
}

/** Signals that halt a program, have it go on, or are ignored, where it does nothing else about them (signal(7)). */
const ENDS_NOTHING: ReadonlySet<string> = new Set(
  ['CHLD', 'CONT', 'STOP', 'TSTP', 'TTIN', 'TTOU', 'URG', 'WINCH'].map((name) => `SIG${name}`),
);

/**
 * Crash injection: the signal goes to the groups, supervision reacts as to any crash. Says what it is going to do.
 *
 * @throws PortsupError `USAGE` for no signal, and for one that ends nothing; `FAILED` where nothing runs; as `targetsOf`.
 */
export function injectCrash(context: DaemonContext, body: SignalBody): readonly Reached[] {
  const signal = signalOf(body.signal);
  if (ENDS_NOTHING.has(signal)) {
    const names = body.names.join(' ');
    throw new PortsupError('USAGE', `${signal} ends no program`, `"portsup signal ${signal.slice(3)} ${names}" sends it all the same`);
  }
  const at = context.clock.now();
  // Each on top of the ones before: the second of two may be the one too many.
  let forest = context.runtime.forest();
  return running(context, body).map(({ place: { app, path, node }, pid }) => {
    const consequence = consequenceOf(forest, { app, path, node: serviceAt(forest, { app, path }) ?? node }, { signal, at });
    [forest] = step(forest, { type: 'exited', at, app, path, run: node.run, code: null, signal });
    context.runtime.post({ type: 'kill-asked', app, path, signal });
    return { app, path, pid, consequence };
  });
}

/** Any signal to the groups, for the programs to make of it what they like. */
export function sendSignal(context: DaemonContext, body: SignalBody): readonly Reached[] {
  const name = signalOf(body.signal);
  return running(context, body).map(({ place, pid }) => {
    const { app, path } = place;
    context.runtime.post({ type: 'signal-asked', app, path, signal: name });
    return { app, path, pid, consequence: null };
  });
}

/** A line to the programs' standard input. */
export function sendLine(context: DaemonContext, body: SendBody): readonly Reached[] {
  return running(context, body).map(({ place, pid }) => {
    const { app, path, node } = place;
    if (node.spec.stdin === 'null')
      throw new PortsupError('FAILED', `${path} has no standard input`, 'its configuration says "stdin: null"');
    context.ports.writeInput(app, path, body.text);
    return { app, path, pid, consequence: null };
  });
}

function signalOf(text: string): string {
  const name = parseSignal(text);
  if (name === undefined) throw new PortsupError('USAGE', `"${text}" is no signal`, 'a name like HUP or SIGTERM, or a number like 9');
  return name;
}

/** The running services among and below the selected. */
function running(context: DaemonContext, selection: Selection): readonly Target[] {
  const places = below(targetsOf(context, selection)).filter(isServicePlace);
  const targets = places.flatMap((place) => {
    const pid = pidOf(place.node);
    return pid === null ? [] : [{ place, pid }];
  });
  if (targets.length > 0) return targets;
  const names = places.map(({ path }) => path).join(', ') || selection.names.join(', ');
  throw new PortsupError('FAILED', `${names}: not running`, 'see "portsup ps"');
}

/** What supervision would do about the end of this run by `signal`, found out by letting it, on a copy. */
function consequenceOf(forest: Forest, place: Placed<Service>, how: { readonly signal: string; readonly at: Millis }): string {
  const { app, path, node } = place;
  const now = how.at;
  if (node.state.phase === 'stopping') {
    const isBack = isToStart(node.state.next) || node.leaving === 'recreate';
    if (node.state.next === 'down') return 'it is being ended anyway, and supervision reacts to that';
    return isBack ? 'it is being restarted anyway' : 'it is being stopped and is not started again';
  }
  const [after, commands] = step(forest, { type: 'exited', at: now, app, path, run: node.run, code: null, signal: how.signal });
  const linked = linkedText(forest.apps[app]?.root, after.apps[app]?.root);
  const givers = commands.flatMap((command) =>
    command.do === 'report' && command.report.event === 'gave_up' ? [command.report.path] : [],
  );
  if (givers.length > 0) return `one too many: ${givers.map((giver) => giver || 'the application').join(', then ')} gives up`;
  const root = after.apps[app]?.root;
  const parent = root && findNode(root, parentPath(path));
  const service = root && findNode(root, path);
  if (parent?.kind !== 'supervisor' || service?.kind !== 'service' || service.state.phase === 'ended') {
    const isProving = node.state.phase === 'running' && node.state.proving !== null;
    return `it is not started again (${isProving ? 'it was not ready yet' : node.spec.restart})${linked}`;
  }
  const { intensity, periodMs } = parent.spec;
  const used = withinPeriod(parent.history, now, periodMs).length;
  const when = service.state.phase === 'waiting' ? waitText(service.state.until, service, now) : withSiblings(parent, node.name);
  const budget = `restart ${used} of at most ${intensity} in ${formatDuration(periodMs)}`;
  return `supervision starts it again${when}: ${budget}${linked}`;
}

const waitText = (until: Millis | null, { spec }: Service, now: Millis): string =>
  until === null ? ` as soon as ${spec.needs.join(' and ')} is up` : ` in ${formatDuration(Math.max(0, until - now))}`;

/** Who is restarted for its sake. */
function linkedText(before: Supervisor | undefined, after: Supervisor | undefined): string {
  const linked = after
    ? servicesOf({ name: '', root: after }).filter(({ path, node }) => isLinked(node) && !isLinked(before && findNode(before, path)))
    : [];
  return linked.length === 0 ? '' : `; ${linked.map(({ path }) => path).join(', ')} is restarted with it (links)`;
}

const isLinked = (node: Node | undefined): boolean => node?.state.phase === 'stopping' && node.cause?.type === 'linked';

function withSiblings(parent: Supervisor, name: string): string {
  const { state } = parent;
  if (state.phase !== 'restarting') return ' at once';
  const first = parent.children.findIndex((child) => child.name === state.first);
  const others = parent.children.slice(first).filter((child) => child.name !== name && child.spec.restart !== 'temporary');
  return others.length === 0 ? ' at once' : `, with ${others.map((child) => child.name).join(', ')} (${parent.spec.strategy})`;
}
