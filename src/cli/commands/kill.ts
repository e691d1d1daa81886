import { textOf } from '../arguments.js';
import { ask } from '../call.js';
import type { Context } from '../context.js';
import { printReached } from '../reached.js';
import { scopeOf } from '../scope.js';

/** `kill NAME...`: crashes services; says of each what supervision does about it. */
export async function kill(context: Context): Promise<number> {
  const signal = textOf(context.line, 'signal') ?? 'SIGKILL';
  const reached = await ask(context, 'POST /v1/kill', { ...scopeOf(context), names: context.line.operands, signal });
  await printReached(
    context,
    reached,
    (one) => `${one.path} (pid ${one.pid}): ${signal} sent${one.consequence === null ? '' : `; ${one.consequence}`}`,
  );
  return 0;
}
