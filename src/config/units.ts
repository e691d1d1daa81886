/** Numbers of values as people write them, which the schema has checked: what is none here is a bug. */
import { parseDuration } from '../base/duration.js';
import { parseSize } from '../base/size.js';

/** Milliseconds of a checked duration. */
export function toMs(value: string | number): number {
  const ms = parseDuration(value);
  if (ms === undefined) throw new Error(`unchecked duration: ${value}`);
  return Math.round(ms);
}

/** Bytes of a checked size. */
export function toBytes(value: string | number): number {
  const bytes = parseSize(value);
  if (bytes === undefined) throw new Error(`unchecked size: ${value}`);
  return bytes;
}
