import type { JournalEntry } from '../../src/journal/entry.js';
import { gatherRuns, isKnown, type Run, runningLast, runOf } from '../../src/journal/runs.js';

const START = Date.UTC(2026, 10, 20, 12);

/** Entry number `run` of a journal, a second after the one before it. */
export const entry = (run: number, change: Partial<JournalEntry> = {}): JournalEntry => ({
  at: new Date(START + run * 1_000).toISOString(),
  app: 'shop',
  path: 'backend/db',
  event: 'started',
  pid: 1_000 + run,
  run,
  exit: null,
  cause: null,
  by: 'supervisor',
  type: 'progress',
  supervisor: 'backend',
  ...change,
});

/** Their numbers. */
export const runsOf = (entries: readonly JournalEntry[]): readonly (number | null)[] => entries.map(({ run }) => run);

/** The runs in entries that stand in order, oldest first by their end; those that run are the last. */
export function gatheredRuns(entries: readonly JournalEntry[]): readonly Run[] {
  const gathering = gatherRuns();
  const found = new Set(entries.toReversed().flatMap((one) => gathering.take(one) ?? []));
  const known = [...found].filter(isKnown).toReversed();
  return runningLast(known.map((growing) => runOf(growing)));
}
