import { afterEach, describe, expect, it } from 'vitest';
import { readValues } from '../../src/daemon/value-file.js';
import { type ConfigFolder, configFolder } from '../helpers/config-folder.js';

let folder: ConfigFolder = configFolder({});

afterEach(() => folder.dispose());

const valueOf = (content: string | Uint8Array): string | undefined => {
  folder.dispose();
  folder = configFolder({ value: content });
  return readValues({ KEY: `${folder.path}/value` })['KEY'];
};

describe('a value that stands in a file', () => {
  it('is all of it, without one end of a line behind it', () => {
    for (const [content, value] of [
      ['x', 'x'],
      ['x y\n', 'x y'],
      ['x\r\n', 'x'],
      ['\nx\n\n', '\nx\n'],
      ['', ''],
    ] as const) {
      expect(valueOf(content)).toBe(value);
    }
  });

  it.each([
    ['it holds bytes that are no UTF-8', Buffer.from('hunter2\xe9', 'latin1')],
    ['it holds a NUL character', 'hunter2\0'],
    ['it has more than the 131072 bytes that a variable can have', 'hunter2'.repeat(20_000)],
  ])('is refused, and not told, where %s', (why, content) => {
    const failure = (() => {
      try {
        return valueOf(content);
      } catch (error) {
        return error;
      }
    })();
    expect(failure).toMatchObject({ code: 'START_FAILED', message: `cannot read the value of KEY from ${folder.path}/value: ${why}` });
    expect(JSON.stringify(failure)).not.toContain('hunter2');
  });
});
