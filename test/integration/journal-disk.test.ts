import { readdirSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { messageOf } from '../../src/base/errors.js';
import { type Journal, openJournal } from '../../src/journal/journal.js';
import { entry, runsOf } from '../helpers/journal-entries.js';
import { type ManualClock, manualClock } from '../helpers/manual-clock.js';
import { canMount, fillDisk, mountReadOnly, mountSmallDisk, unmount, unmountAll } from '../helpers/mounts.js';
import { makeTestFolder, removeTestFolder } from '../helpers/run.js';
import { until } from '../helpers/until.js';

let folder: string;
let clock: ManualClock;
let troubles: string[];
let failures: (string | null)[];
let log: Journal;

beforeEach(() => {
  folder = makeTestFolder();
  clock = manualClock();
  troubles = [];
  failures = [];
});
afterEach(async () => {
  await log.close();
  unmountAll(folder);
  removeTestFolder(folder);
});

const journal = (): Journal =>
  openJournal({
    file: `${folder}/journal.ndjson`,
    clock,
    // Some 22 entries.
    partBytes: 4_096,
    onFailing: (error) => failures.push(error === null ? null : messageOf(error)),
    onTrouble: (message) => troubles.push(message),
  });

async function append(from: number, to: number): Promise<void> {
  for (let run = from; run <= to; run += 1) {
    log.append(entry(run));
    await log.read({ last: 0 });
  }
}

const numbers = (to: number): readonly number[] => Array.from({ length: to }, (_, index) => index + 1);

describe.skipIf(!canMount)('a journal on a real disk', () => {
  it('that has become read-only is written on where it is open; its part is closed when that is possible again', async () => {
    mountSmallDisk(folder, 1_024);
    log = journal();
    await append(1, 30);
    mountReadOnly(folder);
    await append(31, 100);
    expect(readdirSync(folder)).toEqual(['journal.ndjson', 'journal.ndjson.000001']);
    expect(troubles).toEqual([expect.stringMatching(/^cannot begin a new part of .*: EROFS/)]);
    expect(runsOf(await log.read())).toEqual(numbers(100));
    unmount(folder);
    await append(101, 110);
    expect(readdirSync(folder)).toHaveLength(3);
    expect(runsOf(await log.read())).toEqual(numbers(110));
    expect([troubles.length, failures]).toEqual([1, []]);
  });

  it('that is full keeps what does not fit, and writes it by itself, whole and in order, when there is room', async () => {
    mountSmallDisk(folder, 64);
    log = journal();
    await append(1, 10);
    const makeRoom = fillDisk(`${folder}/filling`);
    await append(11, 100);
    expect(failures).toEqual([expect.stringMatching(/^ENOSPC/)]);
    expect(runsOf(await log.read())).toEqual(numbers(100));
    makeRoom();
    clock.pass(30_000);
    await until('it is written', () => failures.length > 1);
    expect(failures[1]).toBeNull();
    await log.close();
    const next = journal();
    expect(runsOf(await next.read())).toEqual(numbers(100));
    await next.close();
    expect(troubles).toEqual([]);
  });
});
