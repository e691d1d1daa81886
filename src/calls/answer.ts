/** What comes of one call over one connection. Whether the service lives on is somebody else's question. Pure. */

/** What JSON can carry. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };

/** One call: a method by its name, and what it is given. */
export interface Call {
  readonly method: string;
  readonly args: readonly Json[];
}

/**
 * Why there is an answer but no value. `fault`: the service says so itself (an XML-RPC fault, a JSON-RPC error); `status`: by its HTTP status alone;
 * `unreadable`: what it sent is no answer, or too large a one; `connection`: it could not be reached, or went away before it had answered.
 */
export type ErrorReason = 'fault' | 'status' | 'unreadable' | 'connection';

/** An answer that is an error. */
export interface ErrorAnswer {
  readonly kind: 'error';
  readonly reason: ErrorReason;
  /** One line. */
  readonly message: string;
  /** Of a fault its number, of a status the status; else null. */
  readonly code: number | null;
  /** What else the service says about it; null: nothing. */
  readonly data: Json;
}

export type Answer = { readonly kind: 'value'; readonly value: Json } | ErrorAnswer;

/** The longest answer that is read, in bytes. All of it is in memory, and is understood in one go, for which everything else has to wait: 1 MB of numbers takes 50 ms. */
export const MAX_ANSWER_BYTES = 1024 * 1024;

/** An answer that is no value. */
export const errorAnswer = (
  reason: ErrorReason,
  message: string,
  { code = null, data = null }: Partial<Pick<ErrorAnswer, 'code' | 'data'>> = {},
): ErrorAnswer => ({ kind: 'error', reason, message, code, data });

/** What was sent cannot be understood: one line why. Becomes an answer. */
export class Unreadable extends Error {
  override readonly name = 'Unreadable';
}

/** The deepest value that is taken: further down its readers' stacks could end. */
export const MAX_DEPTH = 100;

/** Is a value out of JSON nested deeper than {@link MAX_DEPTH}? */
export function isTooDeep(value: unknown, depth = 0): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return depth >= MAX_DEPTH || Object.values(value).some((one) => isTooDeep(one, depth + 1));
}

/** The beginning of a text of somebody else's making, for a message of one line. */
export function shortened(text: string): string {
  const line = text.trim().replace(/\s+/g, ' ');
  return line.length > MOST_CHARACTERS ? `${line.slice(0, MOST_CHARACTERS).replace(/[\ud800-\udbff]$/, '')}…` : line;
}

const MOST_CHARACTERS = 200;
