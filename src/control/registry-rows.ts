/** Who runs where, until when, and what would follow from an end: `whereis`, `wait`, `monitor`, `breaker`, as they go over the wire. */
import type { WireError } from '../base/errors.js';
import type { ExitFacts, HistoryEntry } from './history-rows.js';

/** Where a service is. */
export interface Whereabouts {
  readonly app: string;
  readonly path: string;
  /** Its program's process; null: it has none now. */
  readonly pid: number | null;
  /** The number of its newest run. */
  readonly run: number;
}

/**
 * What `wait` waits for. `ready`: it runs and is ready; `stopped`: nothing of it runs; `exit`: its present run, or else its last one, has ended; `gone`: there is none
 * of its name any more.
 */
export type WaitFor = 'ready' | 'stopped' | 'exit' | 'gone';

/** What came of one of the names of a `wait`. */
export interface WaitRow {
  /** Null: there was none of this name (`gone`). */
  readonly app: string | null;
  readonly path: string;
  /** Of `exit`: the run that has ended; else its newest one; null: it has none. */
  readonly run: number | null;
  /** Of `exit`: how it ended, as far as that is known. Else null. */
  readonly exit: ExitFacts | null;
  /** Of `exit`: its exit code, or 128 and the number of the signal, as shells have it; null: not known. Else null. */
  readonly code: number | null;
}

/** Whom a `wait` still waits for. */
export interface WaitedFor {
  readonly app: string;
  readonly path: string;
  /** As in `ps`; null: it is not there. */
  readonly state: string | null;
}

/**
 * Lines of `wait`: who is meant, as `places` of a later call has them, and who is not so far, each time that this changes; at the end what came of
 * it, or why it cannot come true any more.
 */
export type WaitLine =
  | { readonly type: 'waiting'; readonly places: readonly string[]; readonly waitingFor: readonly WaitedFor[] }
  | { readonly type: 'done'; readonly awaited: readonly WaitRow[] }
  | { readonly type: 'error'; readonly error: WireError };

/** How `wait` is asked. @internal */
export interface WaitQuery {
  /** Default "ready". */
  readonly until?: WaitFor | undefined;
  /** Instead of names, for who goes on with another daemon: "app:path", of `exit` "app:path@run"; what is not there any more is no mistake then. */
  readonly places: readonly string[];
}

/** One object of `monitor --json`: the end of one run. */
export interface DownLine {
  /** ISO 8601. */
  readonly at: string;
  readonly app: string;
  readonly path: string;
  /** Null: it could not be started, or did not run when it began to be monitored. */
  readonly pid: number | null;
  readonly run: number | null;
  /** Null: it could not be started, or did not run. */
  readonly exit: ExitFacts | null;
  /** One line; "noproc": it did not run when it began to be monitored. */
  readonly cause: string;
  readonly by: HistoryEntry['by'];
}

/** A service that is monitored, at one moment. */
export interface MonitoredService extends Whereabouts {
  /** Is there a run whose end is still to come? It has no PID while it is being started. */
  readonly isLive: boolean;
  /** How its last ended run ended. */
  readonly lastExit: ExitFacts | null;
}

/**
 * Lines of `monitor`. `watching`: everything that was to be told until then has been told; `up`: a run has begun. Both are for who has to ask the next daemon; people
 * want the others.
 */
export type MonitorLine =
  | { readonly type: 'watching'; readonly at: string; readonly places: readonly string[]; readonly services: readonly MonitoredService[] }
  | { readonly type: 'up'; readonly app: string; readonly path: string; readonly pid: number; readonly run: number }
  | { readonly type: 'down'; readonly down: DownLine };

/** How `monitor` is asked. @internal */
export interface MonitorQuery {
  /** As of {@link WaitQuery}, each with all below it. */
  readonly places: readonly string[];
  /** ISO 8601: ends from then on are told first. */
  readonly since?: string | undefined;
}

/** What would follow if something ended now: `explain --json`. */
export interface Explanation {
  readonly app: string;
  /** "" is the root supervisor. */
  readonly path: string;
  readonly kind: 'service' | 'supervisor';
  /** As it is now, in `ps`' words. */
  readonly state: string;
  /** What is explained. `death`: the end of the service's run by SIGKILL; `giving_up`: that of a supervisor; `start`: it does not run, so it is what a start would do. */
  readonly of: 'death' | 'giving_up' | 'start';
  /**
   * Who is stopped and started, in this order, and how many milliseconds after it. `number`: one more than that of the step that it waits for, 1: it waits for
   * none; which of those with one number begins first is not known.
   */
  readonly steps: readonly { readonly verb: 'stop' | 'start'; readonly path: string; readonly afterMs: number; readonly number: number }[];
  /** Of the supervisors above it, innermost first: the restarts that are left once this one is charged. */
  readonly budgets: readonly { readonly path: string; readonly left: number; readonly intensity: number; readonly periodMs: number }[];
  /** The supervisors that give up because of it, innermost first. */
  readonly gaveUp: readonly { readonly path: string; readonly cause: string }[];
  /** What is in another state in the end. */
  readonly final: readonly { readonly path: string; readonly before: string; readonly after: string }[];
  /** Who gives up, at which death from now on, if it goes on dying like this; null: nobody, or this one is enough. */
  readonly escalation: { readonly deaths: number; readonly gaveUp: readonly { readonly path: string; readonly cause: string }[] } | null;
}

/** What is done to a supervisor's circuit breaker by hand. */
export type BreakerVerb = 'melt' | 'reset' | 'disable' | 'enable';
