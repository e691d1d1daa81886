import { describe, expect, it } from 'vitest';
import { lastExits, type RunSearch, type SearchContext, searchRuns } from '../../src/daemon/run-search.js';
import type { JournalEntry } from '../../src/journal/entry.js';
import { emptyForest, type Forest } from '../../src/supervision/tree.js';
import { manualClock } from '../helpers/manual-clock.js';
import { root } from '../helpers/specs.js';
import { booted } from '../helpers/world.js';

/** Seconds before the moment at which it is searched. */
const ago = (seconds: number): string => new Date(manualClock().wallTime(0).getTime() - seconds * 1_000).toISOString();

const entry = (event: JournalEntry['event'], path: string, run: number, change: Partial<JournalEntry> = {}): JournalEntry => ({
  at: ago(0),
  app: 'shop',
  path,
  event,
  pid: 100 + run,
  run,
  exit: event === 'exited' ? { code: 1, signal: null, coreDumped: false, outOfMemory: false } : null,
  cause: null,
  by: 'supervisor',
  type: 'info',
  supervisor: '',
  ...change,
});

/** Runs of `loop` from the newest entry back, so many, one a second. */
const loop = (count: number): readonly JournalEntry[] =>
  Array.from({ length: count }, (_, index) => {
    const at = { at: ago(index) };
    return [entry('exited', 'loop', count - index, at), entry('restarted', 'loop', count - index, at)];
  }).flat();

/** A daemon with a journal of these entries, newest first, and this forest; `taken` counts those that were looked at. */
function daemon(entries: readonly JournalEntry[], forest: Forest = emptyForest): SearchContext & { readonly taken: () => number } {
  let taken = 0;
  const scan: SearchContext['journal']['scan'] = (_scope, take) => {
    for (const one of entries) {
      taken += 1;
      if (take(one)) break;
    }
    return Promise.resolve();
  };
  return { clock: manualClock(), journal: { scan }, runtime: { forest: () => forest }, taken: () => taken };
}

const search = (change: Partial<RunSearch> = {}): RunSearch => ({
  scope: {},
  limit: 50,
  isWanted: () => true,
  withOthers: true,
  ...change,
});

describe('a search for runs', () => {
  it('looks at no more than it needs', async () => {
    const context = daemon(loop(100_000));
    const { runs } = await searchRuns(context, search());
    expect(runs.map(({ run }) => run)).toEqual(Array.from({ length: 50 }, (_, index) => 99_951 + index));
    expect(context.taken()).toBeLessThan(500);
  });

  it('goes further back for the beginning of a run, but not for ever', async () => {
    const end = entry('exited', 'long', 1);
    const near = daemon([end, ...loop(1_000), entry('started', 'long', 1)]);
    expect((await searchRuns(near, search())).runs.at(-1)).toMatchObject({ path: 'long', startedAt: ago(0) });
    const far = daemon([end, ...loop(100_000), entry('started', 'long', 1)]);
    expect((await searchRuns(far, search())).runs.at(-1)).toMatchObject({ path: 'long', startedAt: null, endedAt: ago(0) });
    expect(far.taken()).toBeLessThan(20_000);
  });

  it('that wants all since a time ends an hour before that, should the clock have been set back', async () => {
    const context = daemon(loop(50_000));
    const { runs } = await searchRuns(context, search({ limit: Infinity, since: ago(10) }));
    expect(runs).toHaveLength(11);
    expect(context.taken()).toBeGreaterThan(7_200);
    expect(context.taken()).toBeLessThan(10_000);
  });

  it('that wants few among many looks at all of them, and that is the most it finds', async () => {
    const context = daemon(loop(30_000));
    const rare = await searchRuns(context, search({ isWanted: ({ run }) => run % 10_000 === 0 }));
    expect(rare.runs.map(({ run }) => run)).toEqual([10_000, 20_000, 30_000]);
    expect((await searchRuns(context, search({ limit: Infinity }))).runs).toHaveLength(10_000);
  });

  it('counts what belongs to no run, where that is wanted', async () => {
    const gaveUp = entry('gave_up', '', 1, { run: null, pid: null });
    const context = daemon([gaveUp, ...loop(3), entry('daemon_started', 'x', 1, { app: null, path: null })]);
    const both = await searchRuns(context, search({ limit: 3 }));
    expect([both.runs.length, both.others.map(({ event }) => event)]).toEqual([2, ['gave_up']]);
    const { runs, others } = await searchRuns(context, search({ limit: 3, withOthers: false }));
    expect([runs.length, others]).toEqual([3, []]);
  });

  it('takes the readiness of a run for a part of it', async () => {
    const context = daemon([entry('exited', 'web', 1), entry('killed', 'web', 1), entry('ready', 'web', 1), entry('started', 'web', 1)]);
    const { runs, others } = await searchRuns(context, search());
    expect([runs.length, others.map(({ event }) => event)]).toEqual([1, ['killed']]);
  });

  it('knows from the forest what runs: a run without an end that does not is lost, one that the journal has forgotten is there', async () => {
    const world = booted(root(['web', 'db']));
    const journal = [entry('started', 'web', 1, { pid: world.runAt('web').pid, at: ago(5) }), entry('started', 'gone', 1)];
    const found = await searchRuns(daemon(journal, world.forest), search());
    expect(found.runs.map(({ path, state, durationMs }) => [path, state, durationMs])).toEqual([
      ['db', 'running', expect.any(Number)],
      ['gone', 'lost', null],
      ['web', 'running', 5_000],
    ]);
    expect((await searchRuns(daemon(journal, world.forest), search({ limit: 2 }))).runs.map(({ path }) => path)).toEqual(['gone', 'web']);
  });

  it('for the last exits of a service gives three, the newest last', async () => {
    const exits = await lastExits(daemon([entry('restarted', 'loop', 9), ...loop(8)]), { app: 'shop', path: 'loop' });
    expect(exits.map(({ run, state }) => [run, state])).toEqual([
      [7, 'exited'],
      [8, 'exited'],
      [9, 'lost'],
    ]);
  });
});
