import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type LivenessCommand, newLiveness, stepLiveness } from '../../src/health/liveness.js';

const INTERVAL_MS = 1_000;
const FAILURES = 3;

interface Told {
  readonly at: number;
  readonly command: LivenessCommand;
}

/** Of a program that tells itself with these pauses between, and misses an interval whenever one of them is too long for it. */
function after(pauses: readonly number[]) {
  let state = newLiveness({ intervalMs: INTERVAL_MS, graceMs: INTERVAL_MS, failures: FAILURES }, 0, 0);
  let now = 0;
  const told: Told[] = [];
  const apply = (event: Parameters<typeof stepLiveness>[1]): void => {
    const [next, commands] = stepLiveness(state, event, now);
    state = next;
    for (const command of commands) {
      told.push({ at: now, command });
      if (command.do === 'try') apply({ type: 'answered', answer: { ok: false, text: 'silence' } });
    }
  };
  for (const pause of pauses) {
    const next = now + pause;
    while (state.tryAt !== null && state.tryAt <= next) {
      now = state.tryAt;
      apply({ type: 'tick' });
    }
    now = next;
    apply({ type: 'answered', answer: { ok: true } });
  }
  const isCount = (isGood: boolean) => (one: Told) => one.command.do === 'count' && one.command.answer.ok === isGood;
  return { good: told.filter(isCount(true)), bad: told.filter(isCount(false)), told, now };
}

const anyPauses = fc.array(fc.oneof(fc.integer({ min: 0, max: 20 }), fc.integer({ min: 0, max: 4 * INTERVAL_MS })), { maxLength: 50 });

describe('a program that tells itself that it is well', () => {
  it('gives one good answer in an interval at most, whenever it tells', () => {
    fc.assert(
      fc.property(anyPauses, (pauses) => {
        const { good } = after(pauses);
        for (const [index, { at }] of good.entries())
          if (index > 0) expect(at - (good[index - 1]?.at ?? 0)).toBeGreaterThanOrEqual(INTERVAL_MS);
      }),
    );
  });

  it('gives at least one in two intervals where it misses none', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: INTERVAL_MS - 1 }), { minLength: 1, maxLength: 50 }), (pauses) => {
        const { good, bad, now } = after(pauses);
        expect(bad).toEqual([]);
        expect(good.length).toBeGreaterThanOrEqual(Math.floor(now / (2 * INTERVAL_MS)));
      }),
    );
  });

  it('misses each interval in which it tells nothing, and is gone after so many in a row, whatever counts', () => {
    fc.assert(
      fc.property(anyPauses, (pauses) => {
        const { bad, told } = after(pauses);
        const missed = pauses.map((pause) => Math.floor(pause / INTERVAL_MS));
        expect(bad).toHaveLength(missed.reduce((sum, count) => sum + count, 0));
        const gone = missed.reduce((sum, count) => sum + Math.floor(count / FAILURES), 0);
        expect(told.filter(({ command }) => command.do === 'unhealthy')).toHaveLength(gone);
      }),
    );
  });
});
