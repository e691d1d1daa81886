import { appendFileSync, readFileSync, statSync, write, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { WriteBytes } from '../../src/base/append-file.js';
import { formatEntry, type JournalEntry, parseEntry } from '../../src/journal/entry.js';
import { type Journal, MAX_WAITING_ENTRIES, openJournal } from '../../src/journal/journal.js';
import { makeTestFolder, removeTestFolder } from '../helpers/run.js';
import { until } from '../helpers/until.js';

let folder: string;
let troubles: string[];
beforeEach(() => {
  folder = makeTestFolder();
  troubles = [];
});
afterEach(() => {
  removeTestFolder(folder);
});

const START = Date.UTC(2026, 10, 20, 12);
const file = (): string => `${folder}/home/journal.ndjson`;

const journal = (writeBytes?: WriteBytes): Journal =>
  openJournal({
    file: file(),
    writeBytes,
    onTrouble: (message) => {
      troubles.push(message);
    },
  });

/** Entry number `run`, a second after the one before it. */
const entry = (run: number, change: Partial<JournalEntry> = {}): JournalEntry => ({
  at: new Date(START + run * 1_000).toISOString(),
  app: 'shop',
  path: 'backend/db',
  event: 'started',
  pid: 1_000 + run,
  run,
  exit: null,
  cause: null,
  by: 'supervisor',
  type: 'progress',
  supervisor: 'backend',
  ...change,
});

const runsOf = (entries: readonly JournalEntry[]): readonly (number | null)[] => entries.map(({ run }) => run);

describe('the journal', () => {
  it('gives back what was appended, in order, at once and after it was closed', async () => {
    const first = journal();
    const entries = [entry(1), entry(2, { exit: { code: null, signal: 'SIGKILL' }, cause: 'two\nlines, "ü"' }), entry(3)];
    for (const each of entries) first.append(each);
    expect(await first.read()).toEqual(entries);
    await first.close();
    const second = journal();
    expect(await second.read()).toEqual(entries);
    await second.close();
    expect(readFileSync(file(), 'utf8').trimEnd().split('\n').length).toBe(3);
  });

  it('is readable by its owner only, and made by the first entry', async () => {
    const log = journal();
    expect(await log.read()).toEqual([]);
    expect(statSync(file(), { throwIfNoEntry: false })).toBeUndefined();
    log.append(entry(1));
    await log.close();
    expect(statSync(file()).mode & 0o777).toBe(0o600);
    expect(statSync(`${folder}/home`).mode & 0o777).toBe(0o700);
  });

  it('finds by application, path, time and number', async () => {
    const log = journal();
    for (let run = 1; run <= 5; run += 1) {
      log.append(entry(run));
      log.append(entry(run, { path: 'web' }));
      log.append(entry(run, { app: 'other' }));
    }
    log.append(entry(6, { app: null, path: null, event: 'daemon_stopped' }));
    expect((await log.read({ app: 'shop' })).length).toBe(11);
    expect(runsOf(await log.read({ app: 'shop', paths: ['web'], last: 2 }))).toEqual([4, 5]);
    expect(runsOf(await log.read({ app: 'other', since: new Date(START + 4_000).toISOString() }))).toEqual([4, 5, 6]);
    expect(runsOf(await log.read({ paths: ['web', 'backend/db'], app: 'other', last: 1 }))).toEqual([5]);
    expect((await log.read({ last: 1 }))[0]?.event).toBe('daemon_stopped');
    expect(await log.read({ last: 0 })).toEqual([]);
    await log.close();
  });

  it('finds entries since a time although the clock was set back by some minutes before the end', async () => {
    const log = journal();
    log.append(entry(1_000));
    log.append(entry(10));
    log.append(entry(1_001));
    expect(runsOf(await log.read({ since: new Date(START + 900_000).toISOString() }))).toEqual([1_000, 1_001]);
    await log.close();
  });

  it('reads the last entries of a long file without reading the file', async () => {
    const first = journal();
    first.append(entry(0));
    await first.close();
    // What is torn here would be told if anybody read so far.
    appendFileSync(file(), `${'x'.repeat(200_000)}\n`.repeat(5));
    const second = journal();
    for (let run = 1; run <= 1_000; run += 1) second.append(entry(run));
    expect(runsOf(await second.read({ last: 3 }))).toEqual([998, 999, 1_000]);
    await second.close();
    const third = journal();
    expect(runsOf(await third.read({ last: 3 }))).toEqual([998, 999, 1_000]);
    expect(troubles).toEqual([]);
    expect((await third.read()).length).toBe(1_001);
    expect(troubles).toEqual([`${file()}: 5 lines are no entries and are passed over`]);
    await third.close();
  });

  it('survives a line that a crash tore: only that line is gone', async () => {
    const first = journal();
    first.append(entry(1));
    await first.close();
    appendFileSync(file(), formatEntry(entry(2)).slice(0, 40));
    const second = journal();
    second.append(entry(3));
    expect(runsOf(await second.read())).toEqual([1, 3]);
    await second.close();
    const third = journal();
    expect(runsOf(await third.read())).toEqual([1, 3]);
    await third.close();
  });
});

describe('the journal on a full disk', () => {
  /** A disk that is full until it is told otherwise, and then takes a few bytes at a time. */
  function fullDisk(): { readonly writeBytes: WriteBytes; isFull: boolean } {
    const disk = {
      isFull: true,
      writeBytes: ((fd, bytes, done) => {
        if (disk.isFull) queueMicrotask(() => done(new Error('ENOSPC: no space left on device'), 0));
        else write(fd, bytes.subarray(0, 100_000), done);
      }) as WriteBytes,
    };
    return disk;
  }

  it('keeps entries, tells once, and writes them with the next one', async () => {
    const disk = fullDisk();
    const log = journal(disk.writeBytes);
    log.append(entry(1));
    await until('trouble', () => troubles.length > 0);
    log.append(entry(2));
    log.append(entry(3));
    expect(runsOf(await log.read())).toEqual([1, 2, 3]);
    expect(troubles).toEqual([`cannot write ${file()}: ENOSPC: no space left on device`]);
    disk.isFull = false;
    log.append(entry(4));
    await log.close();
    expect(
      runsOf(
        readFileSync(file(), 'utf8')
          .trimEnd()
          .split('\n')
          .flatMap((line) => parseEntry(line) ?? []),
      ),
    ).toEqual([1, 2, 3, 4]);
  });

  it('drops the oldest beyond its bound, and an entry says how many', async () => {
    const disk = fullDisk();
    const log = journal(disk.writeBytes);
    log.append(entry(0));
    await until('trouble', () => troubles.length > 0);
    for (let run = 1; run <= MAX_WAITING_ENTRIES + 5; run += 1) log.append(entry(run));
    disk.isFull = false;
    await log.close();
    const [first, loss, next, ...rest] = await journal().read();
    expect(first?.run).toBe(0);
    expect(loss).toMatchObject({ event: 'entries_lost', cause: '5 entries could not be written and are lost', by: 'daemon' });
    expect(next?.run).toBe(6);
    expect(rest.length).toBe(MAX_WAITING_ENTRIES - 1);
  });

  it('says what is lost when it has to close', async () => {
    const log = journal(fullDisk().writeBytes);
    log.append(entry(1));
    await log.close();
    expect(troubles.at(-1)).toContain('could not be written');
  });

  it('takes a folder that cannot be made as trouble, never as a crash', async () => {
    writeFileSync(`${folder}/home`, 'in the way');
    const log = journal();
    log.append(entry(1));
    await until('trouble', () => troubles.length > 0);
    removeTestFolder(`${folder}/home`);
    log.append(entry(2));
    expect(runsOf(await log.read())).toEqual([1, 2]);
    await log.close();
    expect(runsOf(await journal().read())).toEqual([1, 2]);
  });
});

describe('a line of a journal', () => {
  it.each([
    '',
    'text',
    '[]',
    'null',
    '{}',
    '{"at":"2026',
    JSON.stringify({ ...entry(1), event: 'flew away' }),
    JSON.stringify({ ...entry(1), at: 'noon' }),
  ])('that is no entry is not taken for one: %s', (line) => {
    expect(parseEntry(line)).toBeUndefined();
  });
});
