/** Milliseconds: of the monotonic clock where it is a point in time, a plain amount where it is a length. */
export type Millis = number;

/**
 * The only source of time. Points are milliseconds of the system's monotonic clock (counted from boot, so
 * they can be compared between processes of one boot); wall time is for eyes only, never for decisions.
 */
export interface Clock {
  /** Now, on the monotonic clock. */
  now(): Millis;
  /** Wall time of a monotonic point, by the offset between the two clocks as it is now. */
  wallTime(at: Millis): Date;
  /** Calls `action` once after `delayMs` (0 or less: soon); the returned function cancels it. */
  after(delayMs: Millis, action: () => void): () => void;
}
