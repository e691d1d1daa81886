/** `kill`, `signal`, `send`: what reaches the running programs themselves. */
import { PortsupError } from '../base/errors.js';
import { parseSignal } from '../base/signals.js';
import type { Reached, Selection, SendBody, SignalBody } from '../control/contract.js';
import { step } from '../supervision/step.js';
import type { Service } from '../supervision/tree.js';
import { below, targetsOf } from './by-hand.js';
import { consequenceOf } from './consequence.js';
import type { DaemonContext } from './context.js';
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
