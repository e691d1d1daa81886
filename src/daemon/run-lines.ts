/** The lines of one run. Its number is not enough: numbers begin again at 1, so what was written at another time is another run's. */

import type { Run } from '../journal/runs.js';
import type { LogSource } from '../logs/join.js';
import { type SearchContext, searchRuns } from './run-search.js';

/** What is said of a service's log when only its newest run of a number is wanted, or the newest that has ended. */
export async function sourceOfRun(context: SearchContext, source: LogSource, which: number | 'previous'): Promise<LogSource> {
  const { app, path } = source;
  const isMeant = ({ run, state }: Run): boolean => (which === 'previous' ? state !== 'running' : run === which);
  const [run] = (await searchRuns(context, { scope: { places: [{ app, path }] }, limit: 1, isWanted: isMeant, withOthers: false })).runs;
  if (run) return linesOf(context, source, run);
  // History has forgotten it; its log may have not.
  return which === 'previous' ? { ...source, parts: [] } : { ...source, only: { run: which } };
}

/**
 * The log of a service without what other runs said. What a run says may be read before its start is told, so it begins with the end of the one before
 * it; its last words are read before its end is told.
 */
export async function linesOf(context: SearchContext, source: LogSource, { run, startedAt, endedAt }: Run): Promise<LogSource> {
  const { app, path } = source;
  const isBefore = (one: Run): boolean => one.endedAt !== null && startedAt !== null && one.endedAt <= startedAt;
  const search = { scope: { places: [{ app, path }] }, limit: 1, isWanted: isBefore, withOthers: false };
  const [before] = startedAt === null ? [] : (await searchRuns(context, search)).runs;
  const since = before?.endedAt ? Date.parse(before.endedAt) + 1 : undefined;
  return { ...source, only: { run, since, until: endedAt === null ? undefined : Date.parse(endedAt) } };
}
