import { describe, expect, it } from 'vitest';
import { formatSize, parseSize } from '../../src/base/size.js';

describe('a size', () => {
  it.each([
    [0, 0],
    [4096, 4_096],
    ['4096', 4_096],
    ['12b', 12],
    ['512kb', 524_288],
    ['10MB', 10_485_760],
    [' 10 Mb ', 10_485_760],
    ['1.5gb', 1_610_612_736],
    ['2tb', 2_199_023_255_552],
    ['0.3kb', 307],
  ])('is read from %j', (written, bytes) => {
    expect(parseSize(written)).toBe(bytes);
  });

  it.each(['', 'mb', '-1', '-1kb', '1 0kb', '1kib', '10m', '1,5mb', '1e3', '.5kb', '5.kb', '9000tb0', '9999999tb', 'none'])(
    'is not %j',
    (written) => {
      expect(parseSize(written)).toBeUndefined();
    },
  );

  it.each([-1, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53, true, null, undefined, ['1kb'], {}])('is not the value %j', (value) => {
    expect(parseSize(value)).toBeUndefined();
  });

  it('is shown in the largest unit, and can be read again', () => {
    expect([812, 4_404_019, 1_073_741_824].map(formatSize)).toEqual(['812 B', '4.2 MB', '1.0 GB']);
    expect(parseSize(formatSize(10_485_760))).toBe(10_485_760);
  });
});
