import { ask } from '../call.js';
import type { Context } from '../context.js';
import { printReached } from '../reached.js';
import { scopeOf } from '../scope.js';

/** `send NAME TEXT`: one line to the standard input of a service; several words are one line, as `echo` has it. */
export async function send(context: Context): Promise<number> {
  const [name = '', ...words] = context.line.operands;
  const reached = await ask(context, 'POST /v1/send', { ...scopeOf(context), names: [name], text: words.join(' ') });
  await printReached(context, reached, (one) => `${one.path} (pid ${one.pid}): line sent`);
  return 0;
}
