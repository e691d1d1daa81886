/**
 * Whether texts match regular expressions. Expressions come from people, and some of them take for ever on some texts: so whatever is not plain text is
 * matched in a thread, one for all, which is ended when one takes too long. Supervision goes on meanwhile.
 */
import type { Worker } from 'node:worker_threads';
import type { Clock, Millis } from '../base/clock.js';

/** A thousand times what one takes as a rule. */
const LIMIT_MS: Millis = 1_000;
const SPECIAL = /[\\^$.*+?()[\]{}|]/;

const PROGRAM = `const { parentPort } = require('node:worker_threads');
const known = new Map();
parentPort.on('message', ({ pattern, text }) => {
  if (known.size > 1000) known.clear();
  const expression = known.get(pattern) ?? new RegExp(pattern);
  known.set(pattern, expression);
  parentPort.postMessage(expression.test(text));
});`;

/** Owns a thread where there is a need of one; whoever made it calls `close`. */
export class Matcher {
  readonly #clock: Clock;
  #thread: Worker | null = null;
  /** One after the other: so whoever takes too long is known. */
  #before: Promise<unknown> = Promise.resolve();
  #isClosed = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** @throws Error when it takes longer than a second, or is no expression. */
  matches = async (pattern: string, text: string): Promise<boolean> => {
    if (!SPECIAL.test(pattern)) return text.includes(pattern);
    const answer = this.#before.then(() => this.#ask(pattern, text));
    this.#before = answer.catch(() => undefined);
    return answer;
  };

  close(): void {
    this.#isClosed = true;
    this.#end();
  }

  async #ask(pattern: string, text: string): Promise<boolean> {
    if (this.#isClosed) throw new Error('nobody wants to know any more');
    // Loaded only here: it takes 1.5 MB.
    const { Worker: Thread } = await import('node:worker_threads');
    const thread = (this.#thread ??= new Thread(PROGRAM, { eval: true, execArgv: [], env: {} }));
    return new Promise<boolean>((resolve, reject) => {
      const done = (): void => {
        cancel();
        thread.off('message', onAnswer).off('error', onError).off('exit', onExit);
        // It holds the process only while somebody waits for it.
        thread.unref();
      };
      const fail = (error: unknown): void => {
        done();
        this.#end();
        reject(error instanceof Error ? error : new Error(String(error)));
      };
      const onAnswer = (isMatch: boolean): void => {
        done();
        resolve(isMatch);
      };
      const onError = fail;
      const onExit = (): void => fail(new Error('nobody wants to know any more'));
      const cancel = this.#clock.after(LIMIT_MS, () => fail(new Error('the expression takes too long; make it simpler')));
      thread.ref();
      thread.on('message', onAnswer).on('error', onError).on('exit', onExit);
      // oxlint-disable-next-line require-post-message-target-origin -- it is a thread, not a window.
      thread.postMessage({ pattern, text });
    });
  }

  #end(): void {
    // What it says at its end nobody waits for; an error of its start has been told.
    void this.#thread?.on('error', () => undefined).terminate();
    this.#thread = null;
  }
}
