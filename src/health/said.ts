/**
 * What a run says of itself, and when that is to be kept for the next daemon: that it is about to end at once, as it would be ended for its silence else; a
 * status at once, too, but then not again for a while, as a program may tell a new one hundreds of times a second. It decides and never acts. Pure.
 */
import type { Millis } from '../base/clock.js';
import type { NotifyMessage } from './notify-message.js';

/** What holds of a run until it says otherwise. */
export interface Said {
  /** Its newest STATUS=; null: it has said nothing of that. */
  readonly status: string | null;
  /** It has sent STOPPING=1, which it cannot take back. */
  readonly isStopping: boolean;
}

/** Of a run that has said nothing. */
export const nothingSaid: Said = { status: null, isStopping: false };

/** A status is kept once in this time at most: so much of the newest may be lost. */
export const KEPT_EVERY_MS: Millis = 1_000;

export interface Saying {
  readonly said: Said;
  /** What is kept of it. */
  readonly kept: Said;
  /** Another status is not kept before. */
  readonly keepFrom: Millis;
}

export type SayingEvent =
  | { readonly type: 'heard'; readonly message: Pick<NotifyMessage, 'status' | 'isStopping'> }
  | { readonly type: 'tick' }
  /** Nobody listens any more: what is to be kept is kept now. */
  | { readonly type: 'closing' };

export interface SayingCommand {
  readonly do: 'keep';
  readonly said: Said;
}

/** A run of which this was known, and kept, at `since`. */
export const newSaying = (said: Said, since: Millis): Saying => ({ said, kept: said, keepFrom: since });

/** The state after an event at the time `at`, and what follows from it. */
export function stepSaying(state: Saying, event: SayingEvent, at: Millis): readonly [Saying, readonly SayingCommand[]] {
  const next = event.type === 'heard' ? { ...state, said: withMessage(state.said, event.message) } : state;
  const { said, kept, keepFrom } = next;
  if (isSame(said, kept)) return [next, []];
  const isDue = event.type === 'closing' || said.isStopping !== kept.isStopping || at >= keepFrom;
  return isDue ? [{ said, kept: said, keepFrom: at + KEPT_EVERY_MS }, [{ do: 'keep', said }]] : [next, []];
}

/** When it wants a `tick`; null: never. */
export const wakeOfSaying = ({ said, kept, keepFrom }: Saying): Millis | null => (isSame(said, kept) ? null : keepFrom);

const withMessage = (said: Said, { status, isStopping }: Pick<NotifyMessage, 'status' | 'isStopping'>): Said => ({
  status: status ?? said.status,
  isStopping: said.isStopping || isStopping,
});

const isSame = (one: Said, other: Said): boolean => one.status === other.status && one.isStopping === other.isStopping;
