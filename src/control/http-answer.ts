/**
 * Reads one HTTP/1.1 answer out of bytes as they come: just what our own server sends (a length, or chunks, or
 * everything until the end), because node:http costs a command line 5 ms. Bytes are cut anywhere. Pure.
 */

/** What an answer's head says. Header names are in lower case. */
export interface AnswerHead {
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
}

/** A reader of one answer. */
export interface AnswerReader {
  /** Takes the next bytes; returns the parts of the body in them. Throws an Error when they are not HTTP. */
  push(bytes: Buffer): readonly Buffer[];
  /** The head, once it has come. */
  head(): AnswerHead | undefined;
  /** Has the whole answer come? An answer without length and chunks is complete when the connection ends. */
  isComplete(connectionEnded: boolean): boolean;
}

/** Where the reader is: what the next byte belongs to. `left` counts bytes. */
type Place =
  | { readonly in: 'head' }
  | { readonly in: 'body'; readonly left: number }
  | { readonly in: 'rest' }
  | { readonly in: 'chunk-size' }
  | { readonly in: 'chunk'; readonly left: number }
  | { readonly in: 'chunk-end' }
  | { readonly in: 'trailer' }
  | { readonly in: 'done' };

const LONGEST_HEAD = 64 * 1024;

/** A reader that waits for the first byte of an answer. */
export function readAnswer(): AnswerReader {
  let place: Place = { in: 'head' };
  let head: AnswerHead | undefined;
  let pending: Buffer = Buffer.alloc(0);
  const parts: Buffer[] = [];

  /** Takes one thing out of `pending`; false: more bytes are needed. */
  const advance = (): boolean => {
    if (place.in === 'done' || pending.length === 0) return false;
    if (place.in === 'rest') return takeBody(pending.length, place);
    if (place.in === 'body' || place.in === 'chunk') return takeBody(place.left, place);
    return takeText();
  };
  const takeBody = (wanted: number, from: Place): boolean => {
    const part = pending.subarray(0, wanted);
    if (part.length > 0) parts.push(part);
    pending = pending.subarray(part.length);
    place = afterBody(from, part.length);
    return true;
  };
  const takeText = (): boolean => {
    const end = pending.indexOf(place.in === 'head' ? '\r\n\r\n' : '\r\n');
    if (end < 0 && pending.length > LONGEST_HEAD) throw new Error('the head of the answer does not end');
    if (end < 0) return false;
    const text = pending.toString('latin1', 0, end);
    pending = pending.subarray(end + (place.in === 'head' ? 4 : 2));
    if (place.in === 'head') head = parseHead(text);
    place = afterText(place, text, head);
    return true;
  };

  return {
    head: () => head,
    isComplete: (connectionEnded) => place.in === 'done' || (connectionEnded && place.in === 'rest'),
    push: (bytes) => {
      pending = pending.length === 0 ? bytes : Buffer.concat([pending, bytes]);
      while (advance());
      return parts.splice(0);
    },
  };
}

function afterBody(from: Place, taken: number): Place {
  if (from.in === 'body') return from.left > taken ? { in: 'body', left: from.left - taken } : { in: 'done' };
  if (from.in === 'chunk') return from.left > taken ? { in: 'chunk', left: from.left - taken } : { in: 'chunk-end' };
  return from;
}

function afterText(from: Place, text: string, head: AnswerHead | undefined): Place {
  if (from.in === 'head') return bodyPlace(head);
  if (from.in === 'chunk-end') return { in: 'chunk-size' };
  if (from.in === 'trailer') return text === '' ? { in: 'done' } : from;
  if (!/^[\da-f]{1,8}(?:;|$)/i.test(text)) throw new Error('a chunk of the answer has no length');
  const left = Number.parseInt(text, 16);
  return left === 0 ? { in: 'trailer' } : { in: 'chunk', left };
}

function bodyPlace(head: AnswerHead | undefined): Place {
  if (head?.headers.get('transfer-encoding')?.toLowerCase() === 'chunked') return { in: 'chunk-size' };
  const length = head?.headers.get('content-length');
  if (length === undefined) return { in: 'rest' };
  return Number(length) === 0 ? { in: 'done' } : { in: 'body', left: Number(length) };
}

function parseHead(text: string): AnswerHead {
  const [first = '', ...lines] = text.split('\r\n');
  const status = /^HTTP\/1\.[01] (\d{3})/.exec(first)?.[1];
  if (status === undefined) throw new Error('the answer is not HTTP');
  const headers = new Map<string, string>();
  for (const line of lines) {
    const colon = line.indexOf(':');
    headers.set(line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim());
  }
  return { status: Number(status), headers };
}
