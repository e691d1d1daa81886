import { closeSync, ftruncateSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ByteSource, Written } from '../../src/logs/byte-source.js';
import type { LogSource } from '../../src/logs/join.js';
import { readSeal } from '../../src/logs/part-reader.js';
import { readAll } from '../../src/logs/read-all.js';
import { readNewest } from '../../src/logs/read-newest.js';
import type { LogRecord } from '../../src/logs/record.js';
import { readLast } from '../../src/logs/tail.js';
import { bytesOf, filePart, logOfLines, LOG_START as START, sourceOf, stampAt as stamp } from '../helpers/log-sources.js';
import { makeTestFolder, removeTestFolder } from '../helpers/run.js';

let folder: string;
beforeEach(() => {
  folder = makeTestFolder();
});
afterEach(() => {
  removeTestFolder(folder);
});

const log = (path: string, lines: readonly string[]): LogSource => logOfLines(folder, path, lines);
const texts = (records: readonly LogRecord[]): readonly string[] => records.map(({ text }) => text);

async function all(sources: readonly LogSource[], filter = {}): Promise<readonly LogRecord[]> {
  const records: LogRecord[] = [];
  for await (const batch of readAll(sources, filter)) records.push(...batch);
  return records;
}

describe('the last lines', () => {
  it('are those of one file, oldest first', async () => {
    const source = log('db', ['1 1 o one', '2 1 e two', '3 2 o three']);
    expect(await readLast([source], { lines: 2 })).toEqual([
      { at: START + 2, run: 1, stream: 'err', text: 'two', app: 'shop', path: 'db' },
      { at: START + 3, run: 2, stream: 'out', text: 'three', app: 'shop', path: 'db' },
    ]);
    expect(texts(await readLast([source], { lines: 9 }))).toEqual(['one', 'two', 'three']);
    expect(await readLast([source], { lines: 0 })).toEqual([]);
  });

  it('are merged by time over services, and keep the order of each file even where a clock was set back', async () => {
    const db = log('db', ['1 1 o db 1', '5 1 o db 5', '3 1 o db set back', '9 1 o db 9']);
    const web = log('web', ['2 1 o web 2', '5 1 o web 5', '8 1 o web 8']);
    expect(texts(await readLast([db, web], { lines: 99 }))).toEqual(['db 1', 'web 2', 'db 5', 'db set back', 'web 5', 'web 8', 'db 9']);
    expect(texts(await readLast([db, web], { lines: 3 }))).toEqual(['web 5', 'web 8', 'db 9']);
  });

  it('are the same ones when they are too many to be held at once', async () => {
    const lines = (name: string): readonly string[] => Array.from({ length: 9_000 }, (_, at) => `${at} 1 o ${name} ${at}`);
    const sources = [log('db', lines('db')), log('web', lines('web'))];
    const newest: LogRecord[] = [];
    for await (const batch of readNewest(sources, { lines: 12_345 })) newest.push(...batch);
    expect(newest).toEqual(await readLast(sources, { lines: 12_345 }));
  });

  it('hold no more than themselves, however much was read to find them', async () => {
    setFlagsFromString('--expose-gc');
    const gc = runInNewContext('gc') as () => void;
    const others = '2026-11-20T00:00:00.000Z 1 o other\n'.repeat(8_000);
    const bytes = Buffer.from(`${others}2026-11-20T00:00:00.000Z 1 e found\n`.repeat(64));
    const held = (): number => {
      gc();
      return process.memoryUsage().arrayBuffers;
    };
    let most = 0;
    const before = held();
    const source = bytesOf(bytes);
    const read: ByteSource['read'] = async (position, length) => {
      most = Math.max(most, held() - before);
      return Buffer.from(await source.read(position, length));
    };
    const part = { endedAt: null, open: () => readSeal({ ...source, read }) };
    expect(texts(await readLast([sourceOf('db', part)], { lines: 60, stream: 'err' }))).toEqual(Array.from({ length: 60 }, () => 'found'));
    expect(most).toBeLessThan(bytes.length / 4);
  });

  it('are found over more services than are read at once', async () => {
    const sources = Array.from({ length: 40 }, (_, index) =>
      log(`s${index}`, [`${index} 1 o old ${index}`, `${1_000 - index} 1 o new ${index}`]),
    );
    expect(texts(await readLast(sources, { lines: 3 }))).toEqual(['new 2', 'new 1', 'new 0']);
  });

  it('are of one stream or one run where that is wanted', async () => {
    const source = log('db', ['1 1 o a', '2 1 e b', '3 2 o c', '4 2 e d', '5 2 o e']);
    expect(texts(await readLast([source], { lines: 2, stream: 'err' }))).toEqual(['b', 'd']);
    expect(texts(await readLast([source], { lines: 5, run: 1 }))).toEqual(['a', 'b']);
  });

  it('come whole, however many records a line is split into', async () => {
    const source = log('db', ['1 1 o+ long ', '2 1 e other', '2 1 o-+ long ', '3 1 o- end', '4 1 e+ half']);
    expect(texts(await readLast([source], { lines: 2 }))).toEqual(['long long end', 'half']);
    expect(texts(await readLast([source], { lines: 9 }))).toEqual(['other', 'long long end', 'half']);
  });

  it('are put together in no time from a line that was written byte by byte', async () => {
    const source = log('db', [...Array.from({ length: 100_000 }, (_, at) => `${at} 1 o${at === 0 ? '' : '-'}+ .`), '100000 1 o- !']);
    const line = `${'.'.repeat(100_000)}!`;
    const begun = performance.now();
    expect(texts(await readLast([source], { lines: 9 }))).toEqual([line]);
    expect(texts(await all([source]))).toEqual([line]);
    expect(performance.now() - begun).toBeLessThan(5_000);
  });

  it('pass over what is torn or foreign', async () => {
    const source = log('db', ['!2026-11-2', '1 1 o one', '!', '!hello']);
    expect(texts(await readLast([source], { lines: 9 }))).toEqual(['one']);
    expect(texts(await all([source]))).toEqual(['one']);
  });

  it('of a service that has printed nothing are none', async () => {
    const source = sourceOf('new', filePart(`${folder}/new.log`));
    expect(await readLast([source], { lines: 9 })).toEqual([]);
    expect(await all([source])).toEqual([]);
  });

  it('cannot be read from what is no file', async () => {
    mkdirSync(`${folder}/db.log`);
    await expect(readLast([sourceOf('db', filePart(`${folder}/db.log`))], { lines: 1 })).rejects.toThrow('EISDIR');
  });

  it('end at the moment of the source, and include what was not written then', async () => {
    log('db', ['1 1 o one', '2 1 o two']);
    const end = `${stamp(1)} 1 o one\n`.length;
    const momentOf = (moment: Written): LogSource => sourceOf('db', filePart(`${folder}/db.log`, moment));
    const moment = { end, unwritten: Buffer.from(`${stamp(3)} 1 o three\n`) };
    expect(texts(await readLast([momentOf(moment)], { lines: 9 }))).toEqual(['one', 'three']);
    expect(texts(await readLast([momentOf(moment)], { lines: 1 }))).toEqual(['three']);
    expect(texts(await all([momentOf(moment)]))).toEqual(['one', 'three']);
    expect(texts(await all([momentOf({ ...moment, end: 0 })]))).toEqual(['three']);
    // A full disk may have taken half of a record.
    const torn = momentOf({ end: end + 10, unwritten: Buffer.from(`${stamp(2)} 1 o two\n`.slice(10)) });
    expect(texts(await readLast([torn], { lines: 9 }))).toEqual(['one', 'two']);
    expect(texts(await all([torn]))).toEqual(['one', 'two']);
  });
});

