/**
 * The quick way for `ps` and `whereis`, the commands that people and scripts run most: bin/portsup.js asks here first, and loads the whole
 * command line only when it is needed, as reading its half megabyte takes Node 10 ms, half of what `node -e 0` takes.
 */
import { errnoOf } from '../base/errors.js';
import { type CommandLine, parseCommandLine } from './arguments.js';
import { grammar } from './command-list.js';
import { whereis } from './commands/whereis.js';
import { contextOf } from './context.js';
import { list } from './list.js';
import type { Run } from './loaders.js';
import { watchEnd } from './unfinished.js';

const SLOW_OPTIONS = ['help', 'version', 'watch'];

/**
 * Does the command if it is a plain `ps` or `whereis`: prints its answer, sets the exit code, and gives true. False: nothing was printed,
 * and it is for the whole command line to do; that is so for everything else, and for every error, which will happen there again.
 */
export async function answerQuickly(words: readonly string[]): Promise<boolean> {
  const allowEnd = watchEnd();
  const entry = {
    // Neither starts a keeper.
    keeperProgram: '',
    onBroken: (error: Error): void => {
      if (errnoOf(error) !== 'EPIPE') throw error;
      // Nobody reads any more: there is nothing to be done.
      allowEnd();
    },
  };
  try {
    const line = parseCommandLine(words, grammar);
    const command = plainCommand(line);
    if (command === undefined) return false;
    process.exitCode = await command(contextOf(line, entry));
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
