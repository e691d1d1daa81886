const UNITS = ['b', 'kb', 'mb', 'gb', 'tb'] as const;
const SIZE = /^(\d+(?:\.\d+)?) *(b|kb|mb|gb|tb)?$/;

/**
 * Bytes of a size as people write it: `4096` (bytes), `"512kb"`, `"10 MB"`, `"1.5gb"`; units are powers of 1024, in any case.
 * Rounded to whole bytes. Undefined when it is no size (negative, empty, unknown unit, more than 2^53).
 */
export function parseSize(value: unknown): number | undefined {
  if (typeof value !== 'number' && typeof value !== 'string') return undefined;
  const [, amount, unit = 'b'] = SIZE.exec(String(value).trim().toLowerCase()) ?? [];
  const bytes = Math.round(Number(amount) * 1024 ** UNITS.findIndex((name) => name === unit));
  return Number.isSafeInteger(bytes) ? bytes : undefined;
}

/** A size for eyes: "812 B", "4.2 MB". */
export function formatSize(bytes: number): string {
  let amount = bytes;
  let index = 0;
  while (amount >= 1024 && index < UNITS.length - 1) {
    amount /= 1024;
    index += 1;
  }
  return `${index === 0 || amount >= 100 ? Math.round(amount) : amount.toFixed(1)} ${UNITS[index]?.toUpperCase() ?? ''}`;
}
