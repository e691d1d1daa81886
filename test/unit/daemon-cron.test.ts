import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseCron, type Schedule } from '../../src/config/cron.js';
import { createOutbox } from '../../src/daemon/outbox.js';
import type { NewEvent } from '../../src/daemon/runtime.js';
import { CronTrigger } from '../../src/daemon/triggers/cron.js';
import { lookAt, type Planned, planFrom } from '../../src/daemon/triggers/cron-plan.js';
import { isServicePlace, placedNodes } from '../../src/daemon/view.js';
import type { JournalEntry } from '../../src/journal/entry.js';
import type { Command, Event } from '../../src/supervision/messages.js';
import type { SupervisorSpec } from '../../src/supervision/spec.js';
import { step } from '../../src/supervision/step.js';
import { emptyForest } from '../../src/supervision/tree.js';
import { manualClock } from '../helpers/manual-clock.js';
import { root, service } from '../helpers/specs.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

function scheduleOf(text: string): Schedule {
  const parsed = parseCron(text);
  if ('problem' in parsed) throw new Error(parsed.problem);
  return parsed.schedule;
}

/** The next times after this one, in UTC, as "03-29T01:00". */
function times(text: string, after: string, count = 3): readonly string[] {
  const schedule = scheduleOf(text);
  const found: string[] = [];
  let at: Date | null = new Date(after);
  while (found.length < count) {
    at = schedule.next(at);
    if (at === null) break;
    found.push(at.toISOString().slice(5, 19).replace(/:00$/, ''));
  }
  return found;
}

describe('what cron writes', () => {
  it('has five fields, six with seconds, or a name', () => {
    expect(times('CRON_TZ=UTC 0 3 * * *', '2026-01-01T00:00:00Z')).toEqual(['01-01T03:00', '01-02T03:00', '01-03T03:00']);
    expect(times('TZ=UTC */20 * * * * *', '2026-01-01T00:00:00Z')).toEqual(['01-01T00:00:20', '01-01T00:00:40', '01-01T00:01']);
    expect(times('CRON_TZ=UTC @daily', '2026-01-01T00:00:00Z', 2)).toEqual(['01-02T00:00', '01-03T00:00']);
    expect(times('CRON_TZ=UTC @hourly', '2026-01-01T00:00:00Z', 2)).toEqual(['01-01T01:00', '01-01T02:00']);
    expect(times('CRON_TZ=UTC 30 2 * * MON-FRI', '2026-01-02T00:00:00Z', 2)).toEqual(['01-02T02:30', '01-05T02:30']);
    expect(times('CRON_TZ=UTC 0 0 29 2 *', '2026-01-01T00:00:00Z', 1)).toEqual(['02-29T00:00']);
  });

  it('is local time of the named zone, also when clocks are put forward and back', () => {
    const berlin = 'CRON_TZ=Europe/Berlin 30 2 * * *';
    // 02:30 does not exist on the 29th of March; the first moment that does is 03:00, 01:00 in UTC.
    expect(times(berlin, '2026-03-28T00:00:00Z')).toEqual(['03-28T01:30', '03-29T01:00', '03-30T00:30']);
    // On the 25th of October it comes twice, and counts once.
    expect(times(berlin, '2026-10-24T00:00:00Z')).toEqual(['10-24T00:30', '10-25T00:30', '10-26T01:30']);
    expect(times('CRON_TZ=Europe/Berlin 30 * * * *', '2026-10-25T00:00:00Z')).toEqual(['10-25T00:30', '10-25T01:30', '10-25T02:30']);
  });

  it.each([
    ['61 * * * *', 'Invalid value for minute: 61'],
    ['* * *', '3 fields'],
    ['', 'no fields'],
    ['* * * * * * 2030', '7 fields'],
    ['2026-12-01T00:00:00', 'no fields'],
    ['0 0 30 2 *', 'it never comes'],
    ['CRON_TZ=No/Where 0 3 * * *', 'the time zone No/Where is not known'],
    ['@reboot', '@reboot is not supported'],
    ['@sometimes', ''],
    ['nonsense at all is this', ''],
  ])('%j is none', (text, problem) => {
    const parsed = parseCron(text);
    expect('problem' in parsed ? parsed.problem : 'a schedule').toContain(problem);
    expect(parsed).toHaveProperty('problem');
  });
});

