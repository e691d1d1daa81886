import { parseSignal } from '../../base/signals.js';
import { ask } from '../call.js';
import type { Context } from '../context.js';
import { signalsNear, suggestion, usage } from '../option-values.js';
import { printReached } from '../reached.js';
import { scopeOf } from '../scope.js';

/** `signal SIGNAL NAME...`: any signal to the process groups of services. */
export async function signal(context: Context): Promise<number> {
  const [word = '', ...names] = context.line.operands;
  const name = parseSignal(word);
  if (name === undefined)
    throw usage(`"${word}" is not a signal`, suggestion(signalsNear(word)) ?? 'for example: portsup signal HUP service_a');
  const reached = await ask(context, 'POST /v1/signal', { ...scopeOf(context), names, signal: name });
  await printReached(context, reached, (one) => `${one.path} (pid ${one.pid}): ${name} sent`);
  return 0;
}
