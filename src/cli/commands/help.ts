import type { Context } from '../context.js';
import { helpSubject, printHelp } from '../help.js';

/** `help [COMMAND...]`: the same as `COMMAND --help`. */
export async function help({ line, out }: Context): Promise<number> {
  await printHelp(helpSubject(line.operands), out);
  return 0;
}
