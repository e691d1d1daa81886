import { type JournalEntry, parseEntry } from './entry.js';

/** A clock that is set back leaves younger entries behind older ones; one that was set back by more is not searched further. */
const CLOCK_STEP_MS = 3_600_000;

/** Which entries are wanted; what is undefined does not matter. */
export interface JournalQuery {
  readonly app?: string | undefined;
  readonly paths?: readonly string[] | undefined;
  /** ISO 8601: nothing from before. */
  readonly since?: string | undefined;
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
  const since = query.since === undefined ? -Infinity : Date.parse(query.since);
  const found: JournalEntry[] = [];
  let damaged = 0;
  const isDoneWith = (line: Buffer): boolean => {
    const entry = parseEntry(line.toString('utf8'));
    if (!entry) {
      damaged += 1;
      return false;
    }
    const at = Date.parse(entry.at);
    if (isWanted(entry, query) && !(at < since)) found.push(entry);
    return found.length >= limit || at < since - CLOCK_STEP_MS;
  };
  if (limit > 0) for await (const batch of lines) if (batch.some(isDoneWith)) break;
  return { entries: found.reverse(), damaged };
}

/** What the daemon did of itself belongs to every application's history. */
const isWanted = (entry: JournalEntry, { app, paths }: JournalQuery): boolean =>
  paths === undefined
    ? app === undefined || entry.app === app || entry.app === null
    : entry.path !== null && paths.includes(entry.path) && (app === undefined || entry.app === app);
