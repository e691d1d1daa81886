import { describe, expect, it } from 'vitest';
import type { JournalEntry } from '../../src/journal/entry.js';
import type { Run } from '../../src/journal/runs.js';
import { gatheredRuns } from '../helpers/journal-entries.js';

const START = Date.UTC(2026, 10, 20, 12);
const timeOf = (second: number): string => new Date(START + second * 1_000).toISOString();

/** An entry of `web` in a second after noon; PID 100 + run. */
const entry = (second: number, event: JournalEntry['event'], run: number | null, change: Partial<JournalEntry> = {}): JournalEntry => ({
  at: timeOf(second),
  app: 'shop',
  path: 'web',
  event,
  pid: run === null ? null : 100 + run,
  run,
  exit: null,
  cause: null,
  by: 'supervisor',
  type: 'info',
  supervisor: '',
  ...change,
});

const code = (value: number): JournalEntry['exit'] => ({ code: value, signal: null, coreDumped: false, outOfMemory: false });
const signal = (name: string): JournalEntry['exit'] => ({ code: null, signal: name, coreDumped: false, outOfMemory: false });

/** "number state start-end" in seconds, with "!" for one that failed. */
const short = (runs: readonly Run[]): readonly string[] =>
  runs.map(({ run, state, startedAt, endedAt, isFailed }) => {
    const second = (at: string | null): string => (at === null ? '?' : String((Date.parse(at) - START) / 1_000));
    return `${run} ${state} ${second(startedAt)}-${second(endedAt)}${isFailed ? '!' : ''}`;
  });

const started = (second: number, run = 1): JournalEntry => entry(second, 'started', run, { by: 'user' });
const exited = (second: number, run = 1, exit = code(1)): JournalEntry => entry(second, 'exited', run, { exit, cause: 'exit code 1' });
const stopping = (second: number, run = 1): JournalEntry => entry(second, 'stopping', run, { cause: 'stopped by hand', by: 'user' });
const stopped = (second: number, run = 1): JournalEntry =>
  entry(second, 'stopped', run, { exit: signal('SIGTERM'), cause: 'stopped by hand', by: 'user' });

describe('a run', () => {
  it('that was not ready in time goes on until it has been stopped, and is one', () => {
    const late = entry(2, 'start_failed', 1, { pid: null, cause: 'not ready within 2s', by: 'probe' });
    const asked = entry(2, 'stopping', 1, { cause: 'not ready within 2s', by: 'probe' });
    const runs = gatheredRuns([started(0), late, asked, exited(3, 1, signal('SIGTERM'))]);
    expect(short(runs)).toEqual(['1 exited 0-3!']);
  });

  it('that ended before it was ready is one, and no start that failed', () => {
    const failed = entry(1, 'start_failed', 1, { pid: null, cause: 'ended before it was ready: exit code 1' });
    expect(short(gatheredRuns([started(0), exited(1), failed]))).toEqual(['1 exited 0-1!']);
    expect(
      short(gatheredRuns([started(0), exited(1), failed, started(2, 2), exited(3, 2), entry(4, 'start_failed', 3, { pid: null })])),
    ).toEqual(['1 exited 0-1!', '2 exited 2-3!', '3 start_failed ?-4!']);
  });

  it('goes from its start to its end, with who began and ended it and why', () => {
    const entries = [
      started(0),
      exited(5),
      entry(5, 'restarted', 2, { cause: 'exit code 1' }),
      entry(6, 'stopping', 2, { cause: 'because db ended: signal SIGSEGV; rest_for_one' }),
      entry(7, 'stopped', 2, { exit: signal('SIGTERM'), cause: 'because db ended: signal SIGSEGV; rest_for_one' }),
    ];
    expect(gatheredRuns(entries)).toEqual([
      {
        app: 'shop',
        path: 'web',
        run: 1,
        pid: 101,
        startedAt: timeOf(0),
        startedBy: 'user',
        startCause: null,
        stoppingAt: null,
        endedAt: timeOf(5),
        durationMs: 5_000,
        exit: code(1),
        cause: 'exit code 1',
        endedBy: 'supervisor',
        state: 'exited',
        isFailed: true,
      },
      {
        app: 'shop',
        path: 'web',
        run: 2,
        pid: 102,
        startedAt: timeOf(5),
        startedBy: 'supervisor',
        startCause: 'exit code 1',
        stoppingAt: timeOf(6),
        endedAt: timeOf(7),
        durationMs: 2_000,
        exit: signal('SIGTERM'),
        cause: 'because db ended: signal SIGSEGV; rest_for_one',
        endedBy: 'supervisor',
        state: 'stopped',
        isFailed: false,
      },
    ]);
  });

  it('that runs is the last, whatever has happened since', () => {
    expect(short(gatheredRuns([started(0), { ...started(1), path: 'db' }, { ...exited(2), path: 'db' }]))).toEqual([
      '1 exited 1-2!',
      '1 running 0-?',
    ]);
  });

  it('that was killed after its grace has failed, and says whose wish it was to stop it', () => {
    const kill = entry(7, 'killed', 1, { type: 'shutdown_error', cause: 'it had not ended 5s after its stop signal' });
    const [run, ...others] = gatheredRuns([started(0), stopping(2), kill, { ...stopped(7), exit: signal('SIGKILL') }]);
    expect(others).toEqual([]);
    expect(run).toMatchObject({
      state: 'killed',
      isFailed: true,
      stoppingAt: timeOf(2),
      endedAt: timeOf(7),
      endedBy: 'user',
      cause: 'stopped by hand',
    });
  });

  it('that was done is completed, by one end', () => {
    const done = entry(5, 'completed', 1, { pid: null, exit: code(0), cause: 'exit code 0' });
    expect(short(gatheredRuns([started(0), exited(5, 1, code(0)), done]))).toEqual(['1 completed 0-5']);
  });

  it('that could not be started has an end only', () => {
    const failed = entry(3, 'start_failed', 1, { pid: null, cause: 'no such file', type: 'start_error' });
    expect(short(gatheredRuns([failed, { ...failed, run: 2 }]))).toEqual(['1 start_failed ?-3!', '2 start_failed ?-3!']);
  });

  it('that was stopped before it was known to have been started has no start', () => {
    expect(short(gatheredRuns([{ ...stopping(1), pid: null }, stopped(2)]))).toEqual(['1 stopped ?-2']);
  });

  it('has not failed where a person sent the signal, and has where the system did, or nobody knows', () => {
    const outOfMemory = { code: null, signal: 'SIGKILL', coreDumped: false, outOfMemory: true };
    const unknown = { ...outOfMemory, signal: null, outOfMemory: false };
    const ends = [
      { ...exited(1, 1, signal('SIGKILL')), by: 'user' as const },
      exited(1, 1, signal('SIGSEGV')),
      exited(1, 1, outOfMemory),
      { ...stopped(1), exit: outOfMemory },
      exited(1, 1, unknown),
      exited(1, 1, code(0)),
    ];
    expect(ends.map((end) => gatheredRuns([started(0), end])[0]?.isFailed)).toEqual([false, true, true, true, true, false]);
  });
});

