import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { formatEntry, parseEntry } from '../../src/journal/entry.js';
import { type Journal, openJournal } from '../../src/journal/journal.js';
import { MOST_PARTS } from '../../src/journal/parts.js';
import { entry, runsOf } from '../helpers/journal-entries.js';
import { manualClock } from '../helpers/manual-clock.js';
import { makeTestFolder, removeTestFolder } from '../helpers/run.js';

/** Some 22 entries. */
const PART_BYTES = 4_096;

let folder: string;
let troubles: string[];
beforeEach(() => {
  folder = makeTestFolder();
  troubles = [];
});
afterEach(() => {
  removeTestFolder(folder);
});

const file = (): string => `${folder}/journal.ndjson`;
const part = (number: number): string => `${file()}.${String(number).padStart(6, '0')}`;
const parts = (): readonly string[] => readdirSync(folder).filter((name) => name !== 'journal.ndjson');

const journal = (path = file()): Journal =>
  openJournal({
    file: path,
    clock: manualClock(),
    partBytes: PART_BYTES,
    onFailing: () => undefined,
    onTrouble: (message) => {
      troubles.push(message);
    },
  });

/** Appends entries one write each. */
async function append(log: Journal, from: number, to: number): Promise<void> {
  for (let run = from; run <= to; run += 1) {
    log.append(entry(run));
    await log.read({ last: 0 });
  }
}

const nextTurn = (): Promise<void> =>
  new Promise((resolve) => {
    setImmediate(resolve);
  });

const numbers = (from: number, to: number): readonly number[] => Array.from({ length: to - from + 1 }, (_, index) => from + index);

describe('a journal that grows', () => {
  it('is closed in parts of a size, and is read over all of them', async () => {
    const log = journal();
    await append(log, 1, 100);
    expect(parts()).toEqual(['journal.ndjson.000001', 'journal.ndjson.000002', 'journal.ndjson.000003', 'journal.ndjson.000004']);
    for (const number of [1, 2, 3, 4]) {
      expect(statSync(part(number)).size).toBeGreaterThanOrEqual(PART_BYTES);
      expect(statSync(part(number)).size).toBeLessThan(PART_BYTES + 400);
      expect(statSync(part(number)).mode & 0o777).toBe(0o600);
    }
    expect(runsOf(await log.read())).toEqual(numbers(1, 100));
    await log.close();
    const next = journal();
    expect(runsOf(await next.read())).toEqual(numbers(1, 100));
    await append(next, 101, 150);
    expect(runsOf(await next.read({ last: 120 }))).toEqual(numbers(31, 150));
    await next.close();
    const inOrder = [...parts().map((name) => `${folder}/${name}`), file()].map((path) => readFileSync(path, 'utf8')).join('');
    expect(
      inOrder
        .trimEnd()
        .split('\n')
        .map((line) => parseEntry(line)?.run),
    ).toEqual(numbers(1, 150));
  });

  it('never holds more than its number of parts: the oldest go as a whole', async () => {
    const log = journal();
    await append(log, 1, 400);
    expect(parts()).toHaveLength(MOST_PARTS);
    const found = runsOf(await log.read());
    expect(found).toEqual(numbers(found[0] ?? 0, 400));
    const [oldest = ''] = parts();
    const [first = ''] = readFileSync(`${folder}/${oldest}`, 'utf8').split('\n');
    expect(parseEntry(first)?.run).toBe(found[0]);
    await log.close();
  });

  it('opens no part that it does not need', async () => {
    const log = journal();
    await append(log, 1, 100);
    // Whoever reads so far gets an error: a folder has no lines.
    for (const number of [1, 2]) {
      rmSync(part(number));
      mkdirSync(part(number));
    }
    expect(runsOf(await log.read({ last: 20 }))).toEqual(numbers(81, 100));
    expect(runsOf(await log.read({ since: entry(90).at, last: 3 }))).toEqual([98, 99, 100]);
    await expect(log.read()).rejects.toThrow('EISDIR');
    await log.close();
  });

  it('takes what a version without parts has left, however long it is', async () => {
    writeFileSync(
      file(),
      numbers(1, 500)
        .map((run) => formatEntry(entry(run)))
        .join(''),
    );
    const log = journal();
    await append(log, 501, 501);
    expect(parts()).toEqual(['journal.ndjson.000001']);
    expect(runsOf(await log.read())).toEqual(numbers(1, 501));
    await log.close();
  });
});

describe('a journal that is read while its parts are closed', () => {
  it('gives what there was at that moment: nothing is missing, nothing is there twice', async () => {
    const log = journal();
    let last = 0;
    let most = 0;
    const reader = async (): Promise<void> => {
      for (let count = 0; count < 60; count += 1) {
        const until = last;
        const found = runsOf(await log.read());
        // Only the oldest may be missing: of parts this small, some are dropped while others are read.
        expect(found).toEqual(until === 0 ? [] : numbers(found[0] ?? 0, until));
        most = Math.max(most, found.length);
      }
    };
    const state = { isOver: false };
    const readers = Promise.all([reader(), reader(), reader()]).finally(() => {
      state.isOver = true;
    });
    while (!state.isOver) {
      for (let count = 0; count < 7; count += 1) log.append(entry((last += 1)));
      await nextTurn();
    }
    await readers;
    expect(last).toBeGreaterThan(500);
    expect(most).toBeGreaterThan(100);
    expect(parts()).toHaveLength(MOST_PARTS);
    await log.close();
  });
});

describe('a daemon that is killed while it closes a part', () => {
  it('leaves all entries when the part has its number and the next file is not there yet', async () => {
    const log = journal();
    await append(log, 1, 30);
    await log.close();
    renameSync(file(), part(2));
    const next = journal();
    expect(runsOf(await next.read())).toEqual(numbers(1, 30));
    await append(next, 31, 35);
    expect(runsOf(await next.read())).toEqual(numbers(1, 35));
    expect(parts()).toHaveLength(2);
    await next.close();
  });

  it('leaves the dropping of old parts to the next one, which leaves no gap', async () => {
    const log = journal();
    await append(log, 1, 400);
    await log.close();
    const oldest = Number(parts()[0]?.slice(-6));
    for (const number of [1, 2, 3]) writeFileSync(part(oldest - number), formatEntry(entry(0)));
    const next = journal();
    await append(next, 401, 430);
    expect(parts()).toHaveLength(MOST_PARTS);
    const found = runsOf(await next.read());
    expect(found).toEqual(numbers(found[0] ?? 0, 430));
    await next.close();
  });
});

describe('a part that cannot be closed', () => {
  it('goes on growing and is told of once; nothing is lost', async () => {
    // The longest name there is: with a number behind it, it is too long.
    const name = `${folder}/${'j'.repeat(250)}`;
    const log = journal(name);
    await append(log, 1, 100);
    expect(readdirSync(folder)).toHaveLength(1);
    expect(troubles).toEqual([expect.stringMatching(/^cannot begin a new part of .*, it grows on: ENAMETOOLONG/)]);
    expect(runsOf(await log.read())).toEqual(numbers(1, 100));
    await log.close();
  });
});
