import { describe, expect, it } from 'vitest';
import { openTold } from '../../src/client/told.js';

const line = (at: number, path = 'a'): { app: string; path: string; at: string } => ({
  app: 'shop',
  path,
  at: `2026-01-01T00:00:00.${String(at).padStart(3, '0')}Z`,
});

describe('lines that are told once more', () => {
  it('are all new as long as nothing is repeated', () => {
    const told = openTold(line(100).at);
    expect([line(1), line(1), line(5), line(3, 'b')].map((one) => told.isNew(one))).toEqual([true, true, true, true]);
  });

  it('are passed over up to the last that was told of each service, also among several of one moment', () => {
    const told = openTold(line(100).at);
    for (const one of [line(1), line(2), line(2), line(7, 'b')]) told.isNew(one);
    told.repeat();
    const again = [line(1), line(2), line(2), line(2), line(3), line(6, 'b'), line(7, 'b'), line(7, 'b'), line(9, 'b')];
    expect(again.map((one) => told.isNew(one))).toEqual([false, false, false, true, true, false, false, true, true]);
  });

  it('of a service that had not said anything are those since the beginning', () => {
    const told = openTold(line(100).at);
    told.repeat();
    expect([line(99), line(100), line(101)].map((one) => told.isNew(one))).toEqual([false, true, true]);
  });

  it('may be repeated again and again', () => {
    const told = openTold(line(0).at);
    told.isNew(line(1));
    told.repeat();
    expect([line(1), line(2)].map((one) => told.isNew(one))).toEqual([false, true]);
    told.repeat();
    expect([line(1), line(2), line(2)].map((one) => told.isNew(one))).toEqual([false, false, true]);
  });
});
