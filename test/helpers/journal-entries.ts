import type { JournalEntry } from '../../src/journal/entry.js';

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