describe('a plan of times', () => {
  const hourly = scheduleOf('CRON_TZ=UTC 0 * * * *');
  const noon = Date.UTC(2026, 10, 20, 12);
  const begun = planFrom(hourly, noon + MINUTE, null);

  it('acts upon a time when it has come, once', () => {
    expect(begun.next).toBe(noon + HOUR);
    expect(lookAt(hourly, begun, noon + HOUR - 1)).toMatchObject({ due: null, missed: null });
    const { planned, due } = lookAt(hourly, begun, noon + HOUR);
    expect([due, planned.next]).toEqual([noon + HOUR, noon + 2 * HOUR]);
    expect(lookAt(hourly, planned, noon + HOUR + 1).due).toBeNull();
  });

  it('makes up for all that nobody saw by one, if the last is no more than ten minutes ago', () => {
    expect(lookAt(hourly, begun, noon + 5 * HOUR + 10 * MINUTE)).toMatchObject({ due: noon + 5 * HOUR, missed: null });
    expect(lookAt(hourly, begun, noon + 5 * HOUR + 11 * MINUTE)).toMatchObject({ due: null, missed: noon + HOUR });
  });

  it('counts no time twice when the clock is set back by up to an hour, and begins anew when by more', () => {
    const { planned } = lookAt(hourly, begun, noon + HOUR);
    const back = lookAt(hourly, planned, noon + HOUR - 40 * MINUTE);
    expect(back).toMatchObject({ due: null, planned });
    expect(lookAt(hourly, back.planned, noon + HOUR).due).toBeNull();
    expect(lookAt(hourly, planned, noon - 3 * HOUR).planned.next).toBe(noon - 2 * HOUR);
  });

  it('goes on from what was to come next when somebody last looked', () => {
    const next = noon + HOUR;
    expect(lookAt(hourly, planFrom(hourly, next + 1_000, next), next + 1_000).due).toBe(next);
    expect(lookAt(hourly, planFrom(hourly, next - 1_000, next), next - 1_000)).toMatchObject({ due: null, planned: { next } });
    // Remembered by a clock that was far ahead.
    expect(planFrom(hourly, noon + 1, noon + 1_000 * HOUR).next).toBe(noon + HOUR);
  });

  it('whatever the clock does: no time is acted upon twice within the hour, each is acted upon if it is looked at in time, at most once a look', () => {
    const minutely = scheduleOf('CRON_TZ=UTC * * * * *');
    const jumps = fc.array(fc.oneof(fc.integer({ min: 0, max: 40_000 }), fc.integer({ min: -HOUR / 2, max: 3 * HOUR })), { maxLength: 40 });
    fc.assert(
      fc.property(jumps, (moves) => {
        let now = noon;
        let planned: Planned = planFrom(minutely, now, null);
        const acted: number[] = [];
        let highest = now;
        for (const move of moves) {
          const before = now;
          now += move;
          const verdict = lookAt(minutely, planned, now);
          planned = verdict.planned;
          if (verdict.due !== null) {
            if (verdict.due > now || now - verdict.due > 10 * MINUTE + 1) throw new Error('acted upon a time that is not now');
            if (acted.some((at) => at === verdict.due)) throw new Error('acted upon twice');
            acted.push(verdict.due);
          }
          const isSteady = before >= highest && move >= 0 && move <= 40_000;
          const passed = Math.floor(now / MINUTE) > Math.floor(before / MINUTE);
          if (isSteady && passed && verdict.due === null) throw new Error('a time was passed over');
          if (now < highest - HOUR) acted.splice(0);
          highest = now < highest - HOUR ? now : Math.max(highest, now);
        }
      }),
      { numRuns: 500 },
    );
  });
});

/** A cron trigger over a forest whose programs obey at once. */
function crond(spec: SupervisorSpec, past: readonly (readonly [string, string])[] = [], clock = manualClock()) {
  let forest = emptyForest;
  const memory = new Map<string, string>();
  const entries: JournalEntry[] = [];
  const due: string[] = [];
  const feed = (event: Event): void => {
    const [after, commands] = step(forest, event);
    forest = after;
    for (const command of commands) answer(command);
  };
  const answer = (command: Command): void => {
    if (command.do === 'spawn') feed({ ...command, type: 'spawned', at: clock.now(), pid: 7 });
    if (command.do === 'signal') feed({ ...command, type: 'exited', at: clock.now(), code: null });
  };
  const post = (event: NewEvent): void => {
    if ('path' in event) due.push(event.path);
    feed({ ...event, at: clock.now() });
  };
  const outbox = createOutbox((order) => {
    for (const [key, text] of order.do === 'batch' ? order.remember : []) {
      if (text === null) memory.delete(key);
      else memory.set(key, text);
    }
  });
  const trigger = new CronTrigger({
    clock,
    past,
    outbox,
    runtime: { forest: () => forest, post },
    record: (entry) => entries.push(entry),
  });
  const services = () => Object.values(forest.apps).flatMap(placedNodes).filter(isServicePlace);
  const plan = (wanted: SupervisorSpec): void => {
    feed({ type: 'apply', at: clock.now(), app: 'shop', root: wanted, names: [], recreate: false });
    trigger.plan(services());
  };
  plan(spec);
  return {
    clock,
    memory,
    entries,
    due,
    trigger,
    plan,
    feed,
    services,
    next: (path: string) =>
      services()
        .filter((place) => place.path === path)
        .map((place) => trigger.next(place)?.toISOString())[0],
  };
}

