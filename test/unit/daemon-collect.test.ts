import { expect, it } from 'vitest';
import { collectWhenQuiet } from '../../src/daemon/collect.js';
import { manualClock } from '../helpers/manual-clock.js';

it('garbage is collected once after much has happened, as soon as it is quiet, and no timer runs before or after', () => {
  const clock = manualClock();
  let collections = 0;
  const happened = collectWhenQuiet(clock, () => {
    collections += 1;
  });
  for (let count = 1; count < 1_000; count += 1) happened();
  expect(clock.nextInMs()).toBeNull();
  for (let count = 0; count < 50; count += 1) {
    happened();
    clock.pass(99);
  }
  expect(collections).toBe(0);
  clock.pass(100);
  expect(collections).toBe(1);
  expect(clock.nextInMs()).toBeNull();
  clock.pass(100_000);
  happened();
  expect([collections, clock.nextInMs()]).toEqual([1, null]);
});
