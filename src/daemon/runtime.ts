/**
 * The loop: the only owner of the variable that holds the forest. It feeds supervision one event after another and
 * has its commands performed; what comes of them arrives as further events. Events posted meanwhile wait their turn.
 */
import type { Clock, Millis } from '../base/clock.js';
import { deadlinesOf } from '../supervision/expire.js';
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
  /** Goes on from a forest of an earlier daemon: nothing is performed, what is due by now follows at once. */
  restore(forest: Forest): void;
  /** Nothing happens any more: events that come from now on are left to the next daemon, which hears of them again. */
  halt(): void;
  /** Calls `listener` after every change of the forest; the returned function ends that. */
  onChange(listener: () => void): () => void;
}

/** What follows from one event: the commands in order, and the forest before and after it. */
export interface Performance {
  readonly effects: readonly Effect[];
  readonly before: Forest;
  readonly after: Forest;
  /** When it happened. */
  readonly at: Millis;
}

/** Starts with an empty forest. `perform` is called for each event that changes something. */
export function createRuntime(clock: Clock, perform: (performance: Performance) => void): Runtime {
  let forest = emptyForest;
  const changed = createSignal();
  const alarm = createAlarm(clock, (at) => {
    queue.add({ type: 'tick', at });
  });
  const queue = createQueue((events) => {
    const before = forest;
    for (const event of events) handle(event);
    if (forest !== before) changed.emit();
  });

  function handle(event: Event): void {
    const before = forest;
    const [after, commands] = step(before, event);
    forest = after;
    const effects = commands.filter((command) => command.do !== 'wake');
    for (const command of commands) if (command.do === 'wake') alarm.set(command.at);
    if (after !== before || effects.length > 0) perform({ effects, before, after, at: event.at });
  }

  return {
    forest: () => forest,
    post: (event) => {
      queue.add({ ...event, at: clock.now() });
    },
    restore: (earlier) => {
      forest = earlier;
      for (const at of deadlinesOf(earlier)) alarm.set(at);
    },
    halt: () => {
      queue.close();
    },
    onChange: (listener) => changed.subscribe(listener),
  };
}

/** Events one after another: those that come while others are being handled wait their turn; after `close` none is taken any more. */
function createQueue(handle: (events: Iterable<Event>) => void): { add(event: Event): void; close(): void } {
  const waiting: Event[] = [];
  let isBusy = false;
  let isClosed = false;
  function* events(): Iterable<Event> {
    for (let next = waiting.shift(); next; next = waiting.shift()) yield next;
  }
  return {
    add: (event) => {
      if (isClosed) return;
      waiting.push(event);
      if (isBusy) return;
      isBusy = true;
      try {
        while (waiting.length > 0) handle(events());
      } finally {
        isBusy = false;
      }
    },
    close: () => {
      isClosed = true;
    },
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
