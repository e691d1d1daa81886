import { beforeEach, describe, expect, it } from 'vitest';
import { Asked, isAsking } from '../../src/daemon/asked.js';
import { createOutbox } from '../../src/daemon/outbox.js';
import type { NewEvent } from '../../src/daemon/runtime.js';
import type { KeeperOrder, MemoryChange } from '../../src/keeper/protocol.js';
import { type ManualClock, manualClock } from '../helpers/manual-clock.js';

let clock: ManualClock;
let isEnding: boolean;
/** What has been said to the keeper, and the events posted, in order. */
let told: (string | readonly MemoryChange[])[];
let asked: Asked;

const startOf = (path: string): NewEvent => ({ type: 'start-asked', app: 'shop', path });

function make(): Asked {
  const outbox = createOutbox((order: KeeperOrder) => {
    if (order.do === 'batch') told.push(order.remember);
  });
  // An event that changes something: what is to be remembered goes with it.
  const post = (event: NewEvent): void => {
    outbox.gather(() => told.push('path' in event ? event.path : event.type));
  };
  return new Asked({ clock, outbox, runtime: { post }, isEnding: () => isEnding });
}

beforeEach(() => {
  clock = manualClock();
  isEnding = false;
  told = [];
  asked = make();
});

describe('what a client asks for', () => {
  it('is remembered with what follows from the last event of it, until it is answered', async () => {
    const answered = asked.answered('t1', async () => asked.post('t1', [startOf('a'), startOf('b')]));
    expect(told).toEqual(['a', 'b', [['asked t1', '']]]);
    expect(asked.has('t1')).toBe(true);
    await answered;
    expect(asked.has('t1')).toBe(false);
    asked.post(undefined, [startOf('c')]);
    expect(told.slice(3)).toEqual(['c', [['asked t1', null]]]);
  });

  it('is forgotten, too, when it cannot be done', async () => {
    const failing = asked.answered('t1', async () => {
      asked.post('t1', [startOf('a')]);
      throw new Error('too late');
    });
    await expect(failing).rejects.toThrow('too late');
    expect(asked.has('t1')).toBe(false);
  });

  it('is remembered though nothing follows from it', () => {
    asked.post('t1', []);
    expect(told).toEqual([[['asked t1', '']]]);
  });

  it('stays known when it is cut off by the end of the daemon, and is known to the next one for a minute', async () => {
    const answered = asked.answered('t1', async () => asked.post('t1', [startOf('a')]));
    isEnding = true;
    await answered;
    expect(told.flat()).not.toContainEqual(['asked t1', null]);
    isEnding = false;
    const next = make();
    next.restore([
      ['app shop:', '{}'],
      ['asked t1', ''],
    ]);
    expect([next.has('t1'), next.has('t2'), next.has(undefined)]).toEqual([true, false, false]);
    clock.pass(60_000);
    expect(next.has('t1')).toBe(false);
  });

  it('is of a key of its own', () => {
    expect(['asked 1-2-3', 'app shop:', 'on_alarm shop:1'].map(isAsking)).toEqual([true, false, false]);
  });
});
