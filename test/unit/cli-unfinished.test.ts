import { afterEach, describe, expect, it, vi } from 'vitest';
import { watchEnd } from '../../src/cli/unfinished.js';

const before = process.exitCode;

afterEach(() => {
  process.exitCode = before;
  vi.restoreAllMocks();
});

/** What a process that ends with this code would say, and the code it would really end with. */
function endWith(code: number): { readonly said: readonly unknown[]; readonly code: unknown } {
  const known = process.listeners('exit');
  const allowEnd = watchEnd();
  const ours = process.listeners('exit').find((listener) => !known.includes(listener));
  const stderr = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  process.exitCode = code;
  ours?.(code);
  allowEnd();
  expect(process.listeners('exit')).toEqual(known);
  return { said: stderr.mock.calls.map(([text]) => text), code: process.exitCode };
}

describe('a command line that ends before its command is done', () => {
  it('says so, and ends with 1 instead of 0', () => {
    expect(endWith(0)).toEqual({ said: [expect.stringMatching(/^error: the command ended before it was done\nhint: .*\n$/)], code: 1 });
  });

  it('says nothing more where it ends with another code', () => {
    expect(endWith(7)).toEqual({ said: [], code: 7 });
  });
});
