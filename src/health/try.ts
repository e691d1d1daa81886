/** One try of a probe, which gets an answer or is given up when its time is over. */

import type { Clock, Millis } from '../base/clock.js';
import { messageOf } from '../base/errors.js';
import type { Answer, ExecProbe, Probe } from './answer.js';
import { tryHttp } from './http.js';
import { limitText } from './limit-text.js';
import { tryTcp } from './tcp.js';

/** What tries are made with. */
export interface Tries {
  readonly clock: Clock;
  /** Runs a command; resolves when it has ended, which an abort brings about. */
  readonly exec: (probe: ExecProbe, signal: AbortSignal) => Promise<Answer>;
  /** Does a text match a regular expression? Rejects when that cannot be told. */
  readonly matches: (pattern: string, text: string) => Promise<boolean>;
}

/** So late a timer is not the fault of who was asked: this process has been held up, and the answer may be waiting in it. */
const HELD_UP_MS: Millis = 500;

/**
 * Asks once. Resolves within the probe's time, or soon after an abort: then nobody wants to know. Never rejects, and when it resolves
 * nothing of the try is left, but a command that resists SIGKILL.
 */
export async function tryProbe(probe: Probe, tries: Tries, aborted: AbortSignal): Promise<Answer> {
  const { clock } = tries;
  const giveUp = new AbortController();
  const onAbort = (): void => giveUp.abort();
  aborted.addEventListener('abort', onAbort);
  const begun = clock.now();
  let overdueMs: Millis | null = null;
  const cancel = clock.after(probe.tryMs, () => {
    overdueMs = clock.now() - begun;
    giveUp.abort();
  });
  try {
    const answer = await ask(probe, tries, giveUp.signal);
    return overdueMs === null || answer.ok ? answer : overdue(answer.text, probe.tryMs, overdueMs);
  } catch (error) {
    return { ok: false, text: messageOf(error) };
  } finally {
    cancel();
    aborted.removeEventListener('abort', onAbort);
  }
}

/** How far it had come when it was given up: "no answer within 5s". */
const overdue = (text: string, tryMs: Millis, overdueMs: Millis): Answer =>
  overdueMs > tryMs + HELD_UP_MS
    ? { ok: false, text: 'portsup itself was held up', isOurs: true }
    : { ok: false, text: `${text} within ${limitText(tryMs)}` };

function ask(probe: Probe, { exec, matches }: Tries, signal: AbortSignal): Promise<Answer> {
  switch (probe.by) {
    case 'http':
      return tryHttp({ probe, signal, matches });
    case 'tcp':
      return tryTcp(probe, signal);
    case 'exec':
      return exec(probe, signal);
    default:
      return probe satisfies never;
  }
}
