/**
 * When the command of an application is run for its events, or its alarms, and for which: one run at a time, each with all that has happened since the
 * one before; where that has failed it may be tried again first. It decides and never acts: `hook.ts` does, and tells what came
 * of it. Pure.
 */
import type { Millis } from '../base/clock.js';
import { daemonEntry, type JournalEntry } from '../journal/entry.js';

/** What follows an event so closely goes to the same run. */
export const GATHER_MS: Millis = 100;
/** So long a run may take before SIGTERM. */
export const LIMIT_MS: Millis = 30_000;
/** And so long it may take to end then, before SIGKILL. */
export const GRACE_MS: Millis = 2_000;
/** When its application is down, all of it is over after this: nobody waits longer. */
export const LEAVE_MS: Millis = 2_000;
/** So long after a first failure it is tried again, and after each further one twice as long. */
export const RETRY_MS: Millis = 1_000;
/** So many events wait for the next run; beyond that the oldest go. */
export const MOST_WAITING = 1_000;

/** What the command is doing; `overdue`: why it has been told to end. */
export type HookPhase =
  | { readonly is: 'idle' }
  | { readonly is: 'running'; readonly endAt: Millis }
  | { readonly is: 'ending'; readonly killAt: Millis; readonly overdue: string }
  | { readonly is: 'killed'; readonly overdue: string };

/** The command of one application and its events. */
export interface HookState {
  readonly phase: HookPhase;
  /** So many times in all a run is tried; at least 1. */
  readonly tries: number;
  /** Number of its newest run. */
  readonly run: number;
  /** Where there are several tries: what the run that is going was given, or the next one is given again; as it is told. */
  readonly given: readonly JournalEntry[];
  /** Tries that failed with that. */
  readonly failed: number;
  /** When that is tried again; null: it is being tried, or there is nothing to try again. */
  readonly retryAt: Millis | null;
  /** Oldest first. */
  readonly waiting: readonly JournalEntry[];
  /** How many have gone before those. */
  readonly lost: number;
  /** When what waits is due; null while nothing waits. */
  readonly dueAt: Millis | null;
  /** The application is down: by then all is over. Null: it is up. */
  readonly leaveBy: Millis | null;
  /** The newest run failed, and it has been told: of those that follow nobody is told again. */
  readonly isFailing: boolean;
}

/** What happens to it. */
export type HookEvent =
  | { readonly type: 'happened'; readonly entry: JournalEntry }
  /** A run has ended, or could not be started; `failure`: what is to be said of it, null when it did what it should. */
  | { readonly type: 'ended'; readonly failure: string | null }
  /** An earlier daemon has started this run, nobody knows when. */
  | { readonly type: 'found'; readonly run: number; readonly given: readonly JournalEntry[] }
  /** Its application is down. */
  | { readonly type: 'left' }
  /** And up again. */
  | { readonly type: 'back' }
  | { readonly type: 'tick' };

/** What is to be done, in this order. */
export type HookCommand =
  | { readonly do: 'start'; readonly run: number; readonly entries: readonly JournalEntry[] }
  | { readonly do: 'signal'; readonly run: number; readonly signal: 'SIGTERM' | 'SIGKILL' }
  | { readonly do: 'tell'; readonly failure: string };

type Step = readonly [HookState, readonly HookCommand[]];

/** Nothing has happened yet. */
export const newHook = (tries: number): HookState => ({
  phase: { is: 'idle' },
  tries,
  run: 0,
  given: [],
  failed: 0,
  retryAt: null,
  waiting: [],
  lost: 0,
  dueAt: null,
  leaveBy: null,
  isFailing: false,
});

/** The state after an event at the monotonic time `at`, and what follows from it. */
export function stepHook(state: HookState, event: HookEvent, at: Millis): Step {
  const [handled, told] = handle(state, event, at);
  const [next, commands] = advance(handled, at);
  return [next, [...told, ...commands]];
}

/** When it wants a `tick`; null: not before something else happens. */
export function wakeOf({ phase, retryAt, dueAt, leaveBy }: HookState): Millis | null {
  switch (phase.is) {
    case 'idle':
      return retryAt ?? dueAt;
    case 'running':
      return Math.min(phase.endAt, leaveBy ?? phase.endAt);
    case 'ending':
      return Math.min(phase.killAt, leaveBy ?? phase.killAt);
    case 'killed':
      return null;
    default:
      return phase satisfies never;
  }
}

