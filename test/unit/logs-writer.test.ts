import { readFileSync, statSync, write, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { WriteBytes } from '../../src/base/append-file.js';
import { messageOf } from '../../src/base/errors.js';
import { DROP_BYTES, FULL_BYTES, LogWriter } from '../../src/logs/writer.js';
import { type ManualClock, manualClock } from '../helpers/manual-clock.js';
import { makeTestFolder, removeTestFolder } from '../helpers/run.js';
import { until } from '../helpers/until.js';

let folder: string;
let clock: ManualClock;
let troubles: string[];
let rooms: number;
/** Each change: what it fails with, null when it is over. */
let failures: (string | null)[];

beforeEach(() => {
  folder = makeTestFolder();
  clock = manualClock();
  troubles = [];
  rooms = 0;
  failures = [];
});
afterEach(() => {
  removeTestFolder(folder);
});

const file = (): string => `${folder}/logs/a.log`;
const text = (): string => readFileSync(file(), 'latin1');

const writer = (writeBytes?: WriteBytes): LogWriter =>
  new LogWriter({
    file: file(),
    clock,
    writeBytes,
    onRoom: () => {
      rooms += 1;
    },
    onTrouble: (message) => {
      troubles.push(message);
    },
    onFailing: (error) => {
      failures.push(error === null ? null : messageOf(error));
    },
    lossRecord: (lost, cause) => `LOST ${lost} ${cause}\n`,
  });

/** A disk that is full until it is told otherwise. */
function fullDisk(): { readonly writeBytes: WriteBytes; isFull: boolean; tries: number } {
  const disk = {
    isFull: true,
    tries: 0,
    writeBytes: ((fd, bytes, done) => {
      disk.tries += 1;
      if (disk.isFull) queueMicrotask(() => done(Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' }), 0));
      else write(fd, bytes, done);
    }) as WriteBytes,
  };
  return disk;
}

describe('the writer of a log file', () => {
  it('makes file and folders for nobody but us', async () => {
    const log = writer();
    log.append('hello\n');
    await log.close();
    expect(text()).toBe('hello\n');
    expect(statSync(file()).mode & 0o777).toBe(0o600);
    expect(statSync(`${folder}/logs`).mode & 0o777).toBe(0o700);
  });

  it('keeps order and every byte of what is appended while a write is in flight', async () => {
    const log = writer();
    let expected = '';
    for (let index = 0; index < 3_000; index += 1) {
      const record = `${index} ${'\xff'.repeat((index * 37) % 900)}\n`;
      expected += record;
      log.append(record);
    }
    await log.close();
    expect(text()).toBe(expected);
  });

  it('ends a line that a crash tore before it writes the next', async () => {
    const first = writer();
    first.append('whole\n');
    await first.close();
    writeFileSync(file(), 'to', { flag: 'a' });
    const second = writer();
    second.append('next\n');
    await second.close();
    expect(text()).toBe('whole\nto\nnext\n');
  });

  it('goes on where a write stopped short', async () => {
    const log = writer((fd, bytes, done) => {
      write(fd, bytes.subarray(0, 3), done);
    });
    log.append('0123456789\n');
    await log.close();
    expect(text()).toBe('0123456789\n');
  });

  it('is full when enough waits, and says when there is room again', async () => {
    const held: (() => void)[] = [];
    const log = writer((fd, bytes, done) => {
      held.push(() => write(fd, bytes, done));
    });
    log.append(`${'x'.repeat(FULL_BYTES)}\n`);
    expect(log.isFull).toBe(true);
    expect(rooms).toBe(0);
    await until('room', () => {
      held.shift()?.();
      return rooms > 0;
    });
    expect(log.isFull).toBe(false);
    await until('all written', () => {
      held.shift()?.();
      return log.size === FULL_BYTES + 1;
    });
    await log.close();
  });

  it('resolves a flush when what was there is written, though more keeps coming', async () => {
    const log = writer((fd, bytes, done) => {
      write(fd, bytes, (error, written) => {
        if (log.size < 10_000) log.append('more\n');
        done(error, written);
      });
    });
    log.append('first\n');
    await log.flush();
    expect(text().startsWith('first\n')).toBe(true);
    await log.close();
  });
});

describe('the writer of a log file on a full disk', () => {
  it('tells once, tries again later and later, and loses nothing', async () => {
    const disk = fullDisk();
    const log = writer(disk.writeBytes);
    log.append('one\n');
    log.append('two\n');
    for (const delay of [100, 200, 400, 800, 1_600, 3_200, 6_400, 10_000, 10_000]) {
      expect(await until('a retry planned', () => clock.nextInMs())).toBe(delay);
      clock.pass(delay);
    }
    expect(troubles).toEqual([`cannot write ${file()}: ENOSPC: no space left on device`]);
    await until('the last retry planned', () => clock.nextInMs());
    expect(failures).toEqual(['ENOSPC: no space left on device']);
    disk.isFull = false;
    clock.pass(10_000);
    await log.flush();
    expect(text()).toBe('one\ntwo\n');
    expect(clock.nextInMs()).toBeNull();
    expect(failures).toEqual(['ENOSPC: no space left on device', null]);
    await log.close();
    expect(failures).toHaveLength(2);
  });

  it('keeps no more than its bound, and says in the log how many lines are missing', async () => {
    const disk = fullDisk();
    const log = writer(disk.writeBytes);
    const record = `${'x'.repeat(99)}\n`;
    log.append(record);
    await until('trouble', () => troubles.length > 0);
    const kept = Math.floor(DROP_BYTES / 100);
    for (let count = 1; count < kept + 1_000; count += 1) log.append(record);
    disk.isFull = false;
    clock.pass(100);
    await log.close();
    expect(text()).toBe(`${record.repeat(kept)}LOST 1000 ENOSPC: no space left on device\n`);
    expect(troubles[1]).toContain('1000 lines could not be written');
  });

  it('says what is lost when it has to close', async () => {
    const log = writer(fullDisk().writeBytes);
    log.append('one\n');
    await log.close();
    expect(troubles.at(-1)).toContain('4 bytes could not be written');
  });

  it('says that nothing waits for the disk any more when it has given up', async () => {
    const log = writer(fullDisk().writeBytes);
    log.append('one\n');
    await until('it fails', () => failures.length > 0);
    await log.close();
    expect(failures).toEqual(['ENOSPC: no space left on device', null]);
  });

  it('takes a folder that cannot be made as trouble too', async () => {
    writeFileSync(`${folder}/logs`, 'in the way');
    const log = writer();
    log.append('one\n');
    await until('trouble', () => troubles.length > 0);
    removeTestFolder(`${folder}/logs`);
    clock.pass(100);
    await log.close();
    expect(text()).toBe('one\n');
  });
});
