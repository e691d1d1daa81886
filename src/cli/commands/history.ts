import type { HistoryQuery, InputOf, Scope } from '../../control/contract.js';
import { type CommandLine, isGiven, numberOf } from '../arguments.js';
import { ask } from '../call.js';
import type { Context } from '../context.js';
import { lastLinesOf } from '../last-lines.js';
import { momentOf } from '../moment.js';
import { noteNothing } from '../note.js';
import { usage } from '../option-values.js';
import { printJson } from '../print-json.js';
import { renderHistory } from '../render/history.js';
import { renderRun } from '../render/run.js';
import { renderRuns } from '../render/runs.js';
import { scopeOf } from '../scope.js';
import { localTime, shortTime } from '../time.js';

/** `history [NAME...]`: what ran when, how it ended and why, newest last. */
export async function history(context: Context): Promise<number> {
  const { line, json } = context;
  const scope = isGiven(line, 'all') ? {} : scopeOf(context);
  if (line.options.has('run')) await showRun(context, scope);
  else if (isGiven(line, 'events') || (json && !isGiven(line, 'runs'))) await showEntries(context, scope);
  else await showRuns(context, scope);
  return 0;
}

/** `--events`, and `--json`: the entries as they were written. */
async function showEntries(context: Context, scope: Scope): Promise<void> {
  const { line, out } = context;
  if (isGiven(line, 'runs')) throw usage('--events and --runs are two ways to look at it', 'give one of them');
  if (isGiven(line, 'failed')) throw usage('entries do not fail, runs do', 'add --runs to --failed');
  const entries = await ask(context, 'GET /v1/history', queryOf(context, scope));
  if (context.json) return printJson(context, entries);
  if (entries.length === 0) return noteNothing(context, whyNothing(line));
  const severalApps = isSeveral(entries);
  await out.print(renderHistory(entries, { width: out.width(), paint: await out.paint(), showTime: localTime, severalApps }));
}

async function showRuns(context: Context, scope: Scope): Promise<void> {
  const { line, out } = context;
  const failed = isGiven(line, 'failed');
  const query: InputOf<'GET /v1/runs'> = { ...queryOf(context, scope), failed, others: !failed && !isGiven(line, 'runs') };
  const reply = await ask(context, 'GET /v1/runs', query);
  if (context.json) return printJson(context, reply.runs);
  if (reply.runs.length + reply.entries.length === 0) return noteNothing(context, whyNothing(line));
  const now = new Date();
  const severalApps = isSeveral([...reply.runs, ...reply.entries]);
  const look = { width: out.width(), paint: await out.paint(), showTime: (iso: string) => shortTime(iso, now), severalApps };
  await out.print(renderRuns(reply, look));
}

/** `NAME --run N`: one run whole. */
async function showRun(context: Context, scope: Scope): Promise<void> {
  const { line, out } = context;
  const [name, ...others] = line.operands;
  if (name === undefined || others.length > 0)
    throw usage('--run is about a run of one service', 'for example: portsup history web --run 7');
  const extra = ['lines', 'since', 'failed', 'runs', 'events'].find((option) => line.options.has(option));
  if (extra !== undefined) throw usage(`--run shows one run whole, --${extra} does not go with it`, `leave out --${extra}`);
  const reply = await ask(context, 'GET /v1/run', { ...scope, name, run: numberOf(line, 'run') });
  if (context.json) return printJson(context, reply);
  await out.print(renderRun(reply, { width: out.width(), paint: await out.paint(), showTime: localTime }));
}

function queryOf({ line }: Context, scope: Scope): HistoryQuery {
  const since = momentOf(line, 'since');
  return { ...scope, names: line.operands, lines: lastLinesOf(line, since), since };
}

/** Undefined where no line was asked for. */
function whyNothing(line: CommandLine): string | undefined {
  if (numberOf(line, 'lines') === 0) return undefined;
  if (isGiven(line, 'since') || isGiven(line, 'failed')) return 'nothing that happened fits';
  return line.operands.length === 0
    ? 'nothing has happened yet'
    : `nothing is known of ${line.operands.map((name) => `"${name}"`).join(' or ')}`;
}

const isSeveral = (told: readonly { readonly app: string | null }[]): boolean => new Set(told.flatMap(({ app }) => app ?? [])).size > 1;
