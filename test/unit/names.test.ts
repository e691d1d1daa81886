import { describe, expect, it } from 'vitest';
import { childPath, fileStem, isName, MAX_NAME_LENGTH } from '../../src/base/names.js';

const longest = (letter: string): string => letter.repeat(MAX_NAME_LENGTH);
const deep = (letter: string): string => [longest('a'), longest('b'), longest('c'), longest(letter)].reduce(childPath, '');

describe('the name of a file that belongs to a service', () => {
  it('is its path with dots, after the name of its application where that is given', () => {
    expect(fileStem('backend/db')).toBe('backend.db');
    expect(fileStem('shop', 'backend/db')).toBe('shop.backend.db');
  });

  it('is never longer than a file name may be, and still another one for each path', () => {
    expect(isName(longest('a'))).toBe(true);
    expect(fileStem('shop', deep('d')).length).toBeLessThan(240);
    expect(fileStem('shop', deep('d'))).not.toBe(fileStem('shop', deep('e')));
    expect(fileStem('shop', deep('d'))).toMatch(/^shop\.a+\.b+\.c+.*~[0-9a-f]{16}$/);
  });
});
