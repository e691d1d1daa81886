import { readFileSync, renameSync, rmSync, truncateSync, utimesSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openFileBytes } from '../../src/logs/byte-source.js';
import { compressFile, openGzip } from '../../src/logs/gzip-part.js';
import type { LogFilter, LogSource } from '../../src/logs/join.js';
import { openFile } from '../../src/logs/part-files.js';
import { piecesForward, readSeal } from '../../src/logs/part-reader.js';
import { rangeOf } from '../../src/logs/part-search.js';
import { readAll } from '../../src/logs/read-all.js';
import { MAX_HEAD_BYTES } from '../../src/logs/record.js';
import type { LogStore } from '../../src/logs/store.js';
import { readLast } from '../../src/logs/tail.js';
import { openStore, type WriterRig, writerRig } from '../helpers/log-disk.js';
import { counted } from '../helpers/log-sources.js';
import { type ManualClock, manualClock } from '../helpers/manual-clock.js';
import { makeTestFolder, removeTestFolder } from '../helpers/run.js';

let folder: string;
let clock: ManualClock;
let store: LogStore;
let rig: WriterRig;

beforeEach(() => {
  folder = makeTestFolder();
  clock = manualClock();
});
afterEach(() => {
  store.close();
  removeTestFolder(folder);
});

function begin(maxBytes: number): void {
  store = openStore(`${folder}/logs`, { clock, policies: { db: { maxBytes, keep: 1_000, compress: false } } });
  rig = writerRig(store.of('shop', 'db'), clock);
}

/** When the manual clock is at 0. */
const start = (): number => manualClock().wallTime(0).getTime();

/** Each second: one line, or a block of 300 with a foreign log in it. Gives back how many lines there are. */
function writeSeconds(seconds: number): number {
  let lines = 0;
  for (let second = 0; second < seconds; second += 1) {
    const isBlock = second % 3 === 0;
    const count = isBlock ? 300 : 1;
    const text = (index: number): string =>
      `${new Date(start() + 1_000 * index).toISOString()} 1 o ${second}.${index} ${'x'.repeat((index * 13) % 90)}`;
    rig.say(Array.from({ length: count }, (_, index) => text(index)).join('\n'));
    clock.pass(1_000);
    lines += count;
  }
  return lines;
}

const secondsOf = (texts: readonly string[]): readonly number[] => texts.map((text) => Number(/ o (\d+)\./.exec(text)?.[1]));

async function all(source: LogSource, filter: LogFilter): Promise<readonly string[]> {
  const texts: string[] = [];
  for await (const batch of readAll([source], filter)) texts.push(...batch.map(({ text }) => text));
  return texts;
}

const last = async (source: LogSource, filter: LogFilter, lines = 1_000_000): Promise<readonly string[]> =>
  (await readLast([source], { ...filter, lines })).map(({ text }) => text);

