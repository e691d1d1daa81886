import { systemClock } from '../base/system-clock.js';

let made = 0;

/** A text that no other asking of this home has. */
export function newToken(): string {
  made += 1;
  return `${process.pid}-${systemClock.wallTime(systemClock.now()).getTime()}-${made}`;
}
