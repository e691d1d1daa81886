import { expect, it } from 'vitest';
import { judge, type Sample } from '../../src/daemon/triggers/memory-limit.js';

const sample = (path: string, bytes: number, run = 1): Sample => ({ app: 'shop', path, run, bytes, limitBytes: 100 });

it('a run is over its limit when it is so in two looks in a row, and never for a peak', () => {
  const first = judge(new Set(), [sample('a', 101), sample('b', 100)]);
  expect(first.exceeded).toEqual([]);
  const second = judge(first.suspects, [sample('a', 102), sample('b', 101)]);
  expect(second.exceeded.map(({ path, bytes }) => [path, bytes])).toEqual([['a', 102]]);
  const third = judge(second.suspects, [sample('a', 103, 2), sample('b', 99)]);
  expect(third.exceeded).toEqual([]);
  expect(judge(third.suspects, [sample('a', 103, 2), sample('b', 101)]).exceeded.map(({ path, run }) => [path, run])).toEqual([['a', 2]]);
});

it('what was sampled of one run is nothing to the next', () => {
  const { suspects } = judge(new Set(), [sample('a', 101, 1)]);
  expect(judge(suspects, [sample('a', 101, 2)]).exceeded).toEqual([]);
});
