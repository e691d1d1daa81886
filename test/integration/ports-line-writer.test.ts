import { execFileSync } from 'node:child_process';
import { closeSync, constants, openSync, readSync } from 'node:fs';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/base/system-clock.js';
import { LineWriter } from '../../src/ports/line-writer.js';
import { temporaryHome } from '../helpers/home.js';
import { until } from '../helpers/until.js';

const home = temporaryHome();
const fifo = home.path('in');
const lines = new LineWriter(systemClock);
const never = new AbortController().signal;
let reader: number | undefined;
let said: string;

afterAll(() => home.dispose());
execFileSync('mkfifo', [fifo]);
beforeEach(() => {
  said = '';
  reader = openSync(fifo, constants.O_RDONLY | constants.O_NONBLOCK);
});
afterEach(stopReading);

function stopReading(): void {
  if (reader !== undefined) closeSync(reader);
  reader = undefined;
}

/** Takes what is in the pipe; gives all that has come so far. */
function read(): string {
  const buffer = Buffer.alloc(1_000_000);
  try {
    said += buffer.toString('latin1', 0, readSync(reader ?? -1, buffer));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
  }
  return said;
}

const write = (text: string, { signal = never, isFor = (): boolean => true } = {}): Promise<void> =>
  lines.write({ fifo, text, isFor, signal });

describe('a line to a standard input', () => {
  it('that is longer than the pipe arrives whole, before the next one', async () => {
    const long = 'x'.repeat(300_000);
    const written = Promise.all([write(long), write('next')]);
    await until('all of it read', () => read().endsWith('next\n'));
    await written;
    expect(said).toBe(`${long}\nnext\n`);
  });

  it('of which nothing was written when nobody wants it any more is not written', async () => {
    const filler = 'x'.repeat(65_535);
    await write(filler);
    const given = new AbortController();
    const refused = expect(write('late', { signal: given.signal })).rejects.toThrow('it did not read its standard input');
    given.abort();
    await refused;
    const next = write('next');
    await until('the next one read', () => read().endsWith('next\n'));
    await next;
    expect(said).toBe(`${filler}\nnext\n`);
  });

  it('that has begun is ended, also when nobody wants it any more', async () => {
    const long = 'x'.repeat(100_000);
    const given = new AbortController();
    const written = write(long, { signal: given.signal });
    await until('some of it read', () => read() !== '');
    given.abort();
    await until('all of it read', () => read().endsWith('\n'));
    await written;
    expect(said).toBe(`${long}\n`);
  });

  it('that waits for another one is let go of at once when nobody wants it any more', async () => {
    const filler = 'x'.repeat(200_000);
    const first = write(filler);
    await until('some of it there', () => read() !== '');
    const given = new AbortController();
    const refused = expect(write('unwanted', { signal: given.signal })).rejects.toThrow('it did not read its standard input');
    const last = write('last');
    given.abort();
    // The pipe is still full: it is refused although the one before it is not written.
    await refused;
    await until('the last one read', () => read().endsWith('last\n'));
    await Promise.all([first, last]);
    expect(said).toBe(`${filler}\nlast\n`);
  });

  it('goes to no other run than the one that it is for', async () => {
    let isFor = true;
    const refused = expect(write('x'.repeat(200_000), { isFor: () => isFor })).rejects.toThrow('it did not read its standard input');
    await until('some of it there', () => read() !== '');
    isFor = false;
    await refused;
  });

  it('that nobody reads is refused', async () => {
    stopReading();
    await expect(write('x')).rejects.toThrow('it has closed its standard input');
  });
});
