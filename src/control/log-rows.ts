/** What `logs` tells, as it goes over the wire. */

/** One line of `logs --json`. */
export interface LogLine {
  readonly at: string;
  readonly app: string;
  readonly path: string;
  readonly run: number;
  readonly stream: 'out' | 'err';
  readonly text: string;
}

/** What `logs --flush` deleted, of how many services. */
export interface Flushed {
  readonly services: number;
  readonly parts: number;
  readonly bytes: number;
}
