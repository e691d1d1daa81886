import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { splitCommand } from '../../src/config/command.js';

const words = (line: string): readonly string[] | string => {
  const split = splitCommand(line);
  return split.ok ? split.words : split.found;
};

describe('splitting a command line', () => {
  it.each([
    ['node web.js', ['node', 'web.js']],
    ['  a \t b\nc  ', ['a', 'b', 'c']],
    [`a 'b  c' "d e" f\\ g`, ['a', 'b  c', 'd e', 'f g']],
    [`'' "" x`, ['', '', 'x']],
    [`--name='a b'c"d"`, ['--name=a bcd']],
    // A dollar behind a backslash is for `interpolate` to leave alone.
    ['"a \\"b\\" \\\\ \\$x \\n" \\${A}', ['a "b" \\ $$x \\n', '$${A}']],
    ['${A:-a b} "x${B:?no "quote}y" \'${C}\' ${A:-{"a": 1}}', ['${A:-a b}', 'x${B:?no "quote}y', '${C}', '${A:-{"a": 1}}']],
    [`'a\\b'`, ['a\\b']],
    ['a\\\nb \\\n c', ['ab', 'c']],
    [
      'echo $HOME ${X} $(id) `id` * ~ # {a,b} | & ; < > %s',
      ['echo', '$HOME', '${X}', '$(id)', '`id`', '*', '~', '#', '{a,b}', '|', '&', ';', '<', '>', '%s'],
    ],
    ['', []],
  ])('makes of %j the words %j', (line, expected) => {
    expect(words(line)).toEqual(expected);
  });

  it.each([
    [`a 'b`, 'an unclosed single quote at character 3'],
    [`a "b\\"`, 'an unclosed double quote at character 3'],
    ['a \\', 'a backslash at the end'],
  ])('refuses %j', (line, found) => {
    expect(words(line)).toBe(found);
  });

  it('gives back any words that were quoted as a shell wants them', () => {
    const quote = (word: string): string => `'${word.replaceAll("'", `'\\''`)}'`;
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary' })), (list) => {
        expect(words(list.map(quote).join(' '))).toEqual(list);
      }),
    );
  });
});