describe('a window of time in a large part', () => {
  it.each(['plain', 'compressed'] as const)(
    'is found with a few reads in a %s one, and is exact',
    async (kind) => {
      begin(100_000_000);
      writeSeconds(3_000);
      rig.writer.close();
      const { file } = rig;
      expect(file.size).toBeGreaterThan(20_000_000);
      if (kind === 'compressed') await compressFile(file.path, { signal: new AbortController().signal, onGrowth: () => undefined });
      for (const from of [0, 1, 777, 1_500, 2_998]) {
        const bytes = counted(kind === 'plain' ? openFileBytes(file.path) : await openGzip(`${file.path}.gz`));
        const part = await readSeal(bytes);
        const [since, until] = [start() + 1_000 * from, start() + 1_000 * (from + 1)];
        const texts = new Set<number>();
        for await (const batch of piecesForward(part, await rangeOf(part, since, until), 65_536)) {
          for (const piece of batch) if (piece.at >= since && piece.at <= until) texts.add(piece.at);
        }
        bytes.close();
        expect([...texts]).toEqual([since, until]);
        expect(bytes.reads).toBeLessThan(60);
        expect(bytes.readBytes).toBeLessThan(5_000_000);
      }
    },
    30_000,
  );

  it('holds exactly its lines, over parts, forward and backward, with a test or without', async () => {
    begin(150_000);
    writeSeconds(300);
    rig.writer.close();
    const source = rig.log.source();
    expect(source.parts.length).toBeGreaterThan(10);
    for (const [from, to] of [
      [0, 0],
      [1, 2],
      [77, 155],
      [150, 400],
      [299, 299],
      [400, 500],
    ] as const) {
      const filter = { since: start() + 1_000 * from, until: start() + 1_000 * to };
      const texts = await all(source, filter);
      const expected = Array.from({ length: 300 }, (_, second) => second)
        .filter((second) => second >= from && second <= to)
        .flatMap((second) => Array<number>(second % 3 === 0 ? 300 : 1).fill(second));
      expect(secondsOf(texts)).toEqual(expected);
      expect(await last(source, filter)).toEqual(texts);
      expect(await last(source, filter, 7)).toEqual(texts.slice(-7));
      const test = (lines: readonly string[]): readonly boolean[] => lines.map((line) => line.includes('7.'));
      const wanted = texts.filter((text) => text.includes('7.'));
      expect(await all(source, { ...filter, test })).toEqual(wanted);
      expect(await last(source, { ...filter, test })).toEqual(wanted);
      expect(await last(source, { ...filter, test }, 3)).toEqual(wanted.slice(-3));
    }
  });

  it('is found wherever the search lands: also in the middle of the head of a block', async () => {
    begin(100_000_000);
    for (let block = 0; block < 12; block += 1) {
      rig.say(Array.from({ length: 700 }, (_, line) => `2020-01-01T00:00:00.000Z 1 o ${block} ${'z'.repeat(line % 60)}`).join('\n'));
      clock.pass(60_000);
    }
    rig.writer.close();
    const content = readFileSync(rig.file.path);
    const bytes = openFileBytes(rig.file.path);
    const head = content.indexOf('\n2026-', 140_000) + 1;
    // The search begins in the middle, and reads from a little before it.
    for (let offset = 0; offset < 80; offset += 1) {
      const part = await readSeal({ ...bytes, size: 2 * (head + MAX_HEAD_BYTES + offset) });
      const { start: found } = await rangeOf(part, Date.UTC(2030), undefined);
      expect(found).toBeGreaterThan(0);
      expect(content.toString('latin1', found, found + 11)).toBe('2026-11-20T');
    }
    bytes.close();
  });
});

describe('a clock that is set back', () => {
  /** A clock whose wall time can be set. */
  function settable(): { readonly clock: ManualClock; set: (hours: number) => void } {
    let offset = 0;
    const inner = manualClock();
    return {
      clock: { ...inner, wallTime: (at) => new Date(inner.wallTime(at).getTime() + offset) },
      set: (hours) => {
        offset += hours * 3_600_000;
      },
    };
  }

  it('by hours begins a new part, so that each part is in order and every window is whole', async () => {
    const wall = settable();
    ({ clock } = wall);
    begin(10_000_000);
    rig.say('before');
    clock.pass(60_000);
    rig.say('at its latest');
    wall.set(-5);
    rig.say('set back');
    clock.pass(60_000);
    rig.say('after');
    rig.writer.close();
    const source = rig.log.source();
    expect(source.parts).toHaveLength(2);
    expect(await all(source, {})).toEqual(['before', 'at its latest', 'set back', 'after']);
    expect(await last(source, {})).toEqual(['before', 'at its latest', 'set back', 'after']);
    const since = start() + 30_000;
    expect(await all(source, { since })).toEqual(['at its latest']);
    expect(await last(source, { since })).toEqual(['at its latest']);
    expect(await last(source, { until: start() - 3_600_000 })).toEqual(['set back', 'after']);
  });

  it('by a few seconds, however often, loses no line to a window', async () => {
    const wall = settable();
    ({ clock } = wall);
    begin(10_000_000);
    for (let step = 0; step < 30; step += 1) {
      rig.say(Array.from({ length: 700 }, () => `${step} ${'x'.repeat(50)}`).join('\n'));
      wall.set(-4 / 3_600);
    }
    rig.writer.close();
    const source = rig.log.source();
    expect(source.parts.length).toBeGreaterThan(5);
    for (const seconds of [0, 7, 33, 90]) {
      const since = start() - seconds * 1_000;
      const steps = new Set((await all(source, { since })).map((text) => Number.parseInt(text, 10)));
      expect([...steps]).toEqual(Array.from({ length: 30 }, (_, step) => step).filter((step) => 4 * step <= seconds));
      expect(new Set((await last(source, { since })).map((text) => Number.parseInt(text, 10)))).toEqual(steps);
    }
  });

  it('while no daemon ran is seen by the next one', async () => {
    begin(10_000_000);
    rig.say('before');
    rig.writer.close();
    const later = new Date(start() + 3_600_000);
    utimesSync(rig.file.path, later, later);
    store.close();
    begin(10_000_000);
    rig.say('after the boot');
    rig.writer.close();
    const source = rig.log.source();
    expect(source.parts).toHaveLength(2);
    expect(source.parts[0]?.endedAt).toBe(later.getTime());
    expect(await all(source, {})).toEqual(['before', 'after the boot']);
  });
});

