import { isGiven } from '../arguments.js';
import type { Context } from '../context.js';
import { list, psQuery } from '../list.js';

/** `ps [NAME...]`: the table, JSON or PIDs; with `-w` again and again. Never starts a daemon. */
export async function ps(context: Context): Promise<number> {
  if (isGiven(context.line, 'watch')) return (await import('../watch.js')).watch(context, psQuery(context));
  return list(context);
}
