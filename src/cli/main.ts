/**
 * The command line: reads the words, loads the one command they name, runs it, and turns what came of it into an exit code.
 * The words of a command are few milliseconds of work: what only some commands need is loaded by them.
 */
import { fileURLToPath } from 'node:url';
import { version } from '../base/version.js';
import { type CommandLine, isGiven, parseCommandLine } from './arguments.js';
import { grammar } from './command-list.js';
import { type Context, contextOf } from './context.js';
import { loaders } from './loaders.js';
import { watchEnd } from './unfinished.js';
import { isReaderGone, sayUnwritable } from './unwritable.js';

const allowEnd = watchEnd();
const entry = {
  keeperProgram: fileURLToPath(new URL('../bin/portsupd.js', import.meta.url)),
  // A reader that has seen enough (`portsup logs | head`) is no error; there is nobody left to write to.
  onBroken: (error: Error): void => {
    allowEnd();
    if (isReaderGone(error)) process.exit(0);
    sayUnwritable(error);
    process.exit(1);
  },
};

// It never rejects but for a bug, which ends the process as an unhandled rejection.
void main(process.argv.slice(2)).then((code) => {
  allowEnd();
  // A configuration that is a program may have left something running (setInterval); its answer is all that was wanted.
  process.exit(code);
});

/** Does the command; when it gives the exit code, all that was said has been taken, also by a slow pipe. */
async function main(words: readonly string[]): Promise<number> {
  let context: Context | undefined;
  let code: number;
  try {
    const line = parseCommandLine(words, grammar);
    context = contextOf(line, entry);
    code = await run(context, line);
  } catch (error) {
    const { reportError } = await import('./report.js');
    context ??= contextOf(unread(words), entry);
    code = await reportError(error, context);
  }
  await context.flush();
  return code;
}

async function run(context: Context, line: CommandLine): Promise<number> {
  if (isGiven(line, 'version')) {
    await context.out.print([context.json ? JSON.stringify(version) : version]);
    return 0;
  }
  const loader = line.command === undefined ? undefined : loaders[line.command.name];
  if (loader !== undefined && !isGiven(line, 'help')) return (await loader())(context);
  const { printHelp } = await import('./help.js');
  await printHelp(line.command ?? line.group, isGiven(line, 'help') ? context.out : context.err);
  return isGiven(line, 'help') ? 0 : 2;
}

/** A line that could not be read still says how its error is to be shown. */
function unread(words: readonly string[]): CommandLine {
  const wishes = ['verbose', 'no-color'].filter((name) => words.includes(`--${name}`));
  return { command: undefined, options: new Map(wishes.map((name) => [name, true] as const)), operands: [], passed: [] };
}
