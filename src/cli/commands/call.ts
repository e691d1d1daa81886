import { PortsupError } from '../../base/errors.js';
import { systemClock } from '../../base/system-clock.js';
import { unknownOfCall } from '../../client/unknown-of-call.js';
import type { CallOutcome, InputOf } from '../../control/contract.js';
import { numberOf } from '../arguments.js';
import { ask } from '../call.js';
import type { Context } from '../context.js';
import { TIMED_OUT } from '../exit-codes.js';
import { valueOfWord } from '../json-words.js';
import { printJson } from '../print-json.js';
import { problemOf, valueText } from '../render/call.js';
import { escapeControls, escapeOutput } from '../render/text.js';
import { scopeOf } from '../scope.js';

/** As in Erlang. */
const USUAL_MS = 5_000;
/** The daemon keeps to the time itself; so much later it is clear that it does not. */
const ANSWER_MS = 2_000;

/** `call NAME METHOD [ARGS...]`: asks a service, prints its answer; what else came of it says the exit code. */
export async function call(context: Context): Promise<number> {
  const [name = '', method = '', ...words] = context.line.operands;
  const timeoutMs = numberOf(context.line, 'timeout') ?? USUAL_MS;
  const outcome = await answerOf(context, { ...scopeOf(context), name, method, args: words.map(valueOfWord), timeoutMs });
  if (context.json) await printJson(context, outcome);
  else await tell(context, outcome, name);
  if (outcome.outcome === 'timeout') return TIMED_OUT;
  return outcome.outcome === 'reply' && outcome.kind === 'value' ? 0 : 1;
}

async function answerOf(context: Context, body: InputOf<'POST /v1/call'>): Promise<CallOutcome> {
  const silent = new AbortController();
  const cancel = systemClock.after(body.timeoutMs + ANSWER_MS, () => silent.abort());
  try {
    return await ask(context, { route: 'POST /v1/call', signal: silent.signal, unknown: unknownOfCall(body.name) }, body);
  } catch (error) {
    if (!silent.signal.aborted) throw error;
    throw new PortsupError('TIMEOUT', 'the daemon does not answer', 'see "portsup daemon logs"', { cause: error });
  } finally {
    cancel();
  }
}

async function tell({ out, err }: Context, outcome: CallOutcome, name: string): Promise<void> {
  const problem = problemOf(outcome, name);
  if (problem) {
    const paint = await err.paint();
    const { message, hint } = problem;
    return err.print([`${paint.red('error:')} ${escapeControls(message)}`, `${paint.dim('hint:')} ${escapeControls(hint)}`]);
  }
  if (outcome.outcome !== 'reply' || outcome.kind !== 'value') return;
  const text = valueText(outcome.value, out.isTerminal ? 2 : undefined);
  await out.print(out.isTerminal ? text.split('\n').map((line) => escapeOutput(line, out.hasColour)) : [text]);
}
