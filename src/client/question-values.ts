/** Values of a program's questions, as the wire has them. */
import { PortsupError } from '../base/errors.js';

const DEFAULT_LINES = 50;

/** How many of the last are asked for; undefined: all. Where nobody says: 50, and all from a moment on. */
export function lastOf(lines: number | undefined, since: unknown): number | undefined {
  if (lines === Number.POSITIVE_INFINITY) return undefined;
  return lines ?? (since === undefined ? DEFAULT_LINES : undefined);
}

/**
 * A point in time as ISO 8601.
 *
 * @param name - of the option.
 * @throws {@link PortsupError} `USAGE` when it is none.
 */
export function timeOf(name: string, time: Date | string | undefined): string | undefined {
  if (time === undefined) return undefined;
  const date = new Date(time);
  if (Number.isNaN(date.getTime()))
    throw new PortsupError('USAGE', `${name} is no time: ${String(time)}`, 'give a Date, or a text of ISO 8601');
  return date.toISOString();
}
