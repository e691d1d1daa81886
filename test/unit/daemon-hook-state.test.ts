import { describe, expect, it } from 'vitest';
import { isName } from '../../src/base/names.js';
import { HOOK_PATHS, hookKey, hookOfKey } from '../../src/daemon/hook-name.js';
import {
  GATHER_MS,
  GRACE_MS,
  type HookCommand,
  type HookEvent,
  type HookState,
  isOver,
  LEAVE_MS,
  LIMIT_MS,
  MOST_WAITING,
  newHook,
  RETRY_MS,
  stepHook,
  wakeOf,
} from '../../src/daemon/hook-state.js';
import { entry } from '../helpers/journal-entries.js';

/** The state and all commands after these events, each at its time. */
function after(...events: readonly Timed[]): readonly [HookState, readonly HookCommand[]] {
  return afterTries(1, events);
}

type Timed = readonly [at: number, event: HookEvent];

/** The same, of a command that is tried so many times. */
function afterTries(tries: number, events: readonly Timed[]): readonly [HookState, readonly HookCommand[]] {
  const commands: HookCommand[] = [];
  let state = newHook(tries);
  for (const [at, event] of events) {
    const [next, more] = stepHook(state, event, at);
    state = next;
    commands.push(...more);
  }
  return [state, commands];
}

const happened = (number: number): HookEvent => ({ type: 'happened', entry: entry(number) });
const tick = { type: 'tick' } as const;
const done = { type: 'ended', failure: null } as const;
const failed = { type: 'ended', failure: 'exit code 1: no route to host' } as const;
const left = { type: 'left' } as const;

/** Numbers of the events of each run. */
const runsIn = (commands: readonly HookCommand[]): readonly (readonly (number | null)[])[] =>
  commands.flatMap((command) => (command.do === 'start' ? [command.entries.map(({ run }) => run)] : []));

describe('the port of the command for events', () => {
  it('has a name that no service can have', () => {
    expect(HOOK_PATHS.some(isName)).toBe(false);
    for (const path of HOOK_PATHS) expect(hookOfKey(hookKey({ app: 'shop', path }))).toEqual({ app: 'shop', path });
    expect(['shop:on_event', 'shop:backend/on_event', 'shop:'].map(hookOfKey)).toEqual([undefined, undefined, undefined]);
  });
});

describe('the command for events', () => {
  it('is run a moment after the first event, with all that came meanwhile', () => {
    const [waiting, none] = after([0, happened(1)], [60, happened(2)], [GATHER_MS - 1, tick]);
    expect([none, wakeOf(waiting)]).toEqual([[], GATHER_MS]);
    const [running, commands] = after([0, happened(1)], [60, happened(2)], [GATHER_MS, tick]);
    expect(commands).toEqual([{ do: 'start', run: 1, entries: [entry(1), entry(2)] }]);
    expect(running).toMatchObject({ waiting: [], dueAt: null, phase: { is: 'running', endAt: GATHER_MS + LIMIT_MS } });
  });

  it('is never run twice at once: what happens meanwhile waits for its end, and then no longer than it has to', () => {
    const [state, commands] = after([0, happened(1)], [100, tick], [150, happened(2)], [500, tick], [600, happened(3)], [650, done]);
    expect(runsIn(commands)).toEqual([[1], [2, 3]]);
    expect(state).toMatchObject({ run: 2, phase: { is: 'running' } });
    expect(runsIn(after([0, happened(1)], [100, tick], [150, happened(2)], [160, done])[1])).toEqual([[1]]);
    expect(runsIn(after([0, happened(1)], [100, tick], [150, happened(2)], [160, done], [250, tick])[1])).toEqual([[1], [2]]);
  });

  it('gets at most a thousand events, the newest, and a line that says how many are missing', () => {
    const many = Array.from({ length: MOST_WAITING + 7 }, (_, index) => [0, happened(index + 1)] as const);
    const [state, [command]] = after(...many, [GATHER_MS, tick]);
    if (command?.do !== 'start') throw new Error('nothing is started');
    expect(command.entries).toHaveLength(MOST_WAITING + 1);
    expect(command.entries[0]).toMatchObject({ event: 'entries_lost', type: 'info', app: 'shop', at: entry(8).at });
    expect(command.entries[0]?.cause).toMatch(/^7 events are missing here/);
    expect(command.entries[1]).toEqual(entry(8));
    expect(state.lost).toBe(0);
  });

  it('is told to end when it takes too long, then killed; both is one failure', () => {
    const end = GATHER_MS + LIMIT_MS;
    const begun = [[0, happened(1)] as const, [GATHER_MS, tick] as const];
    const [ending, commands] = after(...begun, [end, tick]);
    expect(commands.slice(1)).toEqual([{ do: 'signal', run: 1, signal: 'SIGTERM' }]);
    expect(wakeOf(ending)).toBe(end + GRACE_MS);
    const [, all] = after(
      ...begun,
      [end, tick],
      [end + GRACE_MS, tick],
      [end + GRACE_MS + 5, { type: 'ended', failure: 'signal SIGKILL' }],
    );
    expect(all.slice(2)).toEqual([
      { do: 'signal', run: 1, signal: 'SIGKILL' },
      { do: 'tell', failure: 'it was not done after 30 s: signal SIGKILL' },
    ]);
    expect(after(...begun, [end, tick], [end + 5, done])[1].at(-1)).toEqual({ do: 'tell', failure: 'it was not done after 30 s' });
  });

  it('that fails is told once for all failures in a row', () => {
    const [, commands] = after([0, happened(1)], [100, tick], [200, failed], [300, happened(2)], [400, tick], [500, failed]);
    expect(commands.filter(({ do: what }) => what === 'tell')).toEqual([{ do: 'tell', failure: 'exit code 1: no route to host' }]);
    const [, again] = after(
      [0, happened(1)],
      [100, tick],
      [200, failed],
      [300, happened(2)],
      [400, tick],
      [500, done],
      [600, happened(3)],
      [700, tick],
      [800, failed],
    );
    expect(again.filter(({ do: what }) => what === 'tell')).toHaveLength(2);
  });

  it('gets the last events at once when its application is down', () => {
    const [state, commands] = after([0, happened(1)], [10, left]);
    expect(runsIn(commands)).toEqual([[1]]);
    expect([isOver(state), wakeOf(state)]).toEqual([false, 10 + LEAVE_MS]);
    expect(isOver(after([0, happened(1)], [10, left], [50, done])[0])).toBe(true);
    expect(isOver(after([0, left])[0])).toBe(true);
  });

  it('gets the last events after the run that is going, as long as there is time', () => {
    const [, commands] = after([0, happened(1)], [100, tick], [200, happened(2)], [210, left], [900, done]);
    expect(runsIn(commands)).toEqual([[1], [2]]);
  });

  it('is killed when it takes longer than anybody waits for it, and nothing follows', () => {
    const [state, commands] = after(
      [0, happened(1)],
      [100, tick],
      [200, happened(2)],
      [210, left],
      [210 + LEAVE_MS, tick],
      [2_220, failed],
    );
    expect(commands.slice(1)).toEqual([
      { do: 'signal', run: 1, signal: 'SIGKILL' },
      { do: 'tell', failure: 'it was not done 2 s after its application was down: exit code 1: no route to host' },
    ]);
    expect(isOver(state)).toBe(true);
    expect(state.waiting).toEqual([]);
  });

  it('goes on when its application is up again before that', () => {
    const [state, commands] = after([0, happened(1)], [100, tick], [210, left], [300, { type: 'back' }], [210 + LEAVE_MS, tick]);
    expect([isOver(state), commands.length]).toEqual([false, 1]);
  });

  it('that an earlier daemon has started is the run that others wait for', () => {
    const [state, commands] = after([0, { type: 'found', run: 7, given: [] }], [10, happened(1)], [200, tick], [300, done]);
    expect(commands).toEqual([{ do: 'start', run: 8, entries: [entry(1)] }]);
    expect(state.run).toBe(8);
  });
});