describe('a run that was stopped for what it did', () => {
  it('has failed, however it ended: its stop, and its end by itself, are of one run', () => {
    const cause = 'memory limit: 312 MB of 300 MB';
    const entries = [
      started(0),
      entry(5, 'stopping', 1, { cause }),
      entry(6, 'exited', 1, { exit: code(0), cause, type: 'child_terminated' }),
      entry(6, 'restarted', 2, { cause }),
      stopping(8, 2),
      stopped(9, 2),
    ];
    expect(short(gatheredRuns(entries))).toEqual(['1 exited 0-6!', '2 stopped 6-9']);
    expect(gatheredRuns(entries)[0]).toMatchObject({ cause, stoppingAt: timeOf(5), endedBy: 'supervisor' });
  });

  it('is one run, too, when it had to be killed', () => {
    const entries = [
      started(0),
      entry(5, 'stopping', 1),
      entry(10, 'killed', 1, { type: 'shutdown_error' }),
      entry(10, 'exited', 1, { exit: signal('SIGKILL') }),
    ];
    expect(short(gatheredRuns(entries))).toEqual(['1 exited 0-10!']);
  });
});

describe('runs of the same number', () => {
  it('are told apart after down and up', () => {
    expect(short(gatheredRuns([started(0), stopping(1), stopped(2), started(3), exited(4), started(5)]))).toEqual([
      '1 stopped 0-2',
      '1 exited 3-4!',
      '1 running 5-?',
    ]);
  });

  it('are told apart where the start of the second is missing: the PID is another, or one has ended already', () => {
    expect(short(gatheredRuns([started(0), stopped(2), { ...exited(4), pid: 7 }]))).toEqual(['1 stopped 0-2', '1 exited ?-4!']);
    expect(short(gatheredRuns([started(0), stopped(2), exited(4)]))).toEqual(['1 stopped 0-2', '1 exited ?-4!']);
  });

  it('of two services, or two applications, have nothing to do with one another', () => {
    const others = [
      { ...started(0), path: 'db' },
      { ...started(0), app: 'blog' },
    ];
    expect(short(gatheredRuns([started(0), ...others, exited(4)]))).toEqual(['1 exited 0-4!', '1 running 0-?', '1 running 0-?']);
  });
});

describe('what is missing', () => {
  it('an end: it was lost where a later run is known, else it goes on', () => {
    expect(short(gatheredRuns([started(0), entry(9, 'daemon_started', null, { app: null, path: null }), started(10)]))).toEqual([
      '1 lost 0-?',
      '1 running 10-?',
    ]);
  });

  it('a start: the run has an end', () => {
    expect(short(gatheredRuns([stopping(1, 7), stopped(2, 7)]))).toEqual(['7 stopped ?-2']);
  });

  it('nothing but what happened meanwhile makes no run', () => {
    expect(gatheredRuns([entry(1, 'left_behind', 3), entry(2, 'signalled', 3)])).toEqual([]);
  });

  it('time, where the clock was set back', () => {
    expect(gatheredRuns([started(10), exited(4)])).toMatchObject([{ startedAt: timeOf(10), endedAt: timeOf(4), durationMs: 0 }]);
  });
});

describe('what is told of a run meanwhile or late', () => {
  it('does not end it, nor make another one of it', () => {
    const late = entry(6, 'killed', 1, { cause: 'left its process group: sleep (7)', pid: null });
    const entries = [
      started(0),
      entry(2, 'signalled', 1, { by: 'user' }),
      late,
      exited(7),
      started(8, 2),
      { ...late, at: timeOf(9) },
      exited(10, 2),
    ];
    expect(short(gatheredRuns(entries))).toEqual(['1 exited 0-7!', '2 exited 8-10!']);
  });

  it('of a supervisor is no run', () => {
    const boss = { path: 'backend', pid: null };
    expect(gatheredRuns([entry(1, 'started', 1, boss), entry(2, 'gave_up', null, boss), entry(3, 'stopped', null, boss)])).toEqual([]);
  });

  it('in words of a newer version is passed over', () => {
    const newer = { ...entry(2, 'ready', 1), event: 'constructor' as 'ready', by: 'schedule' as 'user' };
    expect(short(gatheredRuns([started(0), newer, exited(4)]))).toEqual(['1 exited 0-4!']);
  });
});
