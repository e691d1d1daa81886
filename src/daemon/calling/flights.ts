/** Which calls are under way: how many there may be, and which services are being called. */
import type { Clock } from '../../base/clock.js';
import { PortsupError } from '../../base/errors.js';
import { LineWriter } from '../../ports/line-writer.js';
import { createSignal } from '../signal.js';

/** What calls have in common. */
export interface Calls {
  readonly flights: Flights;
  /** Writes what is asked to the standard inputs of those that are called by lines. */
  readonly lines: LineWriter;
}

/** No call is under way. */
export const openCalls = (clock: Clock): Calls => ({ flights: new Flights(), lines: new LineWriter(clock) });

/** A service that does not answer must not take all calls there may be. */
const MOST_OF_ONE = 64;
/** Each has a connection to its caller and one to its service. */
const MOST = 512;

/** A service. */
interface Callee {
  readonly app: string;
  readonly path: string;
}

/** Counts the calls that are under way. */
class Flights {
  readonly #counts = new Map<string, number>();
  #total = 0;
  /** Told of each service whose first call has begun, or whose last has ended. */
  readonly changed = createSignal<Callee>();

  /**
   * Counts one more; the returned function ends it.
   *
   * @throws {@link PortsupError} `FAILED` when there are too many.
   */
  begin(callee: Callee): () => void {
    const key = keyOf(callee);
    const count = this.#counts.get(key) ?? 0;
    if (count >= MOST_OF_ONE) throw tooMany(`${count} calls of ${callee.path} are waiting for an answer already`);
    if (this.#total >= MOST) throw tooMany(`${this.#total} calls are waiting for an answer already`);
    this.#change(callee, 1);
    return () => this.#change(callee, -1);
  }

  /** Is this service being called? */
  isUnderWay(callee: Callee): boolean {
    return this.#counts.has(keyOf(callee));
  }

  #change(callee: Callee, by: 1 | -1): void {
    const key = keyOf(callee);
    const count = (this.#counts.get(key) ?? 0) + by;
    this.#total += by;
    if (count === 0) this.#counts.delete(key);
    else this.#counts.set(key, count);
    if (count === 0 || (count === 1 && by === 1)) this.changed.emit(callee);
  }
}

const keyOf = ({ app, path }: Callee): string => `${app}:${path}`;

const tooMany = (message: string): PortsupError =>
  new PortsupError('FAILED', message, 'try again when some of them are over; those that wait too long want a shorter -t');
