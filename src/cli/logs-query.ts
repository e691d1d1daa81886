/** What `logs` asks the daemon, from its options; and what it says when nothing comes of it. */
import type { LogsQuery } from '../control/contract.js';
import { type CommandLine, isGiven, numberOf, textOf } from './arguments.js';
import type { Context } from './context.js';
import { lastLinesOf } from './last-lines.js';
import { momentOf } from './moment.js';
import { usage } from './option-values.js';
import { scopeOf } from './scope.js';

/**
 * The question of a command line.
 *
 * @throws {@link PortsupError} `USAGE` for a time that is none, and for options that make no sense together.
 */
export function logsQueryOf(context: Context): LogsQuery {
  const { line } = context;
  refuseContradictions(line);
  const now = new Date();
  const since = momentOf(line, 'since', now);
  const until = momentOf(line, 'until', now);
  if (since !== undefined && until !== undefined && since > until)
    throw usage(
      '--since is later than --until, and nothing is in between',
      `swap them: --since "${textOf(line, 'until')}" --until "${textOf(line, 'since')}"`,
    );
  const out = isGiven(line, 'out');
  return {
    ...scopeOf(context),
    names: line.operands,
    lines: lastLinesOf(line, since),
    follow: isGiven(line, 'follow'),
    stream: out === isGiven(line, 'err') ? undefined : out ? 'out' : 'err',
    run: numberOf(line, 'run'),
    previous: isGiven(line, 'previous'),
    since,
    until,
    grep: textOf(line, 'grep'),
    ignoreCase: isGiven(line, 'ignore-case'),
    invert: isGiven(line, 'invert-match'),
  };
}

/** Why a question that is not "follow" may have found nothing; undefined where that is no wonder, as no line was asked for. */
export function whyNoLines({ lines, stream, run, previous, since, until, grep }: LogsQuery): string | undefined {
  if (lines === 0) return undefined;
  const isFiltered = previous || [stream, run, since, until, grep].some((filter) => filter !== undefined);
  return isFiltered ? 'no line fits' : 'nothing has been printed yet, or nothing is kept ("logs: none")';
}

function refuseContradictions(line: CommandLine): void {
  if (isGiven(line, 'follow') && isGiven(line, 'until'))
    throw usage('--follow goes on with what comes, --until ends before', 'leave out one of the two');
  if (isGiven(line, 'run') && isGiven(line, 'previous')) throw usage('--run and --previous each name a run', 'leave out one of the two');
  const idle = isGiven(line, 'grep') ? undefined : ['ignore-case', 'invert-match'].find((name) => isGiven(line, name));
  if (idle !== undefined) throw usage(`--${idle} says how --grep matches, and there is none`, `add --grep REGEX, or leave out --${idle}`);
}