describe('the command for alarms', () => {
  const begun: readonly Timed[] = [
    [0, happened(1)],
    [0, happened(2)],
    [100, tick],
  ];

  it('that fails is run again with the same, later each time, and what happens meanwhile waits', () => {
    const [state, commands] = afterTries(5, [...begun, [200, failed], [300, happened(3)], [1_199, tick]]);
    expect(runsIn(commands)).toEqual([[1, 2]]);
    expect(wakeOf(state)).toBe(200 + RETRY_MS);
    const second: readonly Timed[] = [...begun, [200, failed], [300, happened(3)], [1_200, tick], [1_300, failed]];
    expect(wakeOf(afterTries(5, second)[0])).toBe(1_300 + 2 * RETRY_MS);
    const [, all] = afterTries(5, [...second, [3_300, tick], [3_400, done]]);
    expect(all).toEqual([
      { do: 'start', run: 1, entries: [entry(1), entry(2)] },
      { do: 'start', run: 2, entries: [entry(1), entry(2)] },
      { do: 'start', run: 3, entries: [entry(1), entry(2)] },
      { do: 'start', run: 4, entries: [entry(3)] },
    ]);
  });

  it('is given up after so many tries, and that is told; then comes what waits, with as many', () => {
    const given: readonly Timed[] = [...begun, [200, failed], [1_200, tick], [1_300, happened(3)], [1_400, failed]];
    const [state, commands] = afterTries(2, given);
    expect(runsIn(commands)).toEqual([[1, 2], [1, 2], [3]]);
    expect(commands[2]).toEqual({ do: 'tell', failure: 'exit code 1: no route to host (2 tries)' });
    expect(state).toMatchObject({ given: [entry(3)], failed: 0 });
    const again = afterTries(2, [...given, [1_500, failed], [2_500, tick], [2_600, failed]])[1];
    expect(again.slice(4)).toEqual([{ do: 'start', run: 4, entries: [entry(3)] }]);
  });

  it('that takes too long is run again, too', () => {
    const end = 100 + LIMIT_MS;
    const [state, commands] = afterTries(5, [...begun, [end, tick], [end + 5, done]]);
    expect(commands.at(-1)).toEqual({ do: 'signal', run: 1, signal: 'SIGTERM' });
    expect(wakeOf(state)).toBe(end + 5 + RETRY_MS);
  });

  it('is tried a last time at once when its application is down', () => {
    const [state, commands] = afterTries(5, [...begun, [200, failed], [300, left], [400, failed]]);
    expect(runsIn(commands)).toEqual([
      [1, 2],
      [1, 2],
    ]);
    expect(commands.at(-1)).toEqual({ do: 'tell', failure: 'exit code 1: no route to host (2 tries)' });
    expect(isOver(state)).toBe(true);
  });

  it('that an earlier daemon has started is run again with what that was given', () => {
    const [, commands] = afterTries(5, [
      [0, { type: 'found', run: 7, given: [entry(1)] }],
      [10, happened(2)],
      [100, failed],
      [1_100, tick],
      [1_200, done],
    ]);
    expect(commands).toEqual([
      { do: 'start', run: 8, entries: [entry(1)] },
      { do: 'start', run: 9, entries: [entry(2)] },
    ]);
  });
});
