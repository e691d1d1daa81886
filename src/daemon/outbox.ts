import type { KeeperOrder, MemoryChange } from '../keeper/protocol.js';

/** Orders that a batch may hold. */
export type Order = Exclude<KeeperOrder, { do: 'batch' | 'goodbye' | 'succeed' }>;

/**
 * What goes to the keeper. Everything that one event of supervision leads to, with what the keeper is to remember of it, is one
 * message: should we die, the next daemon finds either both or neither.
 */
export interface Outbox {
  /** An order: goes with the batch that is being gathered, else at once. */
  order(order: Order): void;
  /** Something to remember: goes with the batch that is being gathered, else with the next. */
  remember(changes: readonly MemoryChange[]): void;
  /**
   * Gathers what `action` orders and remembers, and sends it. Should `action` throw, nothing of it is sent: what the keeper
   * remembers is then what it was ordered.
   */
  gather(action: () => void): void;
}

/** @param send - passes a message to the keeper. */
export function createOutbox(send: (order: KeeperOrder) => void): Outbox {
  let changes: MemoryChange[] = [];
  let batch: Order[] | null = null;

  function flush(orders: readonly Order[]): void {
    const remember = changes;
    changes = [];
    if (remember.length > 0 || orders.length > 0) send({ do: 'batch', remember, orders });
  }

  return {
    order: (order) => {
      if (batch) batch.push(order);
      else send(order);
    },
    remember: (more) => {
      changes.push(...more);
    },
    gather: (action) => {
      const orders: Order[] = [];
      batch = orders;
      try {
        action();
      } catch (error) {
        changes = [];
        throw error;
      } finally {
        batch = null;
      }
      flush(orders);
    },
  };
}
