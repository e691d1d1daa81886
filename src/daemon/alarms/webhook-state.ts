/**
 * When the webhook of an application is told of which alarm: one after the other, each so many times until it is taken. It decides and never acts:
 * `webhooks.ts` does, and tells what came of it. Pure.
 */
import type { Millis } from '../../base/clock.js';
import { daemonEntry, type JournalEntry } from '../../journal/entry.js';

/** How often, and how patiently. */
export interface WebhookLimits {
  /** Of one alarm; then it is given up. */
  readonly tries: number;
  /** From the end of the first try to the second; each further wait is twice the one before. */
  readonly firstWaitMs: Millis;
  /** So many alarms wait; beyond that the oldest go. */
  readonly most: number;
  /** When its application is down, all of it is over after this. */
  readonly leaveMs: Millis;
}

/** As they are for everybody. */
export const LIMITS: WebhookLimits = { tries: 5, firstWaitMs: 1_000, most: 100, leaveMs: 2_000 };

/** One of them. */
export interface Letter {
  /** Grows with each, also over daemons. */
  readonly number: number;
  readonly entry: JournalEntry;
  /** So many alarms it stands for that are missing; 0: it is one. */
  readonly lost: number;
}

/** The webhook of one application. */
export interface WebhookState {
  readonly phase: { readonly is: 'idle' } | { readonly is: 'trying' } | { readonly is: 'waiting'; readonly until: Millis };
  /** Those that have not been taken yet, oldest first; with the first one it is trying. */
  readonly letters: readonly Letter[];
  /** Tries of the first one that failed. */
  readonly failed: number;
  readonly next: number;
  /** The application is down: by then all is over. Null: it is up. */
  readonly leaveBy: Millis | null;
  /** The last one was given up, and it has been told: of those that follow nobody is told again. */
  readonly isFailing: boolean;
}

/** What happens to it. */
export type WebhookEvent =
  | { readonly type: 'happened'; readonly entry: JournalEntry }
  /** An earlier daemon has left this. */
  | { readonly type: 'found'; readonly letter: Letter }
  /** A try is over; `failure`: "HTTP 500", null when it was taken. */
  | { readonly type: 'tried'; readonly failure: string | null }
  | { readonly type: 'left' }
  | { readonly type: 'back' }
  | { readonly type: 'tick' };

/** What is to be done, in this order. */
export type WebhookCommand =
  | { readonly do: 'post'; readonly entry: JournalEntry }
  /** The try that is under way is over; it is told no more. */
  | { readonly do: 'abort' }
  | { readonly do: 'tell'; readonly failure: string };

type Step = readonly [WebhookState, readonly WebhookCommand[]];

/** Nothing has happened yet. */
export const newWebhook: WebhookState = { phase: { is: 'idle' }, letters: [], failed: 0, next: 1, leaveBy: null, isFailing: false };

/** The state after an event at the monotonic time `at`, and what follows from it. */
export function stepWebhook(
  state: WebhookState,
  event: WebhookEvent,
  { at, limits }: { readonly at: Millis; readonly limits: WebhookLimits },
): Step {
  const [handled, told] = handle(state, event, { at, limits });
  const [next, commands] = advance(handled, at);
  return [next, [...told, ...commands]];
}

/** When it wants a `tick`; null: not before something else happens. */
export function wakeOfWebhook({ phase, leaveBy }: WebhookState): Millis | null {
  const until = phase.is === 'waiting' ? phase.until : null;
  if (phase.is === 'idle' || leaveBy === null) return until;
  return Math.min(until ?? leaveBy, leaveBy);
}

/** Is its application down, and nothing left to be told? */
export const isWebhookOver = ({ phase, leaveBy }: WebhookState): boolean => leaveBy !== null && phase.is === 'idle';

function handle(state: WebhookState, event: WebhookEvent, { at, limits }: { readonly at: Millis; readonly limits: WebhookLimits }): Step {
  switch (event.type) {
    case 'happened':
      return [added(state, event.entry, limits), []];
    case 'found':
      return [{ ...state, letters: [...state.letters, event.letter], next: Math.max(state.next, event.letter.number + 1) }, []];
    case 'tried':
      return state.phase.is === 'trying' ? tried(state, event.failure, { at, limits }) : [state, []];
    case 'left':
      return [{ ...state, leaveBy: state.leaveBy ?? at + limits.leaveMs }, []];
    case 'back':
      return [{ ...state, leaveBy: null }, []];
    case 'tick':
      return [state, []];
    default:
      return event satisfies never;
  }
}

/** Where there is no room the two oldest give way to one that says how many are missing; but for the one that is on its way. */
function added(state: WebhookState, entry: JournalEntry, { most }: WebhookLimits): WebhookState {
  const letters: readonly Letter[] = [...state.letters, { number: state.next, entry, lost: 0 }];
  const next = state.next + 1;
  const from = state.phase.is === 'idle' ? 0 : 1;
  const [oldest, second] = letters.slice(from);
  if (letters.length <= most || !oldest || !second) return { ...state, letters, next };
  const lost = Math.max(1, oldest.lost) + Math.max(1, second.lost);
  const cause = `${lost} alarms are missing here: more than ${most} waited for this webhook`;
  const loss = { ...daemonEntry(second.entry.at, 'entries_lost', cause), app: second.entry.app };
  return { ...state, letters: letters.toSpliced(from, 2, { number: second.number, entry: loss, lost }), next };
}

function tried(state: WebhookState, failure: string | null, { at, limits }: { readonly at: Millis; readonly limits: WebhookLimits }): Step {
  if (failure === null) return [{ ...withoutFirst(state), isFailing: false }, []];
  const failed = state.failed + 1;
  if (failed < limits.tries && state.leaveBy === null) {
    const until = at + limits.firstWaitMs * 2 ** (failed - 1);
    return [{ ...state, failed, phase: { is: 'waiting', until } }, []];
  }
  return givenUp(state, `${failure} (${failed === 1 ? '1 try' : `${failed} tries`})`);
}

const withoutFirst = (state: WebhookState): WebhookState => ({
  ...state,
  phase: { is: 'idle' },
  letters: state.letters.slice(1),
  failed: 0,
});

function givenUp(state: WebhookState, why: string): Step {
  const [first] = state.letters;
  const failure = `${why}; not told: ${first?.entry.event ?? ''} ${first?.entry.cause ?? ''}`;
  return [{ ...withoutFirst(state), isFailing: true }, state.isFailing ? [] : [{ do: 'tell', failure }]];
}

function advance(state: WebhookState, at: Millis): Step {
  const { phase, letters, leaveBy } = state;
  const [first] = letters;
  if (!first) return [state, []];
  if (leaveBy !== null && at >= leaveBy) return leave(state);
  // Who leaves waits for nothing.
  const isDue = phase.is === 'idle' || (phase.is === 'waiting' && (at >= phase.until || leaveBy !== null));
  return isDue ? [{ ...state, phase: { is: 'trying' } }, [{ do: 'post', entry: first.entry }]] : [state, []];
}

/** Time is up: nobody waits any more. What has not been told is in the history. */
function leave(state: WebhookState): Step {
  const count = state.letters.length;
  const why = `its application was down before ${count === 1 ? 'it was' : `all ${count} were`} taken`;
  const [after, told] = givenUp(state, why);
  const abort: readonly WebhookCommand[] = state.phase.is === 'trying' ? [{ do: 'abort' }] : [];
  return [{ ...after, letters: [] }, [...abort, ...told]];
}
