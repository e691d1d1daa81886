import { expect, it } from 'vitest';
import { QuietPeriod } from '../../src/daemon/triggers/quiet-period.js';
import { manualClock } from '../helpers/manual-clock.js';

function gathering() {
  const clock = manualClock();
  const told: (readonly [at: number, names: string])[] = [];
  const period = new QuietPeriod<number>(clock, (gathered) => {
    told.push([clock.now(), [...gathered].map(([name, first]) => `${name}${first}`).join(' ')]);
  });
  return { clock, told, period };
}

it('tells all that came, each once as it came first, when nothing has come for 200 ms', () => {
  const { clock, told, period } = gathering();
  period.add('a', 1);
  clock.pass(199);
  period.add('b', 2);
  period.add('a', 3);
  clock.pass(199);
  expect(told).toEqual([]);
  clock.pass(1);
  expect(told).toEqual([[399, 'a1 b2']]);
  clock.pass(60_000);
  period.add('c', 4);
  clock.pass(200);
  expect(told.slice(1)).toEqual([[60_599, 'c4']]);
});

it('tells after two seconds, even if there is no end of it', () => {
  const { clock, told, period } = gathering();
  for (let time = 0; time < 50; time += 1) {
    period.add('a', time);
    clock.pass(100);
  }
  expect(told).toEqual([
    [2_000, 'a0'],
    [4_000, 'a20'],
  ]);
});

it('tells nothing after it was closed', () => {
  const { clock, told, period } = gathering();
  period.add('a', 1);
  period.close();
  clock.pass(60_000);
  expect(told).toEqual([]);
});

it('tells at once when it is asked to, and nothing twice', () => {
  const { clock, told, period } = gathering();
  period.flush();
  period.add('a', 1);
  clock.pass(50);
  period.flush();
  period.flush();
  clock.pass(10_000);
  expect(told).toEqual([[50, 'a1']]);
});
