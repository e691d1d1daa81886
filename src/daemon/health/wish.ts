import type { ServiceSpec } from '../../supervision/spec.js';
import type { ChannelWish } from '../port.js';

/** What a run of a service is to be given to tell something of itself with; null: nothing. Pure. */
export function wishOf({ ready, alive }: Pick<ServiceSpec, 'ready' | 'alive'>): ChannelWish | null {
  const fd = ready?.method.by === 'fd' ? ready.method.fd : null;
  const watchdogMs = alive?.method.by === 'notify' ? alive.intervalMs : null;
  const notify = watchdogMs !== null || ready?.method.by === 'notify' ? { watchdogMs } : null;
  return fd === null && notify === null ? null : { fd, notify };
}
