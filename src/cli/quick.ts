/**
 * The quick way for `ps` and `whereis`, the commands that people and scripts run most: bin/portsup.js asks here first, and loads the whole
 * command line only when it is needed, as reading its half megabyte takes Node 10 ms, half of what `node -e 0` takes.
 */
import { type CommandLine, parseCommandLine } from './arguments.js';
import { grammar } from './command-list.js';
import { whereis } from './commands/whereis.js';
import { contextOf } from './context.js';
import { list } from './list.js';
import type { Run } from './loaders.js';
import { watchEnd } from './unfinished.js';
import { isReaderGone, sayUnwritable } from './unwritable.js';

const SLOW_OPTIONS = ['help', 'version', 'watch'];

/**
 * Does the command if it is a plain `ps` or `whereis`: prints its answer, sets the exit code, and gives true. False: nothing was printed,
 * and it is for the whole command line to do; that is so for everything else, and for every error, which will happen there again.
 */
export async function answerQuickly(words: readonly string[]): Promise<boolean> {
  const allowEnd = watchEnd();
  let isUnwritable = false;
  const entry = {
    // Neither starts a keeper.
    keeperProgram: '',
    onBroken: (error: Error): void => {
      allowEnd();
      // Nobody reads any more: there is nothing to be done.
      if (isReaderGone(error) || isUnwritable) return;
      isUnwritable = true;
      sayUnwritable(error);
      process.exitCode = 1;
    },
  };
  try {
    const line = parseCommandLine(words, grammar);
    const command = plainCommand(line);
    if (command === undefined) return false;
    const code = await command(contextOf(line, entry));
    // It may be told before or after this that the answer cannot be written.
    process.exitCode = isUnwritable ? 1 : code;
    return true;
  } catch {
    // Whatever it is: they change nothing, so it can run again where errors are reported.
    return false;
  } finally {
    allowEnd();
  }
}

function plainCommand({ command, options }: CommandLine): Run | undefined {
  if (SLOW_OPTIONS.some((name) => options.has(name))) return undefined;
  return command?.name === 'ps' ? list : command?.name === 'whereis' ? whereis : undefined;
}
