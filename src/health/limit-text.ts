import type { Millis } from '../base/clock.js';
import { formatDuration } from '../base/duration.js';

/** A limit for eyes: exact where it is short, as people set it. Pure. */
export const limitText = (limitMs: Millis): string =>
  limitMs > 1_000 && limitMs < 60_000 && limitMs % 1_000 !== 0 ? `${Number((limitMs / 1_000).toFixed(2))}s` : formatDuration(limitMs);

/** A measured time for eyes: milliseconds below a second, tenths of seconds below a minute, never more than it was. Pure. */
export const spanText = (spanMs: Millis): string => limitText(spanMs < 1_000 ? spanMs : Math.floor(spanMs / 100) * 100);
