/** Gathers what comes one after the other, until it is quiet: whoever saves ten files wants one restart. */
import type { Clock, Millis } from '../../base/clock.js';

/** So long nothing must have come before all of it is told ... */
const QUIET_MS: Millis = 200;
/** ... but it is told this long after the first, even if there is no end of it. */
const LONGEST_MS: Millis = 2_000;

/** Things by name, each with what was said of it first. */
export class QuietPeriod<T> {
  private readonly clock: Clock;
  private readonly onQuiet: (gathered: ReadonlyMap<string, T>) => void;
  private gathered = new Map<string, T>();
  private firstAt: Millis | null = null;
  private cancel = (): void => undefined;

  constructor(clock: Clock, onQuiet: (gathered: ReadonlyMap<string, T>) => void) {
    this.clock = clock;
    this.onQuiet = onQuiet;
  }

  add(name: string, what: T): void {
    const now = this.clock.now();
    if (!this.gathered.has(name)) this.gathered.set(name, what);
    this.firstAt ??= now;
    this.cancel();
    this.cancel = this.clock.after(Math.min(QUIET_MS, this.firstAt + LONGEST_MS - now), () => {
      this.flush();
    });
  }

  /** What was gathered is told now, if there is anything. */
  flush(): void {
    const { gathered } = this;
    this.close();
    if (gathered.size > 0) this.onQuiet(gathered);
  }

  /** What was gathered is forgotten. */
  close(): void {
    this.cancel();
    this.gathered = new Map();
    this.firstAt = null;
  }
}
