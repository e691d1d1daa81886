import type { Reached } from '../control/contract.js';
import type { Context } from './context.js';

/** Prints what a kill, a signal or a line of input reached: one sentence each, or all of it as JSON. */
export async function printReached({ json, out }: Context, reached: readonly Reached[], sentence: (one: Reached) => string): Promise<void> {
  await out.print(json ? [JSON.stringify(reached, null, out.isTerminal ? 2 : undefined)] : reached.map(sentence));
}
