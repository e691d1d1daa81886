import { ask } from '../call.js';
import type { Context } from '../context.js';
import { printReached } from '../reached.js';
import { scopeOf } from '../scope.js';

/** `send NAME TEXT`: one line to the standard input of a service. */
export async function send(context: Context): Promise<number> {
  const [name = '', text = ''] = context.line.operands;
  const reached = await ask(context, 'POST /v1/send', { ...scopeOf(context), names: [name], text });
  await printReached(context, reached, (one) => `${one.path} (pid ${one.pid}): line sent`);
  return 0;
}
