import { describe, expect, it } from 'vitest';
import { type Answer, MAX_ANSWER_BYTES } from '../../src/calls/answer.js';
import { callOverLines, type LinePiece, type LinePipe } from '../../src/calls/line-call.js';

/** A pipe whose other end is in hand. */
class HeldPipe implements LinePipe {
  readonly written: string[] = [];
  refusal: Error | undefined;
  #listeners = new Set<(piece: LinePiece) => void>();

  write(line: string): Promise<void> {
    this.written.push(line);
    return this.refusal ? Promise.reject(this.refusal) : Promise.resolve();
  }

  watch(listener: (piece: LinePiece) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  get watchers(): number {
    return this.#listeners.size;
  }

  say(text: string | Buffer, isOpen = false): void {
    for (const listener of this.#listeners) listener({ bytes: Buffer.from(text), isOpen });
  }

  /** The id of a request. */
  id(index = 0): string {
    return (JSON.parse(this.written[index] ?? '{}') as { readonly id: string }).id;
  }
}

const call = (pipe: LinePipe, signal = new AbortController().signal): Promise<Answer> =>
  callOverLines(pipe, { method: 'add', args: [1, 2] }, signal);
const response = (id: string, result: unknown): string => JSON.stringify({ jsonrpc: '2.0', id, result });

describe('a call by lines', () => {
  it('sends one line, and takes the line with its id for the answer', async () => {
    const pipe = new HeldPipe();
    const answered = call(pipe);
    expect(JSON.parse(pipe.written[0] ?? '')).toMatchObject({ jsonrpc: '2.0', method: 'add', params: [1, 2] });
    pipe.say('starting up');
    pipe.say(pipe.written[0] ?? '');
    pipe.say(response('another', 4));
    pipe.say(`{"id": "${pipe.id()}", "result": `);
    pipe.say(response(pipe.id(), 3));
    expect(await answered).toEqual({ kind: 'value', value: 3 });
    expect(pipe.watchers).toBe(0);
  });

  it('takes an answer that comes in pieces, cut anywhere', async () => {
    const pipe = new HeldPipe();
    const answered = call(pipe);
    const bytes = Buffer.from(response(pipe.id(), 'Jäger'));
    for (const [index, byte] of bytes.entries()) pipe.say(Buffer.from([byte]), index < bytes.length - 1);
    expect(await answered).toEqual({ kind: 'value', value: 'Jäger' });
  });

  it('keeps two calls apart, whichever is answered first', async () => {
    const pipe = new HeldPipe();
    const answered = [call(pipe), call(pipe)];
    pipe.say(response(pipe.id(1), 'second'));
    pipe.say(response(pipe.id(0), 'first'));
    expect(await Promise.all(answered)).toEqual([
      { kind: 'value', value: 'first' },
      { kind: 'value', value: 'second' },
    ]);
  });

  it('passes over a line that is longer than an answer may be, and reads on', async () => {
    const pipe = new HeldPipe();
    const answered = call(pipe);
    pipe.say(Buffer.alloc(MAX_ANSWER_BYTES, 'x'), true);
    pipe.say(response(pipe.id(), 'hidden'));
    pipe.say(response(pipe.id(), 'seen'));
    expect(await answered).toEqual({ kind: 'value', value: 'seen' });
  });

  it('gives the error that the service answers with', async () => {
    const pipe = new HeldPipe();
    const answered = call(pipe);
    pipe.say(JSON.stringify({ id: pipe.id(), error: { code: 7, message: 'no' } }));
    expect(await answered).toEqual({ kind: 'error', reason: 'fault', message: 'no', code: 7, data: null });
  });

  it.each([
    ['with neither result nor error', {}],
    ['with no error but no result either', { error: null }],
  ])('tells that an answer %s is none, instead of waiting on', async (_what, said) => {
    const pipe = new HeldPipe();
    const answered = call(pipe);
    const line = JSON.stringify({ jsonrpc: '2.0', id: pipe.id(), ...said });
    pipe.say(line);
    const message = `its answer cannot be read: expected a response of JSON-RPC, found ${line}`;
    expect(await answered).toMatchObject({ kind: 'error', reason: 'unreadable', message });
  });

  it('tells that the service did not take it', async () => {
    const pipe = new HeldPipe();
    pipe.refusal = new Error('it has closed its standard input');
    expect(await call(pipe)).toMatchObject({ reason: 'connection', message: 'it has closed its standard input' });
    expect(pipe.watchers).toBe(0);
  });

  it('listens no more once it is given up', async () => {
    const pipe = new HeldPipe();
    const given = new AbortController();
    const answered = call(pipe, given.signal);
    given.abort();
    expect(await answered).toMatchObject({ kind: 'error' });
    expect(pipe.watchers).toBe(0);
  });
});
