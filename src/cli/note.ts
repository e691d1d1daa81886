import type { Context } from './context.js';

/** A note on standard error: `name: text`, with a hint below it where there is one. */
export async function note(context: Context, text: string, hint = ''): Promise<void> {
  await context.err.print([text, ...(hint === '' ? [] : [`hint: ${hint}`])]);
}