/** What the next run is to be told, oldest first; the first line says how many events are missing, if there are. */
export function entriesOf({ waiting, lost }: HookState): readonly JournalEntry[] {
  const [first] = waiting;
  if (!first || lost === 0) return waiting;
  const cause = `${lost} events are missing here: more than ${MOST_WAITING} waited for this command`;
  return [{ ...daemonEntry(first.at, 'entries_lost', cause), app: first.app }, ...waiting];
}

/** Is its application down, and all of its events dealt with? */
export const isOver = ({ phase, leaveBy }: HookState): boolean => leaveBy !== null && phase.is === 'idle';

function handle(state: HookState, event: HookEvent, at: Millis): Step {
  switch (event.type) {
    case 'happened':
      return [added(state, event.entry, at), []];
    case 'ended':
      return ended(state, event.failure, at);
    case 'found':
      return [{ ...state, run: event.run, given: event.given, phase: { is: 'running', endAt: at + LIMIT_MS } }, []];
    case 'left':
      return [{ ...state, leaveBy: state.leaveBy ?? at + LEAVE_MS }, []];
    case 'back':
      return [{ ...state, leaveBy: null }, []];
    case 'tick':
      return [state, []];
    default:
      return event satisfies never;
  }
}

function added(state: HookState, entry: JournalEntry, at: Millis): HookState {
  const isFull = state.waiting.length >= MOST_WAITING;
  const waiting = [...(isFull ? state.waiting.slice(1) : state.waiting), entry];
  return { ...state, waiting, lost: state.lost + (isFull ? 1 : 0), dueAt: state.dueAt ?? at + GATHER_MS };
}

function ended(state: HookState, failure: string | null, at: Millis): Step {
  const { phase, tries, leaveBy } = state;
  if (phase.is === 'idle') return [state, []];
  const said = phase.is === 'running' ? failure : [phase.overdue, failure].filter((text) => text !== null).join(': ');
  const failed = said === null ? 0 : state.failed + 1;
  if (said !== null && failed < tries && leaveBy === null && state.given.length > 0) {
    return [{ ...state, phase: { is: 'idle' }, failed, retryAt: at + RETRY_MS * 2 ** (failed - 1) }, []];
  }
  const done: HookState = { ...state, phase: { is: 'idle' }, given: [], failed: 0, isFailing: said !== null };
  if (said === null || state.isFailing) return [done, []];
  return [done, [{ do: 'tell', failure: tries === 1 ? said : `${said} (${failed === 1 ? '1 try' : `${failed} tries`})` }]];
}

function advance(state: HookState, at: Millis): Step {
  const { phase, leaveBy } = state;
  const isTooLate = leaveBy !== null && at >= leaveBy;
  switch (phase.is) {
    case 'idle': {
      const dueAt = wakeOf(state);
      if (dueAt === null) return [state, []];
      // Nobody waits any more. What has not been told is in the history.
      if (isTooLate) return [{ ...withNothingWaiting(state), given: [], failed: 0, retryAt: null }, []];
      return leaveBy !== null || at >= dueAt ? start(state, at) : [state, []];
    }
    case 'running':
      if (isTooLate) return kill(state, `it was not done ${LEAVE_MS / 1_000} s after its application was down`);
      return at >= phase.endAt ? terminate(state, at) : [state, []];
    case 'ending':
      return isTooLate || at >= phase.killAt ? kill(state, phase.overdue) : [state, []];
    case 'killed':
      return [state, []];
    default:
      return phase satisfies never;
  }
}

function start(state: HookState, at: Millis): Step {
  const isRetry = state.retryAt !== null;
  const entries = isRetry ? state.given : entriesOf(state);
  const rest: HookState = isRetry ? { ...state, retryAt: null } : withNothingWaiting(state);
  const run = state.run + 1;
  const given = state.tries > 1 ? entries : [];
  return [{ ...rest, run, given, phase: { is: 'running', endAt: at + LIMIT_MS } }, [{ do: 'start', run, entries }]];
}

const withNothingWaiting = (state: HookState): HookState => ({ ...state, waiting: [], lost: 0, dueAt: null });

function terminate(state: HookState, at: Millis): Step {
  const overdue = `it was not done after ${LIMIT_MS / 1_000} s`;
  return [{ ...state, phase: { is: 'ending', killAt: at + GRACE_MS, overdue } }, [{ do: 'signal', run: state.run, signal: 'SIGTERM' }]];
}

const kill = (state: HookState, overdue: string): Step => [
  { ...state, phase: { is: 'killed', overdue } },
  [{ do: 'signal', run: state.run, signal: 'SIGKILL' }],
];
