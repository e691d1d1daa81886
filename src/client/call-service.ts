/** A program's call of a service. */
import { messageOf, PortsupError } from '../base/errors.js';
import { LONGEST_DELAY_MS } from '../base/system-clock.js';
import type { CallOutcome, InputOf, Scope } from '../control/contract.js';
import type { ServiceCallOptions } from './options.js';
import { answer } from './program-questions.js';
import type { Settings } from './settings.js';
import { unknownOfCall } from './unknown-of-call.js';

/** As in Erlang. */
const USUAL_CALL_MS = 5_000;
/** The daemon keeps to the time itself; so much later it is clear that it does not. */
const ANSWER_MS = 1_000;

/** See `PortsupClient.call`. */
export function callService(
  settings: Settings,
  asked: Pick<InputOf<'POST /v1/call'>, 'name' | 'method' | 'args'>,
  { signal, timeoutMs = USUAL_CALL_MS }: ServiceCallOptions,
): Promise<CallOutcome> {
  const options = { signal, timeoutMs, answerMs: ANSWER_MS };
  const input = (scope: () => Scope): InputOf<'POST /v1/call'> => {
    checkArguments(asked.args);
    return { ...scope(), ...asked, timeoutMs: Math.min(timeoutMs, LONGEST_DELAY_MS) };
  };
  return answer(settings, { route: 'POST /v1/call', options, input, unknown: unknownOfCall(asked.name) });
}

function checkArguments(args: readonly unknown[]): void {
  try {
    JSON.stringify(args);
  } catch (error) {
    // A bigint, or a circle.
    throw new PortsupError('USAGE', `the arguments are no JSON: ${messageOf(error)}`, 'see "Calls" in README.md for what can be sent', {
      cause: error,
    });
  }
}
