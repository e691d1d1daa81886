/** A call, and what comes of it, as they go over the wire: exactly three outcomes, as in Erlang's `gen:call`. */
import type { ExitFacts } from './history-rows.js';

/** What is asked of which service. */
export interface CallAsked {
  readonly name: string;
  readonly method: string;
  /** What JSON can carry. */
  readonly args: readonly unknown[];
  /** For all of it: also for its start, where it is started for that. */
  readonly timeoutMs: number;
}

/** The service has answered, with a value: what JSON can carry. */
export interface CallValue {
  readonly outcome: 'reply';
  readonly kind: 'value';
  readonly value: unknown;
}

/** The service has answered with an error, or cannot be spoken with although it runs. */
export interface CallError {
  readonly outcome: 'reply';
  readonly kind: 'error';
  /**
   * `fault`: it says so itself (an XML-RPC fault, a JSON-RPC error); `status`: by its HTTP status alone; `unreadable`: what it sent is no answer, or too large a one;
   * `connection`: it runs, and nobody listens there, or the connection ended before the answer.
   */
  readonly reason: 'fault' | 'status' | 'unreadable' | 'connection';
  readonly message: string;
  /** Of a fault its number, of a status the status; else null. */
  readonly code: number | null;
  /** What else the service says about it; null: nothing. */
  readonly data: unknown;
}

/** The run that was called has ended during the call, or there was none. */
export interface CallDown {
  readonly outcome: 'down';
  /** One line; "noproc: stopped by hand" when it was not running. */
  readonly cause: string;
  /** How the run ended; where none was called, its last one. Null: that is not known, or there never was one. */
  readonly exit: ExitFacts | null;
  readonly run: number | null;
  /** Of the run that was called; null: none was. */
  readonly pid: number | null;
  /** Is it started again without anybody's doing, or has it been already? */
  readonly comesBack: boolean;
  /** One line: what has it run again, such as "the next call starts it". */
  readonly hint: string;
}

/** There was no answer in time. What comes later reaches nobody; the service goes on with what it does. */
export interface CallTimeout {
  readonly outcome: 'timeout';
  readonly afterMs: number;
  /** The run that was called; null: the service was still on its way up, so nothing was asked. */
  readonly run: number | null;
}

export type CallOutcome = CallValue | CallError | CallDown | CallTimeout;
