/** Values of a program's questions, as the wire has them. */
import { PortsupError } from '../base/errors.js';

const DEFAULT_LINES = 50;

/** How many of the last; undefined: all. */
export const lastOf = (lines: number = DEFAULT_LINES): number | undefined => (lines === Number.POSITIVE_INFINITY ? undefined : lines);

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
