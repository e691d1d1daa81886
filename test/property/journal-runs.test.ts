import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { JOURNAL_EVENTS, type JournalEntry } from '../../src/journal/entry.js';
import type { Run } from '../../src/journal/runs.js';
import { gatheredRuns } from '../helpers/journal-entries.js';

const ENDS: ReadonlySet<string> = new Set(['exited', 'stopped', 'start_failed']);

const anyEntry: fc.Arbitrary<JournalEntry> = fc.record({
  at: fc.integer({ min: 0, max: 50 }).map((second) => new Date(Date.UTC(2026, 0, 1) + second * 1_000).toISOString()),
  app: fc.constantFrom(null, 'shop', 'blog'),
  path: fc.constantFrom(null, '', 'a', 'b'),
  event: fc.constantFrom(...JOURNAL_EVENTS),
  pid: fc.constantFrom(null, 7, 8),
  run: fc.constantFrom(null, 1, 2),
  exit: fc.constantFrom(null, { code: 1, signal: null, coreDumped: false, outOfMemory: false }),
  cause: fc.constantFrom(null, 'why'),
  by: fc.constantFrom('user' as const, 'supervisor' as const),
  type: fc.constantFrom('info' as const, 'shutdown_error' as const),
  supervisor: fc.constant(null),
});

/** The runs that have an end of their own, as "app path run time of the end". */
const endsIn = (runs: readonly Run[]): readonly string[] =>
  runs.flatMap(({ app, path, run, endedAt }) => (endedAt === null ? [] : `${app} ${path} ${run} ${endedAt}`)).toSorted();

type Fact = Pick<JournalEntry, 'pid' | 'run' | 'type' | 'event'>;

/** One service over several `up`s, each with its runs numbered from 1; each entry has a time of its own. */
const lives: fc.Arbitrary<readonly JournalEntry[]> = fc
  .array(fc.array(fc.constantFrom('exited', 'stopped', 'killed', 'signalled'), { maxLength: 4 }), { maxLength: 4 })
  .map((ups) => {
    let pid = 100;
    const facts = ups.flatMap((ends) =>
      ends.flatMap((end, index): readonly Fact[] => {
        pid += 1;
        const common = { pid, run: index + 1, type: 'info' as const };
        const start = { ...common, event: index === 0 ? ('started' as const) : ('restarted' as const) };
        const stop = { ...common, event: 'stopping' as const };
        const stopped = { ...common, event: 'stopped' as const };
        const kill = { ...common, event: 'killed' as const, type: 'shutdown_error' as const };
        if (end === 'exited') return [start, { ...common, event: end }];
        if (end === 'signalled') return [start, { ...common, event: end }, { ...common, event: 'exited' as const }];
        return end === 'killed' ? [start, stop, kill, stopped] : [start, stop, stopped];
      }),
    );
    return facts.map((fact, index) => ({
      at: new Date(Date.UTC(2026, 0, 1) + index * 1_000).toISOString(),
      app: 'shop',
      path: 'a',
      exit: null,
      cause: null,
      by: 'supervisor' as const,
      supervisor: '',
      ...fact,
    }));
  });

describe('runs', () => {
  it('of any entries in any order: each end is of exactly one of them, each start too', () => {
    fc.assert(
      fc.property(fc.array(anyEntry, { maxLength: 40 }), (entries) => {
        const runs = gatheredRuns(entries);
        const ofRuns = entries.filter(({ app, path, run }) => app !== null && path !== null && run !== null);
        const ends = ofRuns.filter(({ event }) => ENDS.has(event));
        // What was completed without an end has ended by that.
        const alone = runs.filter(({ endedAt }) => endedAt !== null).length - ends.length;
        expect(alone).toBeGreaterThanOrEqual(0);
        expect(alone).toBeLessThanOrEqual(ofRuns.filter(({ event }) => event === 'completed').length);
        const told = ends.map(({ app, path, run, at }) => `${app} ${path} ${run} ${at}`);
        for (const end of told) expect(endsIn(runs)).toContain(end);
        const starts = ofRuns.filter(({ event, pid }) => (event === 'started' || event === 'restarted') && pid !== null);
        expect(runs.filter(({ startedAt }) => startedAt !== null)).toHaveLength(starts.length);
        for (const run of runs) expect(run.durationMs === null || run.durationMs >= 0).toBe(true);
      }),
      { numRuns: 2_000 },
    );
  });

  it('of a journal whose older part was dropped, or whose end is not there yet, are those of the whole as far as they are in it', () => {
    fc.assert(
      fc.property(lives, fc.nat(), fc.nat(), (entries, from, to) => {
        const [first, last] = [from % (entries.length + 1), to % (entries.length + 1)].toSorted((left, right) => left - right);
        const part = entries.slice(first, last);
        const kept = new Set(part.map(({ at }) => at));
        const isWhole = ({ startedAt, endedAt }: Run): boolean =>
          startedAt !== null && kept.has(startedAt) && endedAt !== null && kept.has(endedAt);
        const whole = gatheredRuns(entries).filter(isWhole);
        expect(gatheredRuns(part).filter(isWhole)).toEqual(whole);
        // A run that is cut in two is still one: at its beginning, at its end, or at both.
        expect(gatheredRuns(part).length).toBeLessThanOrEqual(whole.length + 2);
      }),
      { numRuns: 500 },
    );
  });
});
