/**
 * The command line: reads the words, loads the one command they name, runs it, and turns what came of it into an exit code.
 * The words of a command are few milliseconds of work: what only some commands need is loaded by them.
 */
import { fileURLToPath } from 'node:url';
import { errnoOf } from '../base/errors.js';
import { version } from '../base/version.js';
import { type CommandLine, isGiven, parseCommandLine } from './arguments.js';
import { commands, globalOptions } from './command-list.js';
import { type Context, contextOf } from './context.js';
import { loaders } from './loaders.js';

const grammar = { commands, globals: globalOptions };
const entry = {
  keeperProgram: fileURLToPath(new URL('../bin/portsupd.js', import.meta.url)),
  // A reader that has seen enough (`portsup logs | head`) is no error; there is nobody left to write to.
  onBroken: (error: Error): void => {
    process.exit(errnoOf(error) === 'EPIPE' ? 0 : 1);
  },
};

// Not process.exit(): what is still on its way to a slow pipe would be lost.
void main(process.argv.slice(2)).then((code) => {
  process.exitCode = code;
});

async function main(words: readonly string[]): Promise<number> {
  let context: Context | undefined;
  try {
    const line = parseCommandLine(words, grammar);
    context = contextOf(line, entry);
    return await run(context, line);
  } catch (error) {
    const { reportError } = await import('./report.js');
    return reportError(error, context ?? contextOf(unread(words), entry));
  }
}

async function run(context: Context, line: CommandLine): Promise<number> {
  if (isGiven(line, 'version')) {
    await context.out.print([version]);
    return 0;
  }
  const loader = line.command === undefined ? undefined : loaders[line.command.name];
  if (loader !== undefined && !isGiven(line, 'help')) return (await loader())(context);
  const { renderCommandHelp, renderHelp } = await import('./render/help.js');
  if (line.command) await context.out.print(renderCommandHelp(line.command, globalOptions));
  else await (isGiven(line, 'help') ? context.out : context.err).print(renderHelp(grammar));
  return isGiven(line, 'help') ? 0 : 2;
}

/** A line that could not be read still says how its error is to be shown. */
function unread(words: readonly string[]): CommandLine {
  const wishes = ['verbose', 'no-color'].filter((name) => words.includes(`--${name}`));
  return { command: undefined, options: new Map(wishes.map((name) => [name, true] as const)), operands: [], passed: [] };
}