describe('a compressed part', () => {
  it('says when its last line was written, to whoever finds it later', async () => {
    begin(10_000_000);
    rig.say('one');
    rig.file.closePart();
    rig.writer.close();
    const [part] = rig.log.parts;
    const time = new Date(start());
    utimesSync(part?.path ?? '', time, time);
    await compressFile(part?.path ?? '', { signal: new AbortController().signal, onGrowth: () => undefined });
    rmSync(part?.path ?? '');
    store.close();
    begin(10_000_000);
    expect(rig.log.parts).toMatchObject([{ isCompressed: true, endedAt: time.getTime() }]);
  });

  it('is read as it was at the moment when reading began', async () => {
    begin(10_000_000);
    rig.say('one');
    const moment = rig.log.source({ end: rig.file.size });
    rig.say('two');
    rig.file.closePart();
    const [part] = rig.log.parts;
    if (!part) throw new Error('it was not closed');
    const { path } = await compressFile(part.path, { signal: new AbortController().signal, onGrowth: () => undefined });
    rig.log.replace(part, { ...part, path, isCompressed: true });
    rmSync(part.path);
    expect(await all(moment, {})).toEqual(['one']);
    expect(await last(moment, {})).toEqual(['one']);
    expect(await all(rig.log.source(), {})).toEqual(['one', 'two']);
  });

  it.each([0, 10, 30, 60, 200])('that is damaged is an error that says so, when %i bytes of it are left', async (left) => {
    begin(10_000_000);
    for (let line = 0; line < 100; line += 1) rig.say(`line ${line}`);
    rig.writer.close();
    const { path } = await compressFile(rig.file.path, { signal: new AbortController().signal, onGrowth: () => undefined });
    truncateSync(path, left);
    await expect(openGzip(path)).rejects.toMatchObject({ code: 'EIO' });
  });
});

describe('a file that a program writes itself', () => {
  it('is read line by line, also where a line is longer than anything of ours, forward and backward', async () => {
    begin(10_000_000);
    const lines = ['first', 'y'.repeat(500_000), '', 'z'.repeat(131_073), 'last, without a newline'];
    rig.log.makeFolder();
    writeFileSync(openFile(rig.log.stem, 'raw'), lines.join('\n'));
    rig.log.measureRaw();
    const short = (texts: readonly string[]): readonly string[] => texts.map((text) => `${text.length} ${text.slice(0, 30)}`);
    expect(short(await all(rig.log.source(), {}))).toEqual(short(lines));
    expect(short(await last(rig.log.source(), {}))).toEqual(short(lines));
    expect(short(await last(rig.log.source(), {}, 2))).toEqual(short(lines.slice(-2)));
    writeFileSync(openFile(rig.log.stem, 'raw'), '\n', { flag: 'a' });
    rig.log.measureRaw();
    expect(short(await all(rig.log.source(), {}))).toEqual(short(lines));
    expect(short(await last(rig.log.source(), {}))).toEqual(short(lines));
  });
});

describe('a log whose files somebody else touches', () => {
  it('has what is left of it, and goes on in a new file at the next part', async () => {
    begin(8_192);
    for (let line = 0; line < 300; line += 1) rig.say(`${line} ${'x'.repeat(100)}`);
    const [first, second] = rig.log.parts;
    const before = await all(rig.log.source(), {});
    rmSync(first?.path ?? '');
    renameSync(second?.path ?? '', `${folder}/elsewhere`);
    const left = await all(rig.log.source(), {});
    expect(left).toEqual(before.slice(-left.length));
    expect(left.length).toBeLessThan(before.length);
    rmSync(rig.file.path);
    for (let line = 300; line < 600; line += 1) rig.say(`${line} ${'x'.repeat(100)}`);
    expect((await all(rig.log.source(), {})).at(-1)).toMatch(/^599 /);
    rig.log.dropBeyond(0);
    expect(rig.log.parts).toEqual([]);
    rig.writer.close();
  });
});
