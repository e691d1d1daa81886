import { beforeEach, describe, expect, it } from 'vitest';
import { createOutbox, type Order, type Outbox } from '../../src/daemon/outbox.js';
import type { KeeperOrder } from '../../src/keeper/protocol.js';

let sent: KeeperOrder[];
let outbox: Outbox;

beforeEach(() => {
  sent = [];
  outbox = createOutbox((order) => {
    sent.push(order);
  });
});

const signal = (run: number): Order => ({ do: 'signal', key: 'shop:a', run, signal: 'SIGTERM' });

describe('the outbox', () => {
  it('sends everything of one event as one message, with what is to be remembered of it', () => {
    outbox.gather(() => {
      outbox.order(signal(1));
      outbox.remember([['node shop:a', '1']]);
      outbox.order(signal(2));
      outbox.remember([['node shop:b', null]]);
      expect(sent).toEqual([]);
    });
    expect(sent).toEqual([
      {
        do: 'batch',
        remember: [
          ['node shop:a', '1'],
          ['node shop:b', null],
        ],
        orders: [signal(1), signal(2)],
      },
    ]);
  });

  it('sends an order that no event is behind at once and alone', () => {
    outbox.order(signal(1));
    expect(sent).toEqual([signal(1)]);
  });

  it('sends what is to be remembered beforehand with the next event', () => {
    outbox.remember([['app shop:', '{}']]);
    expect(sent).toEqual([]);
    outbox.gather(() => outbox.order(signal(1)));
    expect(sent).toEqual([{ do: 'batch', remember: [['app shop:', '{}']], orders: [signal(1)] }]);
  });

  it('sends each thing once', () => {
    outbox.gather(() => outbox.remember([['node shop:a', '1']]));
    outbox.gather(() => outbox.order(signal(1)));
    expect(sent).toEqual([
      { do: 'batch', remember: [['node shop:a', '1']], orders: [] },
      { do: 'batch', remember: [], orders: [signal(1)] },
    ]);
  });

  it('sends nothing where there is nothing to say', () => {
    outbox.gather(() => undefined);
    expect(sent).toEqual([]);
  });

  it('sends nothing of an event that failed: its orders would be remembered and not given, or given and not remembered', () => {
    const fail = (): void =>
      outbox.gather(() => {
        outbox.remember([['node shop:a', '1']]);
        outbox.order(signal(1));
        throw new Error('a bug');
      });
    expect(fail).toThrow('a bug');
    expect(sent).toEqual([]);
    outbox.gather(() => outbox.order(signal(2)));
    expect(sent).toEqual([{ do: 'batch', remember: [], orders: [signal(2)] }]);
  });
});
