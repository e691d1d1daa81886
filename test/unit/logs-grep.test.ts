import { describe, expect, it } from 'vitest';
import { type GrepQuery, grep } from '../../src/logs/grep.js';
import { manualClock } from '../helpers/manual-clock.js';

const LINES = ['GET /a 200', 'get /b 500', '\u001b[31mGET\u001b[0m /c 404', ''];

async function matches(query: Partial<GrepQuery>): Promise<readonly boolean[]> {
  const expression = await grep({ pattern: 'GET', ignoreCase: false, invert: false, ...query }, manualClock());
  try {
    return await expression.test(LINES);
  } finally {
    expression.close();
  }
}

describe('an expression for lines', () => {
  it('is plain text where nothing in it is special, and looks at lines without their colours', async () => {
    expect(await matches({})).toEqual([true, false, true, false]);
    expect(await matches({ pattern: 'GET /c' })).toEqual([false, false, true, false]);
    expect(await matches({ invert: true })).toEqual([false, true, false, true]);
  });

  it('is a regular expression else, with or without regard to case', async () => {
    expect(await matches({ pattern: '^GET .* [45]\\d\\d$' })).toEqual([false, false, true, false]);
    expect(await matches({ pattern: '^get', ignoreCase: true })).toEqual([true, true, true, false]);
    expect(await matches({ pattern: '^$', invert: true })).toEqual([true, true, true, false]);
  });

  it('is refused when it is none', async () => {
    await expect(matches({ pattern: '(' })).rejects.toMatchObject({ code: 'USAGE' });
  });

  it('that takes for ever is given up after a while, for all who wait for it and who come later', async () => {
    const clock = manualClock();
    const expression = await grep({ pattern: '^(a+)+$', ignoreCase: false, invert: false }, clock);
    const slow = [`${'a'.repeat(60)}!`];
    const waiting = [expression.test(slow), expression.test(LINES)].map((test) => expect(test).rejects.toMatchObject({ code: 'FAILED' }));
    clock.pass(5_000);
    await Promise.all(waiting);
    await expect(expression.test(LINES)).rejects.toMatchObject({ code: 'FAILED' });
    expect(clock.nextInMs()).toBeNull();
    expression.close();
  });
});
