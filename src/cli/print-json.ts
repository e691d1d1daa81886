import type { Context } from './context.js';

/** Prints a value on standard output as JSON: laid out for eyes on a terminal, in one line for programs. */
export const printJson = ({ out }: Pick<Context, 'out'>, value: unknown): Promise<void> =>
  out.print([JSON.stringify(value, null, out.isTerminal ? 2 : undefined)]);
