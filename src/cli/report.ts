/** Errors for eyes: `error: cause` and `hint: remedy` on standard error, one line each. */
import { PortsupError } from '../base/errors.js';
import type { Failure } from '../control/contract.js';
import { isGiven } from './arguments.js';
import type { Context } from './context.js';
import { exitCodeOf } from './exit-codes.js';
import type { Paint } from './render/paint.js';
import { escapeControls, escapeOutput, excerptOf } from './render/text.js';

/** What reporting needs of a context; there is none yet when the command line itself is wrong. */
export type Reporting = Pick<Context, 'line' | 'err'>;

/** Prints an error and gives the exit code for it. */
export async function reportError(error: unknown, { line, err }: Reporting): Promise<number> {
  const paint = await err.paint();
  const known = error instanceof PortsupError ? error : bug(error);
  await err.print([
    ...(await problemLines(known, paint)),
    `${paint.red('error:')} ${escapeControls(known.message)}`,
    ...(known.hint === '' ? [] : [`${paint.dim('hint:')} ${escapeControls(known.hint)}`]),
    ...(isGiven(line, 'verbose') ? stackLines(error) : []),
  ]);
  return exitCodeOf(known.code, line.command?.name);
}

/** Prints what failed in an action, each with its cause and its last output; below the last of what did not start, where to find more. */
export async function reportFailures(context: Context, failures: readonly Failure[], what: string): Promise<void> {
  const paint = await context.err.paint();
  for (const { path, cause, lastLines } of failures) {
    await context.err.print([
      `${paint.red('error:')} ${path || 'the application'} failed to ${what}: ${escapeControls(cause)}`,
      ...lastLines.map(({ text }) => `${paint.dim(`  ${path} |`)} ${outputText(text, context)}`),
    ]);
  }
  if (failures.length > 0 && what !== 'stop') await context.err.print([`${paint.dim('hint:')} ${moreAbout(failures)}`]);
}

function outputText(text: string, { err }: Context): string {
  const excerpt = excerptOf(text);
  return err.isTerminal ? escapeOutput(excerpt, err.hasColour) : excerpt;
}

/** Names that a hint may hold; more would hide what it advises. */
const MOST_NAMES = 3;

function moreAbout(failures: readonly Failure[]): string {
  const names = failures.length > MOST_NAMES ? [] : failures.map(({ path }) => path).filter((path) => path !== '');
  const after = names.map((name) => ` ${name}`).join('');
  return `"portsup history${after}" and "portsup logs${after}" tell more`;
}

/** All problems of a configuration, each with the line it is in; they are loaded only when there are some. */
async function problemLines(error: PortsupError, paint: Paint): Promise<readonly string[]> {
  if (error.code !== 'CONFIG_INVALID') return [];
  const { problemLine, problemsOf } = await import('../config/problems.js');
  return problemsOf(error).flatMap((problem) => [
    escapeControls(problemLine(problem)),
    ...problem.excerpt.map((line) => paint.dim(escapeControls(line))),
  ]);
}

const bug = (error: unknown): PortsupError =>
  new PortsupError('FAILED', error instanceof Error ? error.message : String(error), 'this is a bug in portsup; --verbose shows where');

function stackLines(error: unknown): readonly string[] {
  if (!(error instanceof Error)) return [];
  const cause = error.cause === undefined ? [] : ['caused by:', ...stackLines(error.cause)];
  return [...(error.stack ?? error.message).split('\n'), ...cause];
}
