/**
 * Which lines match a regular expression. Expressions come from people, and some of them take for ever on some lines: so whatever is not plain text is
 * matched in a thread of its own, which is ended when it takes too long. Supervision goes on meanwhile.
 */
import type { Clock, Millis } from '../base/clock.js';
import { PortsupError } from '../base/errors.js';
import { patternMistake } from '../base/pattern.js';
import type { LineTest } from './join.js';

/** What to look for. */
export interface GrepQuery {
  /** As JavaScript has them. */
  readonly pattern: string;
  readonly ignoreCase: boolean;
  /** Wanted are the lines that do not match. */
  readonly invert: boolean;
}

/** A test of lines; whoever made it calls `close`. */
export interface Grep {
  readonly test: LineTest;
  close(): void;
}

/** So long may some hundreds of lines take: a thousand times what they usually do. */
const LIMIT_MS: Millis = 5_000;

const SPECIAL = /[\\^$.*+?()[\]{}|]/;
// oxlint-disable-next-line no-control-regex -- an escape character begins a colour.
const COLOUR = /\u001b\[[\d;:]*m/g;

/**
 * A test for an expression, which looks at lines as they are seen: colours in them do not count.
 *
 * @throws PortsupError `USAGE` for what is no expression. The test itself rejects with `FAILED` when the expression takes too long.
 */
export async function grep(query: GrepQuery, clock: Clock): Promise<Grep> {
  const { pattern, ignoreCase, invert } = query;
  checkPattern(pattern);
  const isPlain = !SPECIAL.test(pattern) && !ignoreCase;
  if (isPlain) return { test: (texts) => texts.map((text) => seen(text).includes(pattern) !== invert), close: () => undefined };
  const thread = await openThread({ pattern, flags: ignoreCase ? 'i' : '' }, clock);
  return {
    test: async (texts) => (await thread.match(texts.map(seen))).map((matches) => matches !== invert),
    close: () => {
      thread.close();
    },
  };
}

const seen = (text: string): string => (text.includes('\u001b') ? text.replace(COLOUR, '') : text);

function checkPattern(pattern: string): void {
  const mistake = patternMistake(pattern);
  if (mistake !== undefined) throw new PortsupError('USAGE', mistake, 'special characters of a plain text need a "\\" before them');
}

const PROGRAM = `const { parentPort, workerData } = require('node:worker_threads');
const expression = new RegExp(workerData.pattern, workerData.flags);
parentPort.on('message', (texts) => parentPort.postMessage(texts.map((text) => expression.test(text))));`;

interface Thread {
  match(texts: readonly string[]): Promise<readonly boolean[]>;
  close(): void;
}

/** Several logs are read at once, but the thread answers in order. */
async function openThread(workerData: { readonly pattern: string; readonly flags: string }, clock: Clock): Promise<Thread> {
  // Loaded only here: it takes 1.5 MB.
  const { Worker } = await import('node:worker_threads');
  const worker = new Worker(PROGRAM, { eval: true, workerData, execArgv: [], env: {} });
  const waiting: {
    readonly answer: (matches: readonly boolean[]) => void;
    readonly fail: (error: Error) => void;
    readonly cancel: () => void;
  }[] = [];
  let ended: Error | null = null;
  const end = (error: Error): void => {
    ended ??= error;
    for (const { fail, cancel } of waiting.splice(0)) {
      cancel();
      fail(error);
    }
    // What it says at its end nobody waits for.
    void worker.terminate();
  };
  worker.on('message', (matches: readonly boolean[]) => {
    const next = waiting.shift();
    next?.cancel();
    next?.answer(matches);
  });
  worker.on('error', end);
  return {
    match: (texts) =>
      new Promise((answer, fail) => {
        // Several logs are read at once: the others need not find out for themselves.
        if (ended) return fail(ended);
        const cancel = clock.after(LIMIT_MS, () => {
          end(
            new PortsupError('FAILED', 'the expression takes too long on some lines', 'make it simpler: no repetition within a repetition'),
          );
        });
        waiting.push({ answer, fail, cancel });
        // oxlint-disable-next-line require-post-message-target-origin -- it is a thread, not a window.
        worker.postMessage(texts);
      }),
    close: () => {
      end(new PortsupError('INTERRUPTED', 'nobody wants them any more', ''));
    },
  };
}
