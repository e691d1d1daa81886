import { describe, expect, it } from 'vitest';
import { ProbeLeftovers } from '../../src/daemon/health/probe-leftovers.js';
import type { RunName } from '../../src/daemon/service-environment.js';
import type { RunNews } from '../../src/keeper/protocol.js';
import { manualClock } from '../helpers/manual-clock.js';

const key = 'shop:@probe/web';
const name = (run: number): RunName => ({ app: 'shop', path: '@probe/web', run });
const exited = (run: number): Extract<RunNews, { news: 'exited' }> => ({
  news: 'exited',
  key,
  run,
  pid: 40,
  code: 0,
  signal: null,
  groupLeft: false,
});
const execution = { env: { PORTSUP_HOME: '/given' }, user: { kind: 'own' } } as const;

interface Pending {
  readonly promise: Promise<void>;
  readonly resolve: () => void;
}

function pending(): Pending {
  let resolve = (): void => undefined;
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}

/** Leftovers of which the test says when they are cleared away; where it has said nothing there are none. */
function leftovers() {
  const clearings: Pending[] = [];
  const going = new Set<string>();
  const forgotten: string[] = [];
  const past: ((name: RunName) => boolean)[] = [];
  const clock = manualClock();
  const probes = new ProbeLeftovers({
    clock,
    outbox: { order: (order) => void (order.do === 'forget' && forgotten.push(order.key)) },
    clearing: {
      began: () => undefined,
      ended: () => clearings.shift()?.promise,
      past: (isPast) => {
        past.push(isPast);
        return clearings.shift()?.promise;
      },
    },
    lastPastRun: 100,
    isGoing: (one) => going.has(one),
  });
  return { probes, clearings, going, forgotten, past, clock };
}

describe('a port that nobody asks any more', () => {
  it('is forgotten at once where nothing of it is left', async () => {
    const { probes, forgotten } = leftovers();
    probes.ended(name(101), exited(101), execution);
    expect(forgotten).toEqual([]);
    probes.leave(key);
    expect(forgotten).toEqual([key]);
    await probes.settled();
  });

  it('is forgotten when its run has ended and all is cleared away that its runs have left, and that is waited for', async () => {
    const { probes, clearings, going, forgotten } = leftovers();
    const [first, second] = [pending(), pending()];
    clearings.push(first, second);
    probes.ended(name(101), exited(101), execution);
    going.add(key);
    probes.leave(key);
    let isSettled = false;
    const settled = probes.settled().then(() => (isSettled = true));
    going.delete(key);
    probes.ended(name(102), exited(102), execution);
    second.resolve();
    await second.promise;
    expect([forgotten, isSettled]).toEqual([[], false]);
    first.resolve();
    await settled;
    expect(forgotten).toEqual([key]);
  });

  it('is not waited for longer than 6.5 s', async () => {
    const { probes, going, forgotten, clock } = leftovers();
    going.add(key);
    probes.leave(key);
    const settled = probes.settled();
    clock.pass(6_500);
    await settled;
    expect(forgotten).toEqual([]);
  });

  it('is left when all that is being cleared away is, and no other one', () => {
    const { probes, clearings, forgotten } = leftovers();
    clearings.push(pending());
    probes.ended(name(101), exited(101), execution);
    probes.leaveAll();
    expect(forgotten).toEqual([]);
    const quiet = leftovers();
    quiet.probes.leaveAll();
    expect(quiet.forgotten).toEqual([]);
  });
});

describe('what earlier daemons have left', () => {
  it('is looked for once for all who ask at the same time, and once more for all who ask meanwhile', async () => {
    const { probes, clearings, forgotten, past } = leftovers();
    const [first, second] = [pending(), pending()];
    clearings.push(first, second);
    for (const one of ['shop:@probe/a', 'shop:@probe/b']) {
      probes.pastEnded(one);
      probes.leave(one);
    }
    await Promise.resolve();
    expect(past).toHaveLength(1);
    for (const one of ['shop:@probe/c', 'shop:@probe/d']) {
      probes.pastEnded(one);
      probes.leave(one);
    }
    const settled = probes.settled();
    first.resolve();
    second.resolve();
    await settled;
    expect(past).toHaveLength(2);
    expect(forgotten).toEqual(['shop:@probe/a', 'shop:@probe/b', 'shop:@probe/c', 'shop:@probe/d']);
  });

  it('is that of commands that ask, and not of runs of this one', async () => {
    const { probes, past } = leftovers();
    probes.pastEnded(key);
    await Promise.resolve();
    const isPast = past[0] ?? (() => false);
    expect([name(100), { ...name(7), path: '@watchdog/dog' }].map(isPast)).toEqual([true, true]);
    expect([name(101), { ...name(7), path: 'web' }, { ...name(7), path: '@on_alarm' }].map(isPast)).toEqual([false, false, false]);
  });
});
