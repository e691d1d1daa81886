import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, chmodSync, copyFileSync, mkdirSync, readFileSync, statSync, write, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { WriteBytes } from '../../src/base/append-file.js';
import { messageOf } from '../../src/base/errors.js';
import { formatEntry, type JournalEntry, parseEntry } from '../../src/journal/entry.js';
import { type Journal, MAX_WAITING_ENTRIES, openJournal } from '../../src/journal/journal.js';
import { entry, runsOf } from '../helpers/journal-entries.js';
import { type ManualClock, manualClock } from '../helpers/manual-clock.js';
import { makeTestFolder, removeTestFolder } from '../helpers/run.js';
import { until } from '../helpers/until.js';

let folder: string;
let clock: ManualClock;
let troubles: string[];
/** Each change: what it fails with, null when it is over. */
let failures: (string | null)[];
beforeEach(() => {
  folder = makeTestFolder();
  clock = manualClock();
  troubles = [];
  failures = [];
});
afterEach(() => {
  removeTestFolder(folder);
});

const killed = { code: null, signal: 'SIGKILL', coreDumped: false, outOfMemory: false };

const file = (): string => `${folder}/home/journal.ndjson`;

const journal = (writeBytes?: WriteBytes): Journal =>
  openJournal({
    file: file(),
    clock,
    writeBytes,
    onFailing: (error) => {
      failures.push(error === null ? null : messageOf(error));
    },
    onTrouble: (message) => {
      troubles.push(message);
    },
  });

/** The entries in a file as it lies on the disk. */
const entriesIn = (path: string): readonly JournalEntry[] =>
  readFileSync(path, 'utf8')
    .trimEnd()
    .split('\n')
    .flatMap((line) => parseEntry(line) ?? []);

