import { appendFileSync, rmSync, writeFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { formatEntry } from '../../src/journal/entry.js';
import { type Journal, openJournal } from '../../src/journal/journal.js';
import { entry, runsOf } from '../helpers/journal-entries.js';
import { manualClock } from '../helpers/manual-clock.js';
import { makeTestFolder, removeTestFolder } from '../helpers/run.js';

let folder: string;
beforeEach(() => {
  folder = makeTestFolder();
});
afterEach(() => {
  removeTestFolder(folder);
});

const file = (): string => `${folder}/journal.ndjson`;

const journal = (): Journal => openJournal({ file: file(), clock: manualClock(), onFailing: () => undefined, onTrouble: () => undefined });

/** What a journal holds after one more entry has been appended, now and when it is opened anew. */
async function afterAppending(run: number): Promise<readonly (readonly (number | null)[])[]> {
  const log = journal();
  log.append(entry(run));
  const now = runsOf(await log.read());
  await log.close();
  const next = journal();
  const later = runsOf(await next.read());
  await next.close();
  return [now, later];
}

describe('a journal', () => {
  it('cut off at any byte still has every whole line before that, and takes the next entry', async () => {
    const lines = [entry(1), entry(2, { cause: 'two\nlines, "ü" 日本' }), entry(3, { app: null, path: null }), entry(4)].map(formatEntry);
    const bytes = Buffer.from(lines.join(''));
    const ends = lines.map((_, index) => Buffer.byteLength(lines.slice(0, index + 1).join('')));
    for (let length = 0; length <= bytes.length; length += 1) {
      writeFileSync(file(), bytes.subarray(0, length));
      // A line that lacks only its newline is whole.
      const whole = ends.filter((end) => end - 1 <= length).map((_, index) => index + 1);
      expect([length, await afterAppending(9)]).toEqual([
        length,
        [
          [...whole, 9],
          [...whole, 9],
        ],
      ]);
    }
  });

  it('that holds garbage between its lines still has them all', async () => {
    // A newline in it only makes more garbage.
    const garbage = fc.uint8Array({ maxLength: 300 });
    await fc.assert(
      fc.asyncProperty(fc.array(garbage, { minLength: 1, maxLength: 5 }), async (pieces) => {
        rmSync(file(), { force: true });
        for (const [index, piece] of pieces.entries()) {
          appendFileSync(file(), formatEntry(entry(index + 1)));
          appendFileSync(file(), piece);
          appendFileSync(file(), '\n');
        }
        const runs = pieces.map((_, index) => index + 1);
        expect(await afterAppending(99)).toEqual([
          [...runs, 99],
          [...runs, 99],
        ]);
      }),
      { numRuns: 100 },
    );
  });
});
