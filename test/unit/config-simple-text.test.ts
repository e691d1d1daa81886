import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readSimpleText } from '../../src/config/simple-text.js';
import { readYaml } from '../../src/config/yaml-source.js';

describe('the fast reader', () => {
  const scalar = fc.constantFrom(
    'x',
    'a b',
    '12',
    '0',
    '007',
    '1.10',
    '1e3',
    'true',
    'True',
    'null',
    '~',
    'yes',
    '"q # r"',
    "'s'",
    "''",
    '"e\\n"',
    'a: b',
    'a:',
    'a #c',
    'a#c',
    'http://h:1/x',
    './x -y --z=1',
    '.5',
    '-1',
    '-',
    '- x',
    '0x1f',
    '0o7',
    '.inf',
    'a, b',
    '{a: 1, b: [x, "y z"]}',
    '{ }',
    '[]',
    '[a b, 1, 2.0]',
    '[a:b]',
    '{a: 1}x',
    '{a: {b: [c, {d: e}]}}  # end',
    '*x',
    '&x y',
    '!t y',
    '|',
    '# c',
    '',
    'x"y"',
    '@x',
    '`x`',
    '%x',
    'é',
    '1 2',
    '1_000',
    '+1',
    '12:30',
    '2020-01-01',
    '[a, a]',
    '{a: 1, a: 2}',
    '{x}',
    '{a:1}',
    '{"a":1}',
    '[a # b]',
    "'it''s'",
  );
  const line = fc.record({
    indent: fc.nat(4),
    key: fc.constantFrom('a', 'b', 'c', 'null', 'true', 'x-y', 'y', '1', '-', 'a b', '"q"', '<<'),
    value: scalar,
    gap: fc.constantFrom(' ', '  ', ''),
  });
  const yamlText = fc
    .array(line, { maxLength: 7 })
    .map((lines) =>
      lines.map(({ indent, key, value, gap }) => `${' '.repeat(indent)}${key === '-' ? '- ' : `${key}:${gap}`}${value}`).join('\n'),
    );
  const jsonText = fc
    .tuple(fc.dictionary(fc.string({ maxLength: 3 }), fc.jsonValue({ maxDepth: 2 })), fc.constantFrom(undefined, 2, '\t'))
    .map(([value, space]) => JSON.stringify(value, null, space));

  it('reads what it reads exactly as the full reader does', () => {
    let simple = 0;
    fc.assert(
      fc.property(fc.oneof(yamlText, jsonText), (text) => {
        const fast = readSimpleText(text);
        if (fast === undefined) return;
        simple += 1;
        const full = readYaml(text);
        expect(full.problems, text).toEqual([]);
        expect(fast, text).toEqual(full.value);
      }),
      { numRuns: 6_000 },
    );
    expect(simple).toBeGreaterThan(100);
  });

  it('reads the usual file', () => {
    const text = `# a comment\nname: shop\nservices:\n  # another\n  db:\n    command: postgres -D data   # why\n    env: { PORT: 5432, URL: "http://x:1/y" }\n    success_exit_codes: [1, 2]\n  list:\n    command:\n      - node\n      - 'a b'\n`;
    expect(readSimpleText(text)).toEqual({
      name: 'shop',
      services: {
        db: { command: 'postgres -D data', env: { PORT: 5432, URL: 'http://x:1/y' }, success_exit_codes: [1, 2] },
        list: { command: ['node', 'a b'] },
      },
    });
  });
});
