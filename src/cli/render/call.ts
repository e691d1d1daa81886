/** What came of a call, for eyes. Pure. */
import { formatDuration } from '../../base/duration.js';
import type { CallDown, CallError, CallOutcome } from '../../control/contract.js';

/** What is said where there is no value: as of every error one line, and one with the remedy. */
export interface CallProblem {
  readonly message: string;
  readonly hint: string;
}

/** Null: there is a value. `name` is what the person called the service. */
export function problemOf(outcome: CallOutcome, name: string): CallProblem | null {
  switch (outcome.outcome) {
    case 'reply':
      return outcome.kind === 'value' ? null : errorProblem(outcome, name);
    case 'down':
      return downProblem(outcome, name);
    case 'timeout':
      if (outcome.run === null)
        return {
          message: `${name} was not up within ${exactly(outcome.afterMs)}`,
          hint: `"portsup status ${name}" says why; wait longer with -t`,
        };
      return {
        message: `no answer from ${name} within ${exactly(outcome.afterMs)}; it goes on with what it does`,
        hint: `wait longer with -t, or see "portsup logs ${name}"`,
      };
    default:
      return outcome satisfies never;
  }
}

/** Text as it is, without the newline at its end; all else as JSON. */
export function valueText(value: unknown, indent: number | undefined): string {
  return typeof value === 'string' ? value.replace(/\r?\n$/, '') : JSON.stringify(value, null, indent);
}

function errorProblem({ reason, message, code, data }: CallError, name: string): CallProblem {
  const more = data === null ? `"portsup logs ${name}" may tell more` : 'with --json there is all that it says about it';
  switch (reason) {
    case 'fault':
      return { message: `${name}: ${message}${code === null ? '' : ` (fault ${code})`}`, hint: more };
    case 'status':
      return { message: `${name} answered with ${message}`, hint: more };
    case 'unreadable':
      return { message: `${name}: ${message}`, hint: `does it speak what its "call" says? See "portsup status ${name}"` };
    case 'connection':
      return {
        message: `${name} runs, but cannot be called: ${message}`,
        hint: `does it listen there yet? With "ready" calls wait for that; "portsup logs ${name}" may tell more`,
      };
    default:
      return reason satisfies never;
  }
}

function downProblem({ cause, pid, hint }: CallDown, name: string): CallProblem {
  if (pid === null) {
    const why = cause.replace(/^noproc: /, '');
    return { message: `${name} is not running (noproc): ${why}`, hint };
  }
  return { message: `${name} went down during the call: ${cause}`, hint: `${hint}; "portsup history ${name}" tells more` };
}

/** Unlike a duration that has passed, a limit is what somebody wrote. */
const exactly = (ms: number): string => (ms >= 1_000 && ms < 60_000 ? `${ms / 1_000}s` : formatDuration(ms));
