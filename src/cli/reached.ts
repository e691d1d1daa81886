import type { Reached } from '../control/contract.js';
import type { Context } from './context.js';
import { printJson } from './print-json.js';

/** Prints what a kill, a signal or a line of input reached: one sentence each, or all of it as JSON. */
export const printReached = (context: Context, reached: readonly Reached[], sentence: (one: Reached) => string): Promise<void> =>
  context.json ? printJson(context, reached) : context.out.print(reached.map(sentence));
