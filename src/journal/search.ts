import { type JournalEntry, parseEntry } from './entry.js';

/** Milliseconds. A clock that is set back leaves younger entries behind older ones; one that was set back by more is not searched further. */
export const CLOCK_STEP_MS = 3_600_000;

/** A service or supervisor; `app` undefined: of any application. */
export interface JournalPlace {
  readonly app: string | undefined;
  readonly path: string;
}

/** Which entries are wanted; what is undefined does not matter. */
export interface JournalScope {
  readonly app?: string | undefined;
  /** Instead of all of `app`. */
  readonly places?: readonly JournalPlace[] | undefined;
  /** ISO 8601: nothing from before. */
  readonly since?: string | undefined;
}

/** The same, and how many. */
export interface JournalQuery extends JournalScope {
  /** So many of the last ones. */
  readonly last?: number | undefined;
}

/** What a search has found. */
export interface Findings {
  /** Oldest first. */
  readonly entries: readonly JournalEntry[];
  /** Lines among those looked at that are no entries. */
  readonly damaged: number;
}

/** Searches lines that come from the last to the first, and asks for no more than are needed. */
export async function search(lines: AsyncIterable<readonly Buffer[]>, query: JournalQuery): Promise<Findings> {
  const limit = query.last ?? Infinity;
  const found: JournalEntry[] = [];
  if (limit === 0) return { entries: [], damaged: 0 };
  const damaged = await scan(lines, query, (entry) => found.push(entry) >= limit);
  return { entries: found.reverse(), damaged };
}

/**
 * Gives `take` the entries that are wanted, in the order of the lines (the last one first), until it says that it is done. Gives the number of
 * lines among those looked at that are no entries.
 */
export async function scan(
  lines: AsyncIterable<readonly Buffer[]>,
  scope: JournalScope,
  take: (entry: JournalEntry) => boolean,
): Promise<number> {
  const since = scope.since === undefined ? -Infinity : Date.parse(scope.since);
  // Of the megabytes of others nothing is parsed: each entry has its path in it, as JSON writes it.
  const marks = scope.places?.map(({ path }) => `"path":${JSON.stringify(path)}`);
  let damaged = 0;
  const isDoneWith = (line: Buffer): boolean => {
    if (marks && !marks.some((mark) => line.includes(mark))) {
      if (!isObject(line)) damaged += 1;
      return false;
    }
    const entry = parseEntry(line.toString('utf8'));
    if (!entry) damaged += 1;
    return entry !== undefined && isWanted(entry, scope) && !(Date.parse(entry.at) < since) && take(entry);
  };
  for await (const batch of lines) {
    if (batch.some(isDoneWith)) break;
    const oldest = batch.at(-1);
    const entry = oldest && since > -Infinity ? parseEntry(oldest.toString('utf8')) : undefined;
    if (entry && Date.parse(entry.at) < since - CLOCK_STEP_MS) break;
  }
  return damaged;
}

/** At a glance: has it the form of an entry? */
const isObject = (line: Buffer): boolean => line[0] === OPENING && line.at(-1) === CLOSING;

const [OPENING, CLOSING] = ['{'.charCodeAt(0), '}'.charCodeAt(0)];

/** Is a service or supervisor among those that are wanted? */
export const isInScope = (of: Pick<JournalEntry, 'app' | 'path'>, { app, places }: JournalScope): boolean =>
  places === undefined
    ? app === undefined || of.app === app
    : places.some((place) => of.path === place.path && (place.app === undefined || of.app === place.app));

/** What the daemon did of itself belongs to every application's history. */
const isWanted = (entry: JournalEntry, scope: JournalScope): boolean =>
  isInScope(entry, scope) || (entry.app === null && scope.places === undefined);
