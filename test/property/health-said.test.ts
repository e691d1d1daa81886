import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { KEPT_EVERY_MS, newSaying, nothingSaid, type Said, type SayingEvent, stepSaying, wakeOfSaying } from '../../src/health/said.js';

interface Kept {
  readonly at: number;
  readonly said: Said;
}

/** Says each thing at its time and ticks whenever that is wanted, until nothing is; gives back what was kept, and what was said in the end. */
function after(messages: readonly (readonly [pauseMs: number, message: Said])[], last: 'tick' | 'closing' = 'tick') {
  let state = newSaying(nothingSaid, 0);
  let now = 0;
  const kept: Kept[] = [];
  const apply = (event: SayingEvent): void => {
    const [next, commands] = stepSaying(state, event, now);
    state = next;
    kept.push(...commands.map(({ said }) => ({ at: now, said })));
  };
  const passUntil = (until: number): void => {
    for (let wake = wakeOfSaying(state); wake !== null && wake <= until; wake = wakeOfSaying(state)) {
      now = Math.max(now, wake);
      apply({ type: 'tick' });
    }
    now = until;
  };
  for (const [pauseMs, message] of messages) {
    passUntil(now + pauseMs);
    apply({ type: 'heard', message });
  }
  if (last === 'closing') apply({ type: 'closing' });
  else passUntil(now + KEPT_EVERY_MS);
  return { state, kept, now };
}

const anyMessages = fc.array(
  fc.tuple(
    fc.integer({ min: 0, max: 700 }),
    fc.record({ status: fc.option(fc.constantFrom('1', '2', '3')), isStopping: fc.integer({ min: 0, max: 9 }).map((die) => die === 0) }),
  ),
  { maxLength: 60 },
);

describe('what a run says of itself', () => {
  it('is kept in the end as it was said last, whether it goes on or the daemon ends', () => {
    fc.assert(
      fc.property(anyMessages, fc.constantFrom('tick', 'closing'), (messages, last) => {
        const { state, kept } = after(messages, last);
        const status = messages.findLast(([, message]) => message.status !== null)?.[1].status ?? null;
        const said = { status, isStopping: messages.some(([, { isStopping }]) => isStopping) };
        expect(state.said).toEqual(said);
        expect(kept.at(-1)?.said ?? nothingSaid).toEqual(said);
        expect(wakeOfSaying(state)).toBeNull();
      }),
    );
  });

  it('is kept once in a while only, however often it changes, but for that it is about to end: that at once', () => {
    fc.assert(
      fc.property(anyMessages, (messages) => {
        const { kept } = after(messages);
        const stop = kept.findIndex(({ said }) => said.isStopping);
        for (const [index, { at }] of kept.entries()) {
          const before = kept[index - 1];
          if (before && index !== stop) expect(at - before.at).toBeGreaterThanOrEqual(KEPT_EVERY_MS);
        }
        let said = 0;
        const stopping = messages.find(([pauseMs, { isStopping }]) => {
          said += pauseMs;
          return isStopping;
        });
        expect(kept[stop]?.at).toBe(stopping && said);
      }),
    );
  });

  it('is not kept again when it is said again', () => {
    const message = { status: 'serving', isStopping: true };
    const { kept } = after(Array.from({ length: 500 }, () => [100, message] as const));
    expect(kept).toEqual([{ at: 100, said: message }]);
  });
});
