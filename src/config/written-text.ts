/** Values as people write them in a configuration. */

const UNITS: readonly (readonly [number, string])[] = [
  [86_400_000, 'd'],
  [3_600_000, 'h'],
  [60_000, 'm'],
  [1_000, 's'],
  [1, 'ms'],
];

/** Exact, unlike `formatDuration`, and without spaces, so that it can be read back: `1m30s`. */
export function durationText(durationMs: number): string {
  let rest = durationMs;
  let text = '';
  for (const [size, unit] of UNITS) {
    const amount = Math.floor(rest / size);
    if (amount > 0) text += `${amount}${unit}`;
    rest -= amount * size;
  }
  return text === '' ? '0s' : text;
}

/** A text that means itself where variables are put in. */
export const literal = (text: string): string => text.replaceAll('$', '$$$$');