describe('the journal', () => {
  it('gives back what was appended, in order, at once and after it was closed', async () => {
    const first = journal();
    const entries = [entry(1), entry(2, { exit: killed, cause: 'two\nlines, "ü"' }), entry(3)];
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
    expect(runsOf(await log.read({ places: [{ app: 'shop', path: 'web' }], last: 2 }))).toEqual([4, 5]);
    expect(runsOf(await log.read({ app: 'other', since: entry(4).at }))).toEqual([4, 5, 6]);
    expect(
      runsOf(
        await log.read({
          places: [
            { app: 'other', path: 'web' },
            { app: 'other', path: 'backend/db' },
          ],
          last: 1,
        }),
      ),
    ).toEqual([5]);
    expect((await log.read({ last: 1 }))[0]?.event).toBe('daemon_stopped');
    expect(await log.read({ last: 0 })).toEqual([]);
    await log.close();
  });

  it('finds entries since a time although the clock was set back by some minutes before the end', async () => {
    const log = journal();
    log.append(entry(1_000));
    log.append(entry(10));
    log.append(entry(1_001));
    expect(runsOf(await log.read({ since: entry(900).at }))).toEqual([1_000, 1_001]);
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
    await until('trouble', () => failures.length > 0);
    log.append(entry(2));
    log.append(entry(3));
    expect(runsOf(await log.read())).toEqual([1, 2, 3]);
    expect(failures).toEqual(['ENOSPC: no space left on device']);
    disk.isFull = false;
    log.append(entry(4));
    await until('it is over', () => failures.length > 1);
    expect(failures).toEqual(['ENOSPC: no space left on device', null]);
    expect(clock.nextInMs()).toBeNull();
    await log.close();
    expect(runsOf(entriesIn(file()))).toEqual([1, 2, 3, 4]);
  });

  it('writes them by itself, too: it tries after 1 s, later and later up to 30 s, and never when all is well', async () => {
    const disk = fullDisk();
    const log = journal(disk.writeBytes);
    expect(clock.nextInMs()).toBeNull();
    log.append(entry(1));
    for (const delay of [1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]) {
      expect(await until('a retry planned', () => clock.nextInMs())).toBe(delay);
      clock.pass(delay);
    }
    await until('the last retry planned', () => clock.nextInMs());
    disk.isFull = false;
    clock.pass(30_000);
    await until('it is over', () => failures.length > 1);
    expect(failures).toEqual(['ENOSPC: no space left on device', null]);
    expect(clock.nextInMs()).toBeNull();
    expect(runsOf(entriesIn(file()))).toEqual([1]);
    await log.close();
  });

  it('drops the oldest beyond its bound, and an entry says how many', async () => {
    const disk = fullDisk();
    const log = journal(disk.writeBytes);
    log.append(entry(0));
    await until('trouble', () => failures.length > 0);
    for (let run = 1; run <= MAX_WAITING_ENTRIES + 5; run += 1) log.append(entry(run));
    disk.isFull = false;
    await log.close();
    const [first, loss, next, ...rest] = await journal().read();
    expect(first?.run).toBe(0);
    expect(loss).toMatchObject({ event: 'entries_lost', cause: '5 entries could not be written and are lost', by: 'daemon' });
    expect(next?.run).toBe(6);
    expect(rest.length).toBe(MAX_WAITING_ENTRIES - 1);
  });

  it('says what is lost when it has to close, and leaves no timer behind', async () => {
    const log = journal(fullDisk().writeBytes);
    log.append(entry(1));
    await log.close();
    expect(troubles.at(-1)).toContain('could not be written');
    expect(clock.nextInMs()).toBeNull();
  });

  it('takes a folder that cannot be made as trouble, never as a crash', async () => {
    writeFileSync(`${folder}/home`, 'in the way');
    const log = journal();
    log.append(entry(1));
    await until('trouble', () => failures.length > 0);
    removeTestFolder(`${folder}/home`);
    log.append(entry(2));
    expect(runsOf(await log.read())).toEqual([1, 2]);
    await log.close();
    expect(runsOf(await journal().read())).toEqual([1, 2]);
  });

  // A program that is being executed can be read, but opened for writing by nobody, not even by root: ETXTBSY. macOS allows it.
  it.skipIf(process.platform !== 'linux')('reads what waits apart from a torn last line that it cannot mend', async () => {
    mkdirSync(`${folder}/home`);
    copyFileSync('/bin/sh', file());
    appendFileSync(file(), `\n${formatEntry(entry(1))}${formatEntry(entry(2)).slice(0, 40)}`);
    chmodSync(file(), 0o700);
    const program = spawn(file(), ['-c', 'read until_the_end'], { stdio: ['pipe', 'ignore', 'ignore'] });
    await once(program, 'spawn');
    const log = journal();
    log.append(entry(3));
    await until('trouble', () => failures.length > 0);
    expect(failures[0]).toContain('ETXTBSY');
    expect(runsOf(await log.read({ last: 2 }))).toEqual([1, 3]);
    program.stdin.end();
    await once(program, 'exit');
    clock.pass(1_000);
    await until('it is over', () => failures.length > 1);
    expect(runsOf(await log.read({ last: 2 }))).toEqual([1, 3]);
    await log.close();
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
    JSON.stringify({ ...entry(1), run: 'one' }),
    JSON.stringify({ ...entry(1), exit: 7 }),
  ])('that is no entry is not taken for one: %s', (line) => {
    expect(parseEntry(line)).toBeUndefined();
  });

  it('of a newer version is read as far as it is understood', () => {
    const { supervisor: _supervisor, run: _run, ...fewer } = entry(1, { exit: { ...killed, code: 1, signal: null } });
    const exit = { code: 1, signal: null, core: true };
    const newer = { ...fewer, exit, event: 'throttled', by: 'schedule', type: 'warning', zone: { a: 1 }, cgroup: 'x' };
    expect(parseEntry(JSON.stringify(newer))).toEqual({
      ...fewer,
      run: null,
      supervisor: null,
      event: 'throttled',
      by: 'schedule',
      type: 'warning',
    });
  });

  it('of an older version, which knew of no core dumps, is read as one without', () => {
    const line = JSON.stringify({ ...entry(1), exit: { code: null, signal: 'SIGKILL' } });
    expect(parseEntry(line)).toEqual(entry(1, { exit: killed }));
  });

  it('that is none is told of once, however often it is passed over', async () => {
    mkdirSync(`${folder}/home`);
    writeFileSync(file(), `${formatEntry(entry(1))}garbage\u0000\n\u0001\u0002{"at"\n${formatEntry(entry(2))}`);
    const log = journal();
    for (let count = 0; count < 3; count += 1) {
      expect(runsOf(await log.read())).toEqual([1, 2]);
      expect(runsOf(await log.read({ last: 1 }))).toEqual([2]);
    }
    expect(troubles).toEqual([`${file()}: 2 lines are no entries and are passed over`]);
    await log.close();
  });
});
