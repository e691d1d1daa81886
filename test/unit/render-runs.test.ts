import { describe, expect, it } from 'vitest';
import { plain } from '../../src/cli/render/paint.js';
import { renderRuns } from '../../src/cli/render/runs.js';
import { wrapTo } from '../../src/cli/render/text.js';
import { shortTime } from '../../src/cli/time.js';
import type { HistoryEntry, RunRow } from '../../src/control/contract.js';

const look = (width?: number): Parameters<typeof renderRuns>[1] => ({
  width,
  paint: plain,
  showTime: (iso) => iso.slice(11, 19),
  severalApps: false,
});

const exit = (signal: string | null, code: number | null = null): RunRow['exit'] => ({
  code,
  signal,
  coreDumped: false,
  outOfMemory: false,
});

/** A run of `web` that has exited with 1. */
const run = (change: Partial<RunRow> = {}): RunRow => ({
  app: 'shop',
  path: 'web',
  run: 1,
  pid: 7,
  startedAt: '2026-11-20T10:00:00.000Z',
  startedBy: 'user',
  startCause: null,
  stoppingAt: null,
  endedAt: '2026-11-20T10:00:05.000Z',
  durationMs: 5_000,
  exit: exit(null, 1),
  cause: 'exit code 1',
  endedBy: 'supervisor',
  state: 'exited',
  isFailed: true,
  ...change,
});

const chain = 'because db ended: signal SIGSEGV; rest_for_one';
const stopped = run({ run: 2, state: 'stopped', exit: exit('SIGTERM'), cause: chain, isFailed: false, stoppingAt: run().endedAt });
const running = run({
  run: 3,
  endedAt: null,
  exit: null,
  cause: null,
  endedBy: null,
  state: 'running',
  startedBy: 'supervisor',
  startCause: chain,
});
const entry: HistoryEntry = {
  at: '2026-11-20T10:00:03.000Z',
  app: 'shop',
  path: '',
  event: 'gave_up',
  pid: null,
  run: null,
  exit: null,
  cause: 'more than 2 restarts\nin 5s',
  by: 'supervisor',
};

describe('the table of history', () => {
  it('has a line for each run and for each other entry, by the time it was over; what runs is the last', () => {
    expect(renderRuns({ runs: [run(), stopped, running], entries: [entry, { ...entry, at: '2026-11-20T10:00:09.000Z' }] }, look())).toEqual(
      [
        'START     END       LASTED  NAME  RUN  HOW      BY          CAUSE',
        '-         10:00:03       -  shop    -  gave_up  supervisor  more than 2 restarts\\nin 5s',
        '10:00:00  10:00:05      5s  web     1  code 1   -',
        `10:00:00  10:00:05      5s  web     2  stopped  supervisor  ${chain}`,
        '-         10:00:09       -  shop    -  gave_up  supervisor  more than 2 restarts\\nin 5s',
        `10:00:00  running       5s  web     3  -        supervisor  restarted: ${chain}`,
      ],
    );
  });

  it('of 80 columns has a cause that does not fit below its line, indented', () => {
    expect(renderRuns({ runs: [run(), stopped], entries: [{ ...entry, cause: 'it did' }] }, look(80))).toEqual([
      'START     END       LASTED  NAME  RUN  HOW      BY          CAUSE',
      '-         10:00:03       -  shop    -  gave_up  supervisor  it did',
      '10:00:00  10:00:05      5s  web     1  code 1   -',
      '10:00:00  10:00:05      5s  web     2  stopped  supervisor',
      `    ${chain}`,
    ]);
  });

  it('of 50 columns has it wrapped, and says there too if a person asked', () => {
    expect(renderRuns({ runs: [run(), { ...stopped, endedBy: 'user' }], entries: [] }, look(50))).toEqual([
      'START     END       LASTED  NAME  RUN  HOW',
      '10:00:00  10:00:05      5s  web     1  code 1',
      '10:00:00  10:00:05      5s  web     2  stopped',
      '    because db ended: signal SIGSEGV;',
      '    rest_for_one; by user',
    ]);
  });

  it.each([10, 20, 30, 40, 60, 100])('of %i columns has no line that is wider', (width) => {
    const lines = renderRuns({ runs: [run(), stopped, running], entries: [entry] }, look(width));
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(width);
    expect(lines.join(' ').replaceAll(/\s+/g, '')).toContain('rest_for_one');
  });

  it('says how a run ended in few words', () => {
    const how = (change: Partial<RunRow>): string => renderRuns({ runs: [run(change)], entries: [] }, look())[1]?.split(/ {2,}/)[5] ?? '';
    expect([
      how({ exit: { code: null, signal: 'SIGSEGV', coreDumped: true, outOfMemory: false } }),
      how({ exit: { code: null, signal: 'SIGKILL', coreDumped: false, outOfMemory: true } }),
      how({ exit: exit(null) }),
      how({ state: 'killed', stoppingAt: '2026-11-20T10:00:00.000Z' }),
      how({ state: 'completed', exit: exit(null, 0) }),
      how({ state: 'completed', exit: exit(null, 3) }),
      how({ state: 'start_failed', exit: null }),
      how({ state: 'lost', endedAt: null, exit: null }),
      how({ state: 'running', endedAt: null, exit: null, stoppingAt: '2026-11-20T10:00:00.000Z' }),
    ]).toEqual([
      'SIGSEGV (core dumped)',
      'SIGKILL (out of memory)',
      'unknown',
      'killed after 5s',
      'completed',
      'completed (code 3)',
      'start failed',
      'lost',
      'stopping',
    ]);
  });
});

describe('a time in short', () => {
  it('has no date today, and no year this year', () => {
    const now = new Date(2026, 10, 20, 12);
    const times = [new Date(2026, 10, 20, 9, 5, 7), new Date(2026, 10, 19, 9, 5, 7), new Date(2025, 0, 2, 9, 5, 7)];
    expect(times.map((at) => shortTime(at.toISOString(), now))).toEqual(['09:05:07', '11-19 09:05:07', '2025-01-02 09:05:07']);
  });
});

describe('wrapped text', () => {
  it('is broken at spaces, and within a word that is too long', () => {
    expect(wrapTo('one two three', 7)).toEqual(['one two', 'three']);
    expect(wrapTo('abcdefgh ij', 3)).toEqual(['abc', 'def', 'gh', 'ij']);
    expect(wrapTo('', 3)).toEqual(['']);
    expect(wrapTo('日本語', 4)).toEqual(['日本', '語']);
  });
});