describe('the trigger', () => {
  // The clock of these tests begins at 11:22:33 in UTC.
  const every = (expression: string) => root([service('a', { cron: `CRON_TZ=UTC ${expression}`, restart: 'temporary' }), 'b']);

  it('has a job started at each of its times, however far they are apart', () => {
    const { clock, due, next } = crond(every('*/30 * * * * *'));
    expect(next('a')).toBe('2026-11-20T11:23:00.000Z');
    expect(next('b')).toBeUndefined();
    clock.pass(26_999);
    expect(due).toEqual([]);
    clock.pass(1);
    expect(due).toEqual(['a']);
    clock.pass(60_000);
    expect(due).toEqual(['a', 'a', 'a']);
    const yearly = crond(every('0 0 1 1 *'));
    yearly.clock.pass(400 * 24 * HOUR);
    expect(yearly.due).toEqual(['a']);
  });

  it('has no timer longer than half a minute, as no clock tells that it was set', () => {
    const { clock } = crond(every('0 0 1 1 *'));
    expect(clock.nextInMs()).toBeLessThanOrEqual(30_000);
  });

  it('sees within half a minute that the clock was set, or the machine slept', () => {
    let shift = 0;
    const clock = manualClock();
    const shifted = { ...clock, wallTime: (at: number) => new Date(clock.wallTime(at).getTime() + shift) };
    const { due, entries } = crond(every('0 3 * * *'), [], shifted);
    shift = 16 * HOUR;
    clock.pass(30_000);
    expect(due).toEqual([]);
    expect(entries.map(({ event, path, cause, by }) => [event, path, cause, by])).toEqual([
      ['skipped', 'a', 'cron CRON_TZ=UTC 0 3 * * *: nobody was there at 2026-11-21T03:00:00.000Z, and now it is too late', 'supervisor'],
    ]);
    shift = 39 * HOUR + 42 * MINUTE;
    clock.pass(30_000);
    expect(due).toEqual(['a']);
  });

  it('remembers what comes next, so that the next daemon knows what was missed', () => {
    const first = crond(every('0 12 * * *'));
    expect([...first.memory.keys()]).toEqual(['cron shop:a']);
    const clock = manualClock();
    clock.pass(40 * MINUTE);
    const second = crond(every('0 12 * * *'), [...first.memory], clock);
    expect(second.due).toEqual(['a']);
    expect(second.next('a')).toBe('2026-11-21T12:00:00.000Z');
    const late = manualClock();
    late.pass(60 * MINUTE);
    const third = crond(every('0 12 * * *'), [...first.memory], late);
    expect(third.due).toEqual([]);
    expect(third.entries.map(({ event }) => event)).toEqual(['skipped']);
    // Another expression has nothing to make up for.
    expect(crond(every('1 12 * * *'), [...first.memory], clock).due).toEqual([]);
  });

  it('restarts nothing for a time that was before its start', () => {
    const spec = root([service('a', { cron: 'CRON_TZ=UTC 0 12 * * *' })]);
    const { memory } = crond(spec);
    const clock = manualClock();
    clock.pass(40 * MINUTE);
    expect(crond(spec, [...memory], clock).due).toEqual([]);
  });

  it('takes new times, and forgets those of services that have none any more', () => {
    const { clock, due, memory, plan, next } = crond(every('0 12 * * *'));
    plan(every('* * * * *'));
    expect(next('a')).toBe('2026-11-20T11:23:00.000Z');
    clock.pass(30_000);
    expect(due).toEqual(['a']);
    plan(root(['b']));
    expect(memory.size).toBe(0);
    clock.pass(10 * MINUTE);
    expect(due).toEqual(['a']);
    expect(clock.nextInMs()).toBeNull();
  });

  it('tells nothing of what was stopped by hand: no next time, no missed one', () => {
    const { clock, due, feed, next, services } = crond(every('* * * * *'));
    feed({ type: 'stop-asked', at: clock.now(), app: 'shop', paths: ['a'], graceMs: null });
    expect(next('a')).toBeUndefined();
    clock.pass(MINUTE);
    expect(due).toEqual(['a']);
    expect(services()[0]?.node.run).toBe(0);
  });
});
