/** Values that fields of several kinds have in common, each with the text that a message puts after "expected". */
import * as z from 'zod/mini';
import { parseDuration } from '../base/duration.js';
import { parseSize } from '../base/size.js';

// One validation per process: compiling validators costs more than it saves.
z.config({ jitless: true });

/** What a duration must be. */
export const DURATION = 'a duration such as 10 (seconds), "10s", "500ms" or "1m30s"';
const COUNT = 'an integer, 0 or more';
const COUNT_FROM_1 = 'an integer, 1 or more';
const POSITIVE_DURATION = `${DURATION}, at least 1ms`;
const COMMAND = 'a command line, or a list of texts and numbers';

/** A duration, for whoever can only be told by a pattern; numbers are seconds. */
export const DURATION_PATTERN = '\\s*(\\d+(\\.\\d+)?|(\\d+(\\.\\d+)?(ms|s|m|h|d))+)\\s*';
/** A digit that is not 0 comes: what follows is more than nothing. */
const POSITIVE_PATTERN = '(?=.*[1-9])';

/** Milliseconds of a duration; -1 for what is none, or longer than can be counted. */
export const durationMs = (value: unknown): number => {
  const ms = parseDuration(value) ?? -1;
  return ms <= Number.MAX_SAFE_INTEGER ? ms : -1;
};

/** Can this text be given to the system? */
export const hasNoNul = (text: string): boolean => !text.includes('\0');

/** Text that can be given to the system, and is some. */
export const textOf = (expected: string): z.ZodMiniString<string> =>
  z.string(expected).check(
    z.refine((value) => value !== '' && hasNoNul(value), expected),
    z.meta({ pattern: '^[^\\u0000]+$' }),
  );

/** True or false. */
export const flag = z.boolean('true or false');

/** How many. */
export const count = z.number(COUNT).check(
  z.refine((value) => Number.isSafeInteger(value) && value >= 0, COUNT),
  z.meta({ type: 'integer', minimum: 0 }),
);

/** How many, and at least one. */
export const countFrom1 = z.number(COUNT_FROM_1).check(
  z.refine((value) => Number.isSafeInteger(value) && value >= 1, COUNT_FROM_1),
  z.meta({ type: 'integer', minimum: 1 }),
);

/** A duration that is longer than nothing. */
export const positiveDuration = z.union([z.number(), z.string()], POSITIVE_DURATION).check(
  z.refine((value) => durationMs(value) >= 1, POSITIVE_DURATION),
  z.meta({ pattern: `^${POSITIVE_PATTERN}${DURATION_PATTERN}$`, minimum: 0.001 }),
);

/** A duration that may be nothing. */
export const anyDuration = z.union([z.number(), z.string()], DURATION).check(
  z.refine((value) => durationMs(value) >= 0, DURATION),
  z.meta({ pattern: `^${DURATION_PATTERN}$`, minimum: 0 }),
);

/** A program with its arguments; what is in it is `rules.ts`'s business. */
export const command = z.union([z.string(), z.array(z.union([z.string(), z.number()], 'text or a number'), COMMAND)], COMMAND);

/** An amount of bytes as people write it, not below `least`. */
export function sizeOf(least: string): z.ZodMiniUnion<readonly [z.ZodMiniNumber<number>, z.ZodMiniString<string>]> {
  const expected = `a size such as 65536 (bytes), "512kb", "10mb" or "1.5gb", at least ${least}`;
  const minBytes = parseSize(least) ?? 0;
  return z.union([z.number(), z.string()], expected).check(
    z.refine((value) => (parseSize(value) ?? -1) >= minBytes, expected),
    z.meta({ pattern: `^${sizePattern(minBytes)}$`, minimum: minBytes }),
  );
}

const SIZE_UNITS = ['[bB]?', '[kK][bB]', '[mM][bB]', '[gG][bB]', '[tT][bB]'];

/** A size of at least so many bytes, for whoever can only be told by a pattern. It takes too much where the least is a fraction of the unit. */
export function sizePattern(minBytes: number): string {
  const units = SIZE_UNITS.map((unit, power) => {
    const least = Math.floor(minBytes / 1024 ** power);
    const isFraction = least === 0 && minBytes > 0;
    return `${isFraction ? POSITIVE_PATTERN : ''}${wholePattern(least)}(\\.\\d+)? *${unit}`;
  });
  return `\\s*(${units.join('|')})\\s*`;
}

/** A whole number of at least this much: one with more digits, or of as many with a greater one first. */
function wholePattern(least: number): string {
  if (least === 0) return '\\d+';
  const digits = String(least);
  const greater = digits
    .split('')
    .flatMap((digit, index) =>
      digit === '9' ? [] : [`${digits.slice(0, index)}[${Number(digit) + 1}-9]\\d{${digits.length - index - 1}}`],
    );
  return `0*(${[`[1-9]\\d{${digits.length},}`, ...greater, digits].join('|')})`;
}
