/** What runs say of themselves, over the deaths of daemons. */
import { beforeEach, describe, expect, it } from 'vitest';
import { SaidMemory } from '../../src/daemon/health/said-memory.js';
import { createOutbox } from '../../src/daemon/outbox.js';
import { type ManualClock, manualClock } from '../helpers/manual-clock.js';

const run = (number: number, path = 'web') => ({ app: 'shop', path, run: number });
const stopping = { status: null, isStopping: true };
const says = (status: string) => ({ status, isStopping: false });

let clock: ManualClock;
/** What the keeper holds. */
let memory: Map<string, string>;
let writes: number;
let said: SaidMemory;

/** As of a daemon that has just begun: it knows what the keeper holds, and nothing of the one before. */
function nextDaemon(): SaidMemory {
  const outbox = createOutbox((order) => {
    if (order.do !== 'batch') return;
    writes += 1;
    for (const [key, text] of order.remember) {
      if (text === null) memory.delete(key);
      else memory.set(key, text);
    }
  });
  const next = new SaidMemory({ clock, outbox });
  next.restore([...memory]);
  return next;
}

beforeEach(() => {
  clock = manualClock();
  memory = new Map([['node shop:web', '{}']]);
  writes = 0;
  said = nextDaemon();
});

describe('what a run has said', () => {
  it('is known to the next daemon, and to the one after that', () => {
    said.hear(run(1), says('winding down'));
    said.hear(run(1), stopping);
    clock.pass(0);
    said = nextDaemon();
    expect(said.of(run(1))).toEqual({ status: 'winding down', isStopping: true });
    said.hear(run(1), says('nearly done'));
    clock.pass(0);
    expect(nextDaemon().of(run(1))).toEqual({ status: 'nearly done', isStopping: true });
  });

  it('is not said of another run or another service', () => {
    said.hear(run(1), says('serving'));
    for (const name of [run(2), run(1, 'db')]) expect(said.of(name)).toEqual({ status: null, isStopping: false });
    said.hear(run(2), stopping);
    clock.pass(0);
    expect(nextDaemon().of(run(2))).toEqual({ status: null, isStopping: true });
    expect(nextDaemon().of(run(1)).isStopping).toBe(false);
  });

  it('is forgotten with its run, also by the keeper', () => {
    said.hear(run(1), stopping);
    clock.pass(0);
    said.end(run(1));
    clock.pass(0);
    expect(said.of(run(1)).isStopping).toBe(false);
    expect([...memory.keys()]).toEqual(['node shop:web']);
  });

  it('is forgotten where the run has ended with its daemon', () => {
    said.hear(run(1), stopping);
    said.hear(run(1, 'db'), stopping);
    clock.pass(0);
    said = nextDaemon();
    said.prune(({ path }) => path === 'db');
    clock.pass(0);
    expect(said.of(run(1)).isStopping).toBe(false);
    expect(nextDaemon().of(run(1, 'db')).isStopping).toBe(true);
    expect(memory.size).toBe(2);
  });

  it('costs the keeper a few writes, though it is said a thousand times', () => {
    for (let number = 1; number <= 1_000; number += 1) {
      said.hear(run(1), says(`request ${number}`));
      clock.pass(3);
    }
    expect(writes).toBeLessThanOrEqual(4);
    clock.pass(1_000);
    expect(nextDaemon().of(run(1)).status).toBe('request 1000');
  });

  it('goes to the keeper when the daemon is asked to end, to the last word', () => {
    said.hear(run(1), says('one'));
    said.hear(run(1), says('two'));
    said.close();
    clock.pass(0);
    expect(nextDaemon().of(run(1)).status).toBe('two');
    expect(clock.nextInMs()).toBeNull();
  });
});
