import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PortsupError } from '../../src/base/errors.js';
import type { CommandLine } from '../../src/cli/arguments.js';
import { momentOf, parseMoment } from '../../src/cli/moment.js';
import { localTime, shortTime } from '../../src/cli/time.js';

const now = new Date('2026-11-20T17:39:47.123Z');
const zone = process.env['TZ'];

// An hour before UTC in winter, two in summer.
beforeAll(() => {
  process.env['TZ'] = 'Europe/Berlin';
});
afterAll(() => {
  if (zone === undefined) delete process.env['TZ'];
  else process.env['TZ'] = zone;
});

const parsed = (text: string): string | undefined => parseMoment(text, now)?.toISOString();

const asked = (text: string): string | undefined => {
  const line: CommandLine = { command: undefined, options: new Map([['since', text]]), operands: [], passed: [] };
  return momentOf(line, 'since', now);
};

function mistake(text: string): PortsupError {
  try {
    asked(text);
  } catch (error) {
    if (error instanceof PortsupError) return error;
    throw error;
  }
  throw new Error(`accepted: ${text}`);
}

describe('a time on the command line', () => {
  it.each([
    ['10m', '2026-11-20T17:29:47.123Z'],
    ['90', '2026-11-20T17:38:17.123Z'],
    ['18:39', '2026-11-20T17:39:00.000Z'],
    ['8:05', '2026-11-20T07:05:00.000Z'],
    ['18:39:47', '2026-11-20T17:39:47.000Z'],
    ['18:39:47.123', '2026-11-20T17:39:47.123Z'],
    ['today', '2026-11-19T23:00:00.000Z'],
    ['yesterday', '2026-11-18T23:00:00.000Z'],
    ['2026-11-20', '2026-11-19T23:00:00.000Z'],
    ['2026-07-01 12:00', '2026-07-01T10:00:00.000Z'],
    ['2026-11-20 18:39:47', '2026-11-20T17:39:47.000Z'],
    ['2026-11-20 18:39:47.123', '2026-11-20T17:39:47.123Z'],
    ['2026-11-20T18:39:47', '2026-11-20T17:39:47.000Z'],
    ['2026-11-20T18:39:47Z', '2026-11-20T18:39:47.000Z'],
    ['2026-11-20T18:39:47.5+02:00', '2026-11-20T16:39:47.500Z'],
    ['2026-11-20 18:39+0200', '2026-11-20T16:39:00.000Z'],
    ['11-19 18:39:47', '2026-11-19T17:39:47.000Z'],
    ['@1795200000', '2026-11-20T18:40:00.000Z'],
    ['@1795200000.5', '2026-11-20T18:40:00.500Z'],
  ])('may be %s', (text, at) => {
    expect(parsed(text)).toBe(at);
    expect(asked(text)).toBe(at);
  });

  it('is what history and logs -t print', () => {
    for (const iso of ['2026-11-20T17:00:00.000Z', '2026-02-03T04:05:06.000Z', '2025-12-31T23:59:59.000Z', '2025-07-01T00:00:00.000Z']) {
      expect(parsed(localTime(iso))).toBe(iso);
      expect(parsed(shortTime(iso, now))).toBe(iso);
      expect(parsed(iso)).toBe(iso);
    }
  });

  it.each([
    'tomorrow',
    'web 7',
    '25:00',
    '18:60',
    '18:39Z',
    '2026-02-30',
    '2026-13-01 10:00',
    '2026-11-20 noon',
    '-5',
    '@',
    '@x',
    '@99999999999999',
  ])('is not %s', (text) => {
    expect(parsed(text)).toBeUndefined();
    expect(mistake(text)).toMatchObject({ code: 'USAGE', hint: expect.stringContaining('for example --since 10m') });
  });

  it('is not a bare Unix time: that has an "@"', () => {
    expect(mistake('1795200000')).toMatchObject({ code: 'USAGE', hint: 'a Unix time begins with "@": --since @1795200000' });
    expect(mistake('1795200000123').hint).toContain('--since @1795200000');
    expect(mistake('100000000').code).toBe('USAGE');
    expect(asked('99999999')).toBe('2023-09-20T07:53:08.123Z');
  });
});
