import { describe, expect, it } from 'vitest';
import { parseCommandLine } from '../../src/cli/arguments.js';
import { grammar } from '../../src/cli/command-list.js';
import { valueOfWord } from '../../src/cli/json-words.js';
import { problemOf, valueText } from '../../src/cli/render/call.js';
import type { CallDown, CallError } from '../../src/control/contract.js';

describe('the words of a call', () => {
  it.each([
    ['5', 5],
    ['-4', -4],
    ['0.5', 0.5],
    ['1e3', 1_000],
    ['true', true],
    ['null', null],
    ['"5"', '5'],
    ['{"a": [1]}', { a: [1] }],
    ['text', 'text'],
    ['two words', 'two words'],
    ['007', '007'],
    ['+5', '+5'],
    ['-.5', '-.5'],
    ['', ''],
    ['NaN', 'NaN'],
    ['{a: 1}', '{a: 1}'],
  ])('%s is what it can be read as', (word, value) => {
    expect(valueOfWord(word)).toEqual(value);
  });

  it.each(['9007199254740993', '-12345678901234567890', '1e999'])('%s is refused: it would arrive as another one', (word) => {
    expect(() => valueOfWord(word)).toThrow(`${word} is more than a number can be`);
  });

  it('that look like numbers are no options, those of other commands are', () => {
    const { operands, options } = parseCommandLine(['call', 'b', 'crunch', '-5', '-t', '2s', '4', '-1.5e3', '--json'], grammar);
    expect(operands).toEqual(['b', 'crunch', '-5', '4', '-1.5e3']);
    expect([...options]).toEqual([
      ['timeout', 2_000],
      ['json', true],
    ]);
    expect(parseCommandLine(['call', '-p', 'shop', 'b', 'm', '--', '-x', '--', '-5'], grammar).operands).toEqual([
      'b',
      'm',
      '-x',
      '--',
      '-5',
    ]);
    expect(() => parseCommandLine(['logs', '-5'], grammar)).toThrow('unknown option "-5"');
    expect(() => parseCommandLine(['call', 'b', 'm', '-x'], grammar)).toThrow('unknown option "-x"');
  });
});

const error = (fields: Partial<CallError>): CallError => ({
  outcome: 'reply',
  kind: 'error',
  reason: 'fault',
  message: 'no',
  code: null,
  data: null,
  ...fields,
});
const down = (fields: Partial<CallDown>): CallDown => ({
  outcome: 'down',
  cause: 'exit code 1',
  exit: null,
  run: 1,
  pid: 7,
  comesBack: true,
  hint: 'it is being started again',
  ...fields,
});

describe('what came of a call, in words:', () => {
  it.each([
    [error({ code: 1 }), 'a: no (fault 1)'],
    [error({}), 'a: no'],
    [error({ reason: 'status', message: 'HTTP 404 Not Found', code: 404 }), 'a answered with HTTP 404 Not Found'],
    [error({ reason: 'unreadable', message: 'its answer cannot be read: x' }), 'a: its answer cannot be read: x'],
    [error({ reason: 'connection', message: 'connection refused' }), 'a runs, but cannot be called: connection refused'],
    [down({}), 'a went down during the call: exit code 1'],
    [down({ pid: null, cause: 'noproc: stopped by hand' }), 'a is not running (noproc): stopped by hand'],
    [{ outcome: 'timeout', afterMs: 5_000, run: 1 } as const, 'no answer from a within 5s; it goes on with what it does'],
    [{ outcome: 'timeout', afterMs: 5_000, run: null } as const, 'a was not up within 5s'],
    [{ outcome: 'timeout', afterMs: 1_500, run: 1 } as const, 'no answer from a within 1.5s; it goes on with what it does'],
    [{ outcome: 'timeout', afterMs: 90_000, run: 1 } as const, 'no answer from a within 1m 30s; it goes on with what it does'],
  ])('%j', (outcome, message) => {
    expect(problemOf(outcome, 'a')?.message).toBe(message);
  });

  it('says whether it comes back', () => {
    expect(problemOf(down({}), 'a')?.hint).toBe('it is being started again; "portsup history a" tells more');
    const hint = 'the next call starts it';
    expect(problemOf(down({ comesBack: false, hint }), 'a')?.hint).toBe(`${hint}; "portsup history a" tells more`);
    expect(problemOf(down({ pid: null, comesBack: false, hint }), 'a')?.hint).toBe(hint);
  });

  it('a value is none of these', () => {
    expect(problemOf({ outcome: 'reply', kind: 'value', value: null }, 'a')).toBeNull();
    expect(valueText('a\nb\n', undefined)).toBe('a\nb');
    expect(valueText([1, 'a', null], undefined)).toBe('[1,"a",null]');
    expect(valueText(null, 2)).toBe('null');
  });
});
