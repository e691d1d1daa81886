/** What `history` asks: the entries of the journal, and the runs they tell of. */
import { PortsupError } from '../base/errors.js';
import type { HistoryEntry, HistoryQuery, InputOf, LogLine, RunReply, RunsReply, Scope } from '../control/contract.js';
import type { JournalEntry } from '../journal/entry.js';
import { type Growing, gatherRuns, isAside, isKnown, type Run, runningLast } from '../journal/runs.js';
import type { JournalPlace, JournalScope } from '../journal/search.js';
import { readLast } from '../logs/tail.js';
import { appOfFile } from './app-registry.js';
import { type DaemonContext, momentOf } from './context.js';
import { presentRuns } from './present-runs.js';
import { selected } from './queries.js';
import { logLineOf } from './results.js';
import { linesOf } from './run-lines.js';
import { searchRuns } from './run-search.js';
import { isServicePlace } from './view.js';

/** How many of its last lines are shown with a run. */
const RUN_LINES = 20;
/** A run that was sent signals all day has more entries than anybody reads: of what merely happened meanwhile the rest is left out. */
const MOST_ENTRIES = 1_000;

/** Journal entries of what is selected, oldest first. Names of what is no longer there are taken as paths. */
export async function readHistory(context: DaemonContext, query: HistoryQuery): Promise<readonly HistoryEntry[]> {
  const scope = scopeOf(context, query);
  if (!scope) return [];
  const { lines: last, since } = query;
  return (await context.journal.read({ ...scope, since, last })).map(historyEntryOf);
}

/** Runs of what is selected, and what belongs to none. */
export async function readRuns(context: DaemonContext, query: InputOf<'GET /v1/runs'>): Promise<RunsReply> {
  const scope = scopeOf(context, query);
  if (!scope) return { runs: [], entries: [] };
  const { lines: limit = Infinity, run, failed, since, others: withOthers } = query;
  const isWanted = (one: Run): boolean => (!failed || one.isFailed) && (run === undefined || one.run === run);
  const { runs, others } = await searchRuns(context, { scope, limit, since, isWanted, withOthers });
  return { runs: runningLast(runs), entries: others.map(historyEntryOf) };
}

/**
 * One run of a service whole; without a number its newest.
 *
 * @throws PortsupError `NOT_FOUND` where history has no such run; `AMBIGUOUS` if the name means several services.
 */
export async function readRun(context: DaemonContext, query: InputOf<'GET /v1/run'>): Promise<RunReply> {
  const { name, run: number } = query;
  const places = placesOf(context, query, name).filter(({ isSupervisor }) => !isSupervisor);
  if (places.length > 1) throw new PortsupError('AMBIGUOUS', `"${name}" is more than one`, 'a run is of one service; name it');
  const present = presentRuns(context.runtime.forest(), momentOf(context));
  const { growing, entries } = await findRun(context, places, number);
  const run = growing ? present.seen(growing) : present.all({ places }).find((one) => number === undefined || one.run === number);
  if (!run) {
    const what = number === undefined ? 'any run' : `run ${number}`;
    throw new PortsupError(
      'NOT_FOUND',
      `history does not know ${what} of "${name}"`,
      `"portsup history ${name} --runs" lists what it knows`,
    );
  }
  return { run, entries: entries.map(historyEntryOf), lastLines: await lastLinesOfRun(context, run) };
}

/** The newest run (of this number) and its entries, oldest first. */
async function findRun(
  context: DaemonContext,
  places: readonly JournalPlace[],
  number: number | undefined,
): Promise<{ readonly growing: Growing | undefined; readonly entries: readonly JournalEntry[] }> {
  const gathering = gatherRuns();
  const entriesOf = new Map<Growing, JournalEntry[]>();
  const found = (): Growing | undefined => [...entriesOf.keys()].find(isKnown);
  await context.journal.scan({ places }, (entry) => {
    const growing = gathering.take(entry);
    if (growing && (number === undefined || growing.run === number)) {
      const entries = entriesOf.get(growing) ?? [];
      if (entries.length < MOST_ENTRIES || !isAside(entry)) entries.push(entry);
      entriesOf.set(growing, entries);
    }
    return found()?.isClosed === true;
  });
  const growing = found();
  return { growing, entries: growing ? (entriesOf.get(growing) ?? []).toReversed() : [] };
}

/** The last lines of a run, oldest first. */
async function lastLinesOfRun(context: DaemonContext, run: Run): Promise<readonly LogLine[]> {
  const source = context.ports.logSource(run.app, run.path);
  return source ? (await readLast([await linesOf(context, source, run)], { lines: RUN_LINES })).map(logLineOf) : [];
}

/** Undefined: nothing. */
function scopeOf(context: DaemonContext, query: Scope & { readonly names: readonly string[] }): JournalScope | undefined {
  const app = query.app ?? appOfFile(context.apps, query.here);
  if (query.names.length > 0) return { places: query.names.flatMap((name) => placesOf(context, query, name)) };
  // In the folder of an application that is not up, what others did is not the answer.
  return app === undefined && query.here !== undefined ? undefined : { app };
}

/** What a name means; where that is not there any more, the name is its path, after "app:" or in any application. */
function placesOf(context: DaemonContext, query: Scope, name: string): readonly (JournalPlace & { readonly isSupervisor: boolean })[] {
  try {
    const placed = selected(context, { ...query, names: [name] }, false);
    return placed.map((place) => ({ app: place.app, path: place.path, isSupervisor: !isServicePlace(place) }));
  } catch (error) {
    if (!(error instanceof PortsupError) || error.code !== 'NOT_FOUND') throw error;
    const [first = '', ...rest] = name.split(':');
    const app = rest.length > 0 ? first : (query.app ?? appOfFile(context.apps, query.here));
    return [{ app, path: rest.length > 0 ? rest.join(':') : name, isSupervisor: false }];
  }
}

/** A journal entry as `history` shows it. */
function historyEntryOf({ type: _type, supervisor: _supervisor, ...entry }: JournalEntry): HistoryEntry {
  return entry;
}
