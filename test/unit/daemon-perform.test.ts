import { expect, it } from 'vitest';
import { createOutbox } from '../../src/daemon/outbox.js';
import { createPerform, type PerformOptions } from '../../src/daemon/perform.js';
import { createRuntime } from '../../src/daemon/runtime.js';
import type { KeeperOrder } from '../../src/keeper/protocol.js';
import { manualClock } from '../helpers/manual-clock.js';
import { root } from '../helpers/specs.js';

it('an exception in what follows from an event ends the daemon: nothing of the event is ordered, and who asked hears of it', () => {
  const sent: KeeperOrder[] = [];
  const bugs: unknown[] = [];
  const clock = manualClock();
  const bug = new Error('a bug');
  const ports: PerformOptions['ports'] = {
    spawn: () => {
      throw bug;
    },
    refuse: () => undefined,
    hurry: () => undefined,
    signal: () => undefined,
    closeStdin: () => undefined,
    forget: () => undefined,
    planLogs: () => undefined,
    keepLog: () => undefined,
  };
  const outbox = createOutbox((order) => sent.push(order));
  const nothing = (): void => undefined;
  const alarms = { onReport: nothing, onForget: nothing };
  const perform = createPerform({ ports, apps: new Map(), outbox, clock, record: nothing, onSpecs: nothing, alarms }, (error) =>
    bugs.push(error),
  );
  const runtime = createRuntime(clock, perform);
  expect(() => runtime.post({ type: 'apply', app: 'shop', root: root(['a']), names: [], recreate: false })).toThrow(bug);
  expect(bugs).toEqual([bug]);
  expect(sent).toEqual([]);
});
