/** Calls over standard input and output: a line of JSON-RPC goes in, and the response is the line that comes out with its id. All other lines are just log. */
import { randomUUID } from 'node:crypto';
import { messageOf } from '../base/errors.js';
import { type Answer, type Call, errorAnswer, MAX_ANSWER_BYTES, Unreadable } from './answer.js';
import { decodeResponse, encodeRequest, isResponse, noResponse } from './jsonrpc.js';

/** The lines of one run. */
export interface LinePipe {
  /** Writes a line, newline excluded. Rejects with an error for people when it does not take it, or `signal` has aborted before it was written. */
  write(line: string, signal: AbortSignal): Promise<void>;
  /** Calls `listener` with each piece of its standard output from now on, as it was written; the returned function ends that. */
  watch(listener: (piece: LinePiece) => void): () => void;
}

/** A line, or a piece of one. */
export interface LinePiece {
  readonly bytes: Buffer;
  /** Does its line go on in the next piece? */
  readonly isOpen: boolean;
}

/**
 * Makes one call. What does not take it is an answer (`connection`). It waits for the response until `signal` aborts; what it resolves with then means nothing.
 */
export function callOverLines(pipe: LinePipe, call: Call, signal: AbortSignal): Promise<Answer> {
  const id = randomUUID();
  return new Promise((resolve) => {
    const finish = (answer: Answer): void => {
      unwatch();
      signal.removeEventListener('abort', onAbort);
      resolve(answer);
    };
    const onAbort = (): void => finish(errorAnswer('connection', 'given up'));
    // Listened for first: a quick one answers before we have seen that it has taken the request.
    const unwatch = pipe.watch(
      joinLines((line) => {
        const answer = responseIn(line, id);
        if (answer) finish(answer);
      }),
    );
    if (signal.aborted) return onAbort();
    signal.addEventListener('abort', onAbort);
    pipe.write(encodeRequest(call, id), signal).catch((error: unknown) => {
      finish(errorAnswer('connection', messageOf(error)));
    });
  });
}

/** Lines out of pieces; what is longer than an answer may be is passed over. */
function joinLines(onLine: (line: string) => void): (piece: LinePiece) => void {
  let parts: Buffer[] = [];
  let bytes = 0;
  return (piece) => {
    bytes += piece.bytes.length;
    if (bytes <= MAX_ANSWER_BYTES) parts.push(piece.bytes);
    if (piece.isOpen) return;
    if (bytes <= MAX_ANSWER_BYTES) onLine(Buffer.concat(parts).toString());
    parts = [];
    bytes = 0;
  };
}

/** Most lines are log: only one that holds the id is looked at more closely. */
function responseIn(line: string, id: string): Answer | undefined {
  if (!line.includes(id)) return undefined;
  try {
    const value: unknown = JSON.parse(line);
    const answer = decodeResponse(value, id);
    if (answer === undefined && isResponse(value, id)) throw noResponse(line);
    return answer;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    if (error instanceof Unreadable) return errorAnswer('unreadable', `its answer cannot be read: ${error.message}`);
    throw error;
  }
}