describe('all lines', () => {
  it('come in the order of the merge, in batches, from files of any size', async () => {
    const record = (service: string, at: number): string => `${at} 1 o ${service} ${at}`;
    const odd = log(
      'odd',
      Array.from({ length: 4_000 }, (_, index) => record('odd', 2 * index + 1)),
    );
    const even = log(
      'even',
      Array.from({ length: 4_000 }, (_, index) => record('even', 2 * index)),
    );
    const found = await all([odd, even]);
    expect(found.map(({ at }) => at - START)).toEqual(Array.from({ length: 8_000 }, (_, index) => index));
  });

  it('are those that are wanted, and split ones come whole', async () => {
    const source = log('db', ['1 1 o+ long ', '2 1 e other', '3 1 o- end', '4 2 o next', '5 2 o+ half']);
    expect(texts(await all([source]))).toEqual(['other', 'long end', 'next', 'half']);
    expect(texts(await all([source], { stream: 'err' }))).toEqual(['other']);
    expect(texts(await all([source], { run: 2 }))).toEqual(['next', 'half']);
  });

  it('need not be read to the end', async () => {
    const source = log(
      'db',
      Array.from({ length: 5_000 }, (_, index) => `${index} 1 o ${index}`),
    );
    for await (const batch of readAll([source])) {
      expect(batch[0]?.text).toBe('0');
      break;
    }
  });
});

describe('a huge log', () => {
  it('is read only as far as is asked for', async () => {
    const file = `${folder}/huge.log`;
    const fd = openSync(file, 'w');
    ftruncateSync(fd, 8 * 1024 ** 3);
    writeSync(fd, `\n${stamp(1)} 1 o one\n${stamp(2)} 1 o two\n`, 8 * 1024 ** 3);
    closeSync(fd);
    expect(texts(await readLast([sourceOf('db', filePart(file))], { lines: 2 }))).toEqual(['one', 'two']);
  });
});
