/** Searches the journal for runs: from its end, and no further back than the wanted ones reach. */
import type { LastExit } from '../control/contract.js';
import type { JournalEntry } from '../journal/entry.js';
import { type Growing, gatherRuns, isAside, isKnown, isWhole, type Run } from '../journal/runs.js';
import { CLOCK_STEP_MS, type JournalPlace, type JournalScope } from '../journal/search.js';
import { type DaemonContext, momentOf } from './context.js';
import { type PresentRuns, presentRuns } from './present-runs.js';

/** How many of its last runs `status` shows. */
const LAST_EXITS = 3;

/** The most that is found: whoever wants more asks for entries. */
const MOST_FOUND = 10_000;

/** Which runs. */
export interface RunSearch {
  readonly scope: JournalScope;
  /** So many of the last ones, with the others if those are wanted; at most {@link MOST_FOUND}. */
  readonly limit: number;
  /** ISO 8601: nothing that was over before. */
  readonly since?: string | undefined;
  readonly isWanted: (run: Run) => boolean;
  /** Also entries that belong to no run. */
  readonly withOthers: boolean;
}

/** Oldest first by what happened last to each. */
export interface FoundRuns {
  readonly runs: readonly Run[];
  readonly others: readonly JournalEntry[];
}

/** So many entries more are searched for the beginning of runs of which only the end has been found; then that is left out. */
const PATIENCE = 10_000;
/** Entries between two looks whether all has been found. */
const LEAST_STEP = 250;

/** Where to search. */
export interface SearchContext extends Pick<DaemonContext, 'clock'> {
  readonly journal: Pick<DaemonContext['journal'], 'scan'>;
  readonly runtime: Pick<DaemonContext['runtime'], 'forest'>;
}

/** The wanted runs; what runs now is among them even where the journal has forgotten its start. */
export async function searchRuns(context: SearchContext, search: RunSearch): Promise<FoundRuns> {
  const { scope, isWanted } = search;
  const limit = Math.min(search.limit, MOST_FOUND);
  const present = presentRuns(context.runtime.forest(), momentOf(context));
  const caught = new Catch({ ...search, limit }, present);
  if (limit > 0) await context.journal.scan(scope, (entry) => caught.take(entry));
  const { runs, others, count } = caught.found();
  const forgotten = present.all(scope).filter((run) => isWanted(run) && !runs.some((one) => isSame(one, run)));
  return { runs: [...forgotten.slice(0, limit - count), ...runs], others };
}

/** The last runs of a service that have ended, oldest first. */
export async function lastExits(context: SearchContext, { app, path }: JournalPlace): Promise<readonly LastExit[]> {
  const isWanted = ({ state }: Run): boolean => state !== 'running';
  const { runs } = await searchRuns(context, { scope: { places: [{ app, path }] }, limit: LAST_EXITS, isWanted, withOthers: false });
  return runs.map(({ run, endedAt, durationMs, exit, cause, state }) => ({ run, endedAt, durationMs, exit, cause, state }));
}

const isSame = (one: Run, other: Run): boolean => one.state === 'running' && one.app === other.app && one.path === other.path;

/** What has been caught, newest first. */
class Catch {
  private readonly search: RunSearch;
  private readonly present: PresentRuns;
  private readonly gathering = gatherRuns();
  private readonly known = new WeakSet<Growing>();
  private items: (Growing | JournalEntry)[] = [];
  private taken = 0;
  private nextLook = LEAST_STEP;
  private lastLook = Infinity;
  private readonly since: number;
  private isBeyond = false;

  constructor(search: RunSearch, present: PresentRuns) {
    this.search = search;
    this.present = present;
    this.since = search.since === undefined ? -Infinity : Date.parse(search.since);
  }

  /** Takes the next older entry. Returns whether everything has been found. */
  take(entry: JournalEntry): boolean {
    this.taken += 1;
    const at = Date.parse(entry.at);
    this.isBeyond ||= at < this.since - CLOCK_STEP_MS;
    const growing = this.gathering.take(entry);
    if (growing && !this.known.has(growing)) {
      this.known.add(growing);
      this.items.push(growing);
    }
    if (this.search.withOthers && isAside(entry) && !(at < this.since)) this.items.push(entry);
    return this.taken >= this.nextLook && this.isDone();
  }

  found(): FoundRuns & { readonly count: number } {
    const newest = this.newest().toReversed();
    const runs = newest.flatMap((item) => (isEntry(item) ? [] : this.present.seen(item)));
    return { runs, others: newest.filter(isEntry), count: newest.length };
  }

  private isDone(): boolean {
    // Each look costs as much as has been found: all of them together no more than a few times that.
    this.nextLook = this.taken + Math.max(LEAST_STEP, this.taken / 4);
    this.items = this.items.filter((item) => isEntry(item) || !item.isClosed || this.isWanted(item));
    const newest = this.newest();
    if (newest.length < this.search.limit && !this.isBeyond) return false;
    this.lastLook = Math.min(this.lastLook, this.taken + PATIENCE);
    return this.taken >= this.lastLook || newest.every((item) => isEntry(item) || isWhole(item));
  }

  private newest(): readonly (Growing | JournalEntry)[] {
    return this.items.filter((item) => isEntry(item) || this.isWanted(item)).slice(0, this.search.limit);
  }

  private isWanted(growing: Growing): boolean {
    if (!isKnown(growing)) return false;
    const run = this.present.seen(growing);
    return !(lastSeen(run) < this.since) && this.search.isWanted(run);
  }
}

/** When a run was over, or was seen for the last time; one that goes on is after any time. */
const lastSeen = ({ state, endedAt, stoppingAt, startedAt }: Run): number =>
  state === 'running' ? Infinity : Date.parse(endedAt ?? stoppingAt ?? startedAt ?? '');

const isEntry = (item: Growing | JournalEntry): item is JournalEntry => 'event' in item;
