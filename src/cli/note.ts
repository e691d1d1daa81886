import type { ConditionRow } from '../control/contract.js';
import type { Context } from './context.js';
import { escapeControls } from './render/text.js';

/** A note on standard error: `name: text`, with a hint below it where there is one. */
export async function note(context: Context, text: string, hint = ''): Promise<void> {
  await context.err.print([text, ...(hint === '' ? [] : [`hint: ${hint}`])]);
}

/** Says on standard error that there is nothing to show, and why; nothing where that is no wonder (undefined), or the answer is JSON. */
export async function noteNothing(context: Context, why: string | undefined): Promise<void> {
  if (why !== undefined && !context.json) await note(context, `note: nothing to show; ${escapeControls(why)}`);
}

/** One line for each condition of the daemon: what is wrong, and what to do. */
export const conditionNotes = (conditions: readonly ConditionRow[]): readonly string[] =>
  conditions.map(({ text }) => `note: ${escapeControls(text)}`);
