/**
 * The loop: the only owner of the variable that holds the forest. It feeds supervision one event after another and
 * has its commands performed; what comes of them arrives as further events. Events posted meanwhile wait their turn.
 */
import type { Clock, Millis } from '../base/clock.js';
import type { Command, Event } from '../supervision/messages.js';
import { step } from '../supervision/step.js';
import { emptyForest, type Forest } from '../supervision/tree.js';
import { createSignal } from './signal.js';

/** An event before the loop has put the time on it. */
export type NewEvent = Event extends infer E ? (E extends Event ? Omit<E, 'at'> : never) : never;

/** Commands that the loop does not see to itself. */
export type Effect = Exclude<Command, { do: 'wake' }>;

export interface Runtime {
  /** The forest as it is now. */
  forest(): Forest;
  /** Feeds an event and everything that follows from it at once. Called from within a performance, it is queued. */
  post(event: NewEvent): void;
  /** Calls `listener` after every change of the forest; the returned function ends that. */
  onChange(listener: () => void): () => void;
}

/** Starts with an empty forest. `perform` is called for each command, in order, with the forest that follows from its event. */
export function createRuntime(clock: Clock, perform: (effect: Effect, forest: Forest) => void): Runtime {
  let forest = emptyForest;
  let isBusy = false;
  const queue: Event[] = [];
  const changed = createSignal();
  const alarm = createAlarm(clock, (at) => {
    enqueue({ type: 'tick', at });
  });

  function enqueue(event: Event): void {
    queue.push(event);
    if (isBusy) return;
    isBusy = true;
    const before = forest;
    try {
      for (let next = queue.shift(); next; next = queue.shift()) handle(next);
    } finally {
      isBusy = false;
    }
    if (forest !== before) changed.emit();
  }

  function handle(event: Event): void {
    const [next, commands] = step(forest, event);
    forest = next;
    for (const command of commands) {
      if (command.do === 'wake') alarm.set(command.at);
      else perform(command, forest);
    }
  }

  return {
    forest: () => forest,
    post: (event) => {
      enqueue({ ...event, at: clock.now() });
    },
    onChange: (listener) => changed.subscribe(listener),
  };
}

/** One timer for many points in time: the earliest. */
function createAlarm(clock: Clock, ring: (at: Millis) => void): { set(at: Millis): void } {
  let due: Millis[] = [];
  let armed: { readonly at: Millis; readonly cancel: () => void } | null = null;

  function arm(): void {
    const at = Math.min(...due);
    if (armed?.at === at) return;
    armed?.cancel();
    armed = Number.isFinite(at) ? { at, cancel: clock.after(Math.ceil(at - clock.now()), onDue) } : null;
  }

  function onDue(): void {
    armed = null;
    const now = clock.now();
    const isDue = due.some((at) => at <= now);
    due = due.filter((at) => at > now);
    if (isDue) ring(now);
    arm();
  }

  return {
    set: (at) => {
      if (due.includes(at)) return;
      due.push(at);
      arm();
    },
  };
}
