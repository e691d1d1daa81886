/** What looks after one service in one phase of one run, or after one watchdog. After `close` nothing of it is left. */

import type { Clock, Millis } from '../../base/clock.js';
import type { Answer } from '../../health/answer.js';
import { limitText } from '../../health/limit-text.js';
import { type Liveness, type LivenessCommand, type LivenessEvent, newLiveness, stepLiveness } from '../../health/liveness.js';
import type { NotifyMessage } from '../../health/notify-message.js';
import { phaseOf } from '../../health/phase.js';
import {
  newReadiness,
  type Readiness,
  type ReadinessCommand,
  type ReadinessEvent,
  stepReadiness,
  wakeOfReadiness,
} from '../../health/readiness.js';
import type { Tries } from '../../health/try.js';
import { newWatchdog, stepWatchdog, type Watchdog, type WatchdogCommand, type WatchdogEvent } from '../../health/watchdog.js';
import type { AliveSpec, ReadySpec, WatchdogSpec } from '../../supervision/spec.js';
import { asking } from './asking.js';
import { Machine } from './machine.js';
import type { Subject } from './probe-name.js';

export interface Task {
  /** What the service has told of itself. */
  readonly hear: (message: NotifyMessage) => void;
  readonly close: () => void;
}

/** What every task has. */
export interface TaskOptions {
  readonly clock: Clock;
  readonly subject: Subject;
  readonly tries: Tries;
  /** Each answer as it comes. */
  readonly onAnswer: (answer: Answer) => void;
}

export interface ReadyOptions extends TaskOptions {
  readonly spec: ReadySpec;
  readonly since: Millis;
  /** Has it told already that it is ready? */
  readonly isTold: boolean;
  /** Calls `onLine` when the run has said a line that fits, and `onTrouble` when that cannot be told. The returned function ends that. */
  readonly watchLines: (pattern: string, told: { readonly onLine: () => void; readonly onTrouble: (text: string) => void }) => () => void;
  readonly onReady: () => void;
  readonly onNotReady: (text: string) => void;
}

/** Waits for a run to be ready. */
export function readyTask({ spec, since, clock, tries, onAnswer, ...told }: ReadyOptions): Task {
  const { method } = spec;
  const isTried = method.by === 'http' || method.by === 'tcp' || method.by === 'exec';
  const machine = new Machine<Readiness, ReadinessEvent, ReadinessCommand>({
    clock,
    tick: { type: 'tick' },
    state: newReadiness(spec, since, isTried),
    step: stepReadiness,
    wakeOf: wakeOfReadiness,
    perform: (command) => {
      if (command.do === 'try') probe?.ask();
      else if (command.do === 'ready') told.onReady();
      else told.onNotReady(command.text);
    },
  });
  const answered = (answer: Answer): void => {
    onAnswer(answer);
    machine.apply({ type: 'answered', answer });
  };
  const probe = isTried ? asking(method, tries, answered) : null;
  const isReady = (): void => machine.apply({ type: 'told' });
  const unwatch =
    method.by === 'log'
      ? told.watchLines(method.pattern, { onLine: isReady, onTrouble: (text) => answered({ ok: false, text }) })
      : undefined;
  machine.apply(told.isTold ? { type: 'told' } : { type: 'tick' });
  return {
    hear: (message) => {
      if (message.isReady && (method.by === 'notify' || method.by === 'fd')) isReady();
    },
    close: () => {
      machine.close();
      probe?.close();
      unwatch?.();
    },
  };
}

export interface AliveOptions extends TaskOptions {
  readonly spec: AliveSpec;
  readonly since: Millis;
  /** Has it told already that it is about to end? */
  readonly isStopping: boolean;
  /** Each answer that counts: of good ones one in an interval. */
  readonly onCounted: (answer: Answer) => void;
  readonly onUnhealthy: (text: string) => void;
}

/** Sees whether a run is well. */
export function aliveTask({ spec, since, clock, subject, tries, onAnswer, ...told }: AliveOptions): Task {
  const { method, graceMs, intervalMs } = spec;
  const isTold = method.by === 'notify';
  const silence: Answer = { ok: false, text: `no WATCHDOG=1 within ${limitText(intervalMs)}` };
  // Of one that tells itself, the first interval begins with the end of the grace.
  const times = { ...spec, graceMs: isTold ? graceMs + intervalMs : graceMs };
  const phase = isTold ? 0 : phaseOf(`${subject.app}:${subject.path}`);
  const machine = new Machine<Liveness, LivenessEvent, LivenessCommand>({
    clock,
    tick: { type: 'tick' },
    state: newLiveness(times, since, phase),
    step: stepLiveness,
    wakeOf: ({ tryAt }) => tryAt,
    perform: (command) => {
      if (command.do === 'unhealthy') told.onUnhealthy(command.text);
      else if (command.do === 'count') told.onCounted(command.answer);
      else if (probe) probe.ask();
      else answered(silence);
    },
  });
  const answered = (answer: Answer): void => {
    onAnswer(answer);
    machine.apply({ type: 'answered', answer });
  };
  const probe = isTold ? null : asking(method, tries, answered);
  machine.apply(told.isStopping ? { type: 'leaving' } : { type: 'tick' });
  return {
    hear: ({ isStopping, watchdog }) => {
      if (isStopping) machine.apply({ type: 'leaving' });
      if (!isTold) return;
      if (watchdog === 'well') answered({ ok: true });
      if (watchdog === 'trigger') told.onUnhealthy('it says itself that it is not well (WATCHDOG=trigger)');
    },
    close: () => {
      machine.close();
      probe?.close();
    },
  };
}

export interface WatchdogOptions extends TaskOptions {
  readonly spec: WatchdogSpec;
  /** What is known of it from before. */
  readonly status: Watchdog['status'];
  readonly onChanged: (isUp: boolean) => void;
}

/** Sees whether something is up that is no service of ours. */
export function watchdogTask({ spec, status, clock, tries, onAnswer, onChanged }: WatchdogOptions): Task {
  const machine = new Machine<Watchdog, WatchdogEvent, WatchdogCommand>({
    clock,
    tick: { type: 'tick' },
    state: newWatchdog(spec, clock.now(), status),
    step: stepWatchdog,
    wakeOf: ({ tryAt }) => tryAt,
    perform: (command) => {
      if (command.do === 'try') probe.ask();
      else onChanged(command.isUp);
    },
  });
  const probe = asking(spec.method, tries, (answer) => {
    onAnswer(answer);
    machine.apply({ type: 'answered', answer });
  });
  machine.apply({ type: 'tick' });
  return {
    hear: () => undefined,
    close: () => {
      machine.close();
      probe.close();
    },
  };
}
