import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Alarm, type AlarmChange, type AlarmEvent, type Alarms, noAlarms, stepAlarms } from '../../src/health/alarms.js';

const CLEAR_AFTER = 3;
const ids = ['db', 'web', 'disk'];

const alarmOf = (id: string, text: string): Omit<Alarm, 'since'> => ({ id, source: 'outside', app: null, path: null, text });
const anyEvent: fc.Arbitrary<AlarmEvent> = fc.oneof(
  fc
    .record({ id: fc.constantFrom(...ids), text: fc.constantFrom('1', '2') })
    .map(({ id, text }) => ({ type: 'set' as const, at: 'now', alarm: alarmOf(id, text) })),
  fc.record({ type: fc.constant('cleared' as const), id: fc.constantFrom(...ids) }),
  fc.record({
    type: fc.constant('answered' as const),
    id: fc.constantFrom(...ids),
    isGood: fc.boolean(),
    clearAfter: fc.constant(CLEAR_AFTER),
  }),
);

/** What the events come to, and all that was told on the way. */
function after(events: readonly AlarmEvent[]): { readonly alarms: Alarms; readonly told: readonly AlarmChange[] } {
  let alarms = noAlarms;
  const told: AlarmChange[] = [];
  for (const event of events) {
    const [next, change] = stepAlarms(alarms, event);
    alarms = next;
    if (change) told.push(change);
  }
  return { alarms, told };
}

const idOf = (event: AlarmEvent): string => (event.type === 'set' ? event.alarm.id : event.id);

describe('alarms', () => {
  it('begin and end in turns, each id by itself, and what is set is what has begun and not ended (AL-2, AL-3, AL-8)', () => {
    fc.assert(
      fc.property(fc.array(anyEvent, { maxLength: 60 }), (events) => {
        const { alarms, told } = after(events);
        for (const id of ids) {
          const turns = told.filter(({ is, alarm }) => alarm.id === id && is !== 'renewed').map(({ is }) => is);
          expect(turns).toEqual(turns.map((_, index) => (index % 2 === 0 ? 'set' : 'cleared')));
          expect(alarms.has(id)).toBe(turns.at(-1) === 'set');
        }
        expect([...alarms].every(([id, { alarm }]) => id === alarm.id)).toBe(true);
      }),
    );
  });

  it('begin with the first word, whatever it is: what is down from the start is told (AL-7)', () => {
    fc.assert(
      fc.property(fc.constantFrom(...ids), fc.nat(5), (id, good) => {
        const early: readonly AlarmEvent[] = Array.from({ length: good }, () => ({
          type: 'answered',
          id,
          isGood: true,
          clearAfter: CLEAR_AFTER,
        }));
        const { told } = after([...early, { type: 'set', at: 'now', alarm: alarmOf(id, 'x') }]);
        expect(told.map(({ is }) => is)).toEqual(['set']);
      }),
    );
  });

  it('end by so many good answers in a row exactly, counted anew after a bad one or when set again (AL-6, AL-8)', () => {
    fc.assert(
      fc.property(fc.array(anyEvent, { maxLength: 60 }), (events) => {
        for (const id of ids) {
          let isSet = false;
          let good = 0;
          const expected: string[] = [];
          for (const event of events.filter((one) => idOf(one) === id)) {
            if (event.type === 'set') {
              if (!isSet) expected.push('set');
              isSet = true;
              good = 0;
            } else if (isSet && event.type === 'cleared') {
              expected.push('cleared');
              isSet = false;
            } else if (isSet && event.type === 'answered') {
              good = event.isGood ? good + 1 : 0;
              if (good === CLEAR_AFTER) expected.push('cleared');
              if (good === CLEAR_AFTER) isSet = false;
            }
          }
          const told = after(events).told.filter(({ is, alarm }) => alarm.id === id && is !== 'renewed');
          expect(told.map(({ is }) => is)).toEqual(expected);
        }
      }),
    );
  });

  it('stay what they are while they last, but for their text', () => {
    const events: readonly AlarmEvent[] = [
      { type: 'set', at: 'monday', alarm: { ...alarmOf('db', 'slow'), app: 'shop', source: 'watchdog' } },
      { type: 'set', at: 'tuesday', alarm: alarmOf('db', 'gone') },
      { type: 'set', at: 'wednesday', alarm: alarmOf('db', 'gone') },
    ];
    const { alarms, told } = after(events);
    const begun = { id: 'db', source: 'watchdog', app: 'shop', path: null, since: 'monday' };
    expect([...alarms.values()].map(({ alarm }) => alarm)).toEqual([{ ...begun, text: 'gone' }]);
    expect(told).toEqual([
      { is: 'set', alarm: { ...begun, text: 'slow' } },
      { is: 'renewed', alarm: { ...begun, text: 'gone' } },
    ]);
  });
});
