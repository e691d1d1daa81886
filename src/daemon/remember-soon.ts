import type { Clock } from '../base/clock.js';
import type { MemoryChange } from '../keeper/protocol.js';
import type { Outbox } from './outbox.js';

/** What a memory of what happens outside of supervision needs. */
export interface RememberSoonOptions {
  readonly clock: Clock;
  readonly outbox: Pick<Outbox, 'remember' | 'gather'>;
}

/** Has something remembered with what follows from the same event of supervision; what follows from none goes by itself, soon. */
export function rememberSoon({ clock, outbox }: RememberSoonOptions): (changes: readonly MemoryChange[]) => void {
  let isComing = false;
  return (changes) => {
    outbox.remember(changes);
    if (isComing) return;
    isComing = true;
    // Not now: a batch may be being gathered, and it must stay one.
    clock.after(0, () => {
      isComing = false;
      outbox.gather(() => undefined);
    });
  };
}
