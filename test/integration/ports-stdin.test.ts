import { execFileSync } from 'node:child_process';
import { closeSync, constants, openSync, readSync } from 'node:fs';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { writeLine } from '../../src/ports/stdin.js';
import { temporaryHome } from '../helpers/home.js';

const home = temporaryHome();
const fifo = home.path('in');
let reader: number | undefined;

afterAll(() => home.dispose());
execFileSync('mkfifo', [fifo]);
beforeEach(() => {
  reader = openSync(fifo, constants.O_RDONLY | constants.O_NONBLOCK);
});
afterEach(stopReading);

function stopReading(): void {
  if (reader !== undefined) closeSync(reader);
  reader = undefined;
}

function readAll(): string {
  const buffer = Buffer.alloc(1_000_000);
  return buffer.toString('utf8', 0, readSync(reader ?? -1, buffer));
}

describe('writeLine', () => {
  it('writes the text and a newline, unchanged', () => {
    writeLine(fifo, 'ü "$HOME" %s\t\'');
    writeLine(fifo, '');
    expect(readAll()).toBe('ü "$HOME" %s\t\'\n\n');
  });

  it('says that nobody reads any more', () => {
    stopReading();
    expect(() => writeLine(fifo, 'x')).toThrow(
      expect.objectContaining({ code: 'FAILED', message: 'it has closed its standard input, or does not run' }),
    );
  });

  it('says that there is no input at all', () => {
    expect(() => writeLine(home.path('none'), 'x')).toThrow(
      expect.objectContaining({ code: 'FAILED', message: 'it has no standard input' }),
    );
  });

  it('says that the buffer is full, and that nothing was written of a short line', () => {
    const line = 'x'.repeat(1_023);
    const fill = (): void => {
      for (let count = 0; count < 10_000; count += 1) writeLine(fifo, line);
    };
    expect(fill).toThrow(expect.objectContaining({ message: 'its input buffer is full: nothing was written' }));
    expect(
      readAll()
        .split('\n')
        .every((found) => found === line || found === ''),
    ).toBe(true);
  });

  it('says how much was written of a line that is bigger than the buffer', () => {
    expect(() => writeLine(fifo, 'x'.repeat(2_000_000))).toThrow(/only \d+ of 2000001 bytes were written/);
  });
});
