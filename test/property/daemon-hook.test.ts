import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type HookCommand,
  type HookState,
  LEAVE_MS,
  LIMIT_MS,
  MOST_WAITING,
  newHook,
  stepHook,
  wakeOf,
} from '../../src/daemon/hook-state.js';
import { entry } from '../helpers/journal-entries.js';

/** What may happen to a command, and how long after what happened before. */
const anyLife = fc.array(
  fc.tuple(
    fc.oneof(
      {
        weight: 4,
        arbitrary: fc.record({
          what: fc.constant('events' as const),
          count: fc.oneof({ weight: 9, arbitrary: fc.nat(3) }, { weight: 1, arbitrary: fc.nat(2 * MOST_WAITING) }),
        }),
      },
      { weight: 3, arbitrary: fc.record({ what: fc.constant('ended' as const), isFailure: fc.boolean() }) },
      { weight: 1, arbitrary: fc.record({ what: fc.constantFrom('left' as const, 'back' as const, 'tick' as const) }) },
    ),
    fc.oneof(fc.nat(150), fc.nat(40_000)),
  ),
  { maxLength: 30 },
);

/** A life, with everything that must hold at each moment of it checked. */
class Life {
  private state: HookState;
  private now = 0;
  happened = 0;
  private told = 0;
  private dropped = 0;
  private isRunning = false;
  private beganAt = 0;
  /** Told by the run that is going, or is to be. */
  private going = 0;

  constructor(tries: number) {
    this.state = newHook(tries);
  }

  /** Time passes, and each tick comes when it is wanted. */
  pass(ms: number): void {
    const end = this.now + ms;
    for (let wake = wakeOf(this.state); wake !== null && wake <= end; wake = wakeOf(this.state)) {
      this.now = Math.max(this.now, wake);
      this.step({ type: 'tick' });
    }
    this.now = end;
  }

  step(event: Parameters<typeof stepHook>[1]): void {
    const before = this.state;
    const [state, commands] = stepHook(before, event, this.now);
    if (event.type === 'happened') this.happened += 1;
    if (event.type === 'ended') {
      this.isRunning = false;
      if (state.retryAt === null && before.phase.is !== 'idle') this.settle();
    }
    this.state = state;
    for (const command of commands) this.obey(command);
    // Nobody waits any more.
    if (before.retryAt !== null && state.retryAt === null && !isStarted(commands)) this.settle();
    const isDropped = state.waiting.length === 0 && (!isStarted(commands) || before.retryAt !== null);
    if (isDropped) this.dropped += before.waiting.length + before.lost + (event.type === 'happened' ? 1 : 0);
  }

  check(): void {
    const { state } = this;
    expect(state.waiting.length).toBeLessThanOrEqual(MOST_WAITING);
    expect(this.isRunning).toBe(state.phase.is !== 'idle');
    if (this.isRunning && state.phase.is !== 'killed') expect(wakeOf(state) ?? 0).toBeLessThanOrEqual(this.beganAt + LIMIT_MS + LEAVE_MS);
    expect(this.told + this.going + this.dropped + state.waiting.length + state.lost).toBe(this.happened);
    expect(state.failed).toBeLessThan(state.tries);
  }

  private obey(command: HookCommand): void {
    if (command.do === 'tell') return;
    if (command.do === 'signal') return expect(this.isRunning).toBe(true);
    expect(this.isRunning).toBe(false);
    this.isRunning = true;
    this.beganAt = this.now;
    const [first] = command.entries;
    const missing = first?.event === 'entries_lost' ? Number.parseInt(first.cause ?? '', 10) : 0;
    const told = command.entries.length - (missing > 0 ? 1 : 0);
    expect(told).toBeGreaterThan(0);
    if (this.going === 0) this.going = told + missing;
    // Tried again: with the same.
    expect(told + missing).toBe(this.going);
  }

  private settle(): void {
    this.told += this.going;
    this.going = 0;
  }
}

const isStarted = (commands: readonly HookCommand[]): boolean => commands.some((command) => command.do === 'start');

describe('the command for events, whatever happens,', () => {
  it('is never run twice at once, always has a deadline, and every event is told, counted as missing, waits, or came too late', () => {
    const property = fc.property(anyLife, fc.constantFrom(1, 2, 5), (events, tries) => {
      const life = new Life(tries);
      for (const [event, after] of events) {
        life.pass(after);
        if (event.what === 'events') {
          for (let count = 0; count < event.count; count += 1) life.step({ type: 'happened', entry: entry(life.happened) });
        } else if (event.what === 'ended') life.step({ type: 'ended', failure: event.isFailure ? 'exit code 1' : null });
        else life.step({ type: event.what });
        life.check();
      }
    });
    fc.assert(property, { numRuns: 300 });
  }, 60_000);
});
