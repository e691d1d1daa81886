import { describe, expect, it } from 'vitest';
import { formatDuration } from '../../src/base/duration.js';

describe('a duration for eyes', () => {
  it.each([
    [0, '0ms'],
    [999.9, '999ms'],
    [1_000, '1s'],
    [1_630, '1.6s'],
    [3_960, '4s'],
    [9_980, '10s'],
    [12_900, '12s'],
    [59_999, '59s'],
    [184_000, '3m 4s'],
    [7_500_000, '2h 5m'],
  ])('of %d ms is %s', (durationMs, text) => {
    expect(formatDuration(durationMs)).toBe(text);
  });
});
