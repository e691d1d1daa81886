/** Ends runs whose processes together take more memory than their `max_memory`. Nothing is looked at where nothing has a limit. */
import type { Clock, Millis } from '../../base/clock.js';
import { messageOf } from '../../base/errors.js';
import { openUsage, type UsageReader } from '../../ports/usage.js';
import type { Service } from '../../supervision/tree.js';
import type { Conditions } from '../conditions.js';
import type { Runtime } from '../runtime.js';
import { usageNow } from '../usage-now.js';
import { type Placed, pidOf } from '../view.js';
import { judge, type Sample, type Suspects } from './memory-limit.js';

/** One look at all processes of the machine is enough for any number of services. */
const LOOK_MS: Millis = 5_000;
/** What was found to be too much is looked at again this soon. */
const AGAIN_MS: Millis = 1_000;

export interface MemoryOptions {
  readonly clock: Clock;
  readonly runtime: Pick<Runtime, 'post'>;
  readonly conditions: Conditions;
  /** The services as they are now. */
  readonly services: () => readonly Placed<Service>[];
  readonly warn: (message: string) => void;
}

/** Owns the timer; after `close` there is none. */
export class MemoryTrigger {
  private readonly options: MemoryOptions;
  /** Of its own: whoever asks for CPU has it since the previous look. */
  private readonly usage: UsageReader;
  private suspects: Suspects = new Set();
  private cancel: (() => void) | null = null;
  private isLooking = false;
  private isNeeded = false;

  constructor(options: MemoryOptions) {
    this.options = options;
    this.usage = openUsage(options.clock);
  }

  /** These services are all there are. */
  plan(services: readonly Placed<Service>[]): void {
    this.isNeeded = services.some(({ node }) => node.spec.maxMemoryBytes !== null);
    if (!this.isNeeded) this.cancel?.();
    if (!this.isNeeded) this.cancel = null;
    else if (this.cancel === null && !this.isLooking) this.arm(LOOK_MS);
  }

  close(): void {
    this.plan([]);
  }

  private arm(delayMs: Millis): void {
    this.cancel = this.options.clock.after(delayMs, () => {
      this.cancel = null;
      // What fails is told, and the next look comes.
      void this.look();
    });
  }

  private async look(): Promise<void> {
    this.isLooking = true;
    try {
      const { exceeded, suspects } = judge(this.suspects, await this.samples());
      this.suspects = suspects;
      if (this.isNeeded)
        for (const { app, path, run, bytes } of exceeded) this.options.runtime.post({ type: 'memory-exceeded', app, path, run, bytes });
    } catch (error) {
      this.options.warn(`the memory of services cannot be looked at: ${messageOf(error)}`);
    }
    this.isLooking = false;
    if (this.isNeeded) this.arm(this.suspects.size > 0 ? AGAIN_MS : LOOK_MS);
  }

  private async samples(): Promise<readonly Sample[]> {
    const limited = this.options.services().flatMap((place) => {
      const { state, spec, run } = place.node;
      const pid = state.phase === 'running' ? pidOf(place.node) : null;
      return pid === null || spec.maxMemoryBytes === null ? [] : [{ ...place, run, pid, limitBytes: spec.maxMemoryBytes }];
    });
    const used = await usageNow(
      { usage: this.usage, conditions: this.options.conditions },
      limited.map(({ pid }) => pid),
    );
    return limited.map(({ app, path, run, pid, limitBytes }) => ({ app, path, run, limitBytes, bytes: used.get(pid)?.memoryBytes ?? 0 }));
  }
}
