import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { compressFile } from '../../src/logs/gzip-part.js';
import { openFile, partFile } from '../../src/logs/part-files.js';
import type { LogPolicy } from '../../src/logs/policy.js';
import { type Budget, LogStore } from '../../src/logs/store.js';
import { openStore, planOf, type WriterRig, writerRig } from '../helpers/log-disk.js';
import { linesOf } from '../helpers/log-rig.js';
import { type ManualClock, manualClock } from '../helpers/manual-clock.js';
import { makeTestFolder, removeTestFolder } from '../helpers/run.js';
import { until } from '../helpers/until.js';

const LINE = 'x'.repeat(900);

let folder: string;
let clock: ManualClock;
let store: LogStore;

beforeEach(() => {
  folder = makeTestFolder();
  clock = manualClock();
});
afterEach(() => {
  store.close();
  removeTestFolder(folder);
});

const files = (): readonly string[] => (existsSync(`${folder}/logs/shop`) ? readdirSync(`${folder}/logs/shop`).toSorted() : []);
const bytesOnDisk = (): number => files().reduce((sum, name) => sum + statSync(`${folder}/logs/shop/${name}`).size, 0);

/** Opens the logs of a new daemon, with one policy for all services. */
function open(
  policy: Partial<LogPolicy>,
  { budgets = [], paths = ['a'] }: { budgets?: readonly Budget[]; paths?: readonly string[] } = {},
): void {
  const policies = Object.fromEntries(paths.map((path) => [path, { compress: false, ...policy }]));
  store = openStore(`${folder}/logs`, { clock, policies, budgets });
}

const rigOf = (path: string): WriterRig => writerRig(store.of('shop', path), clock);

/** Says numbered lines of 900 bytes, one a second. */
function say(rig: WriterRig, count: number, first = 0): void {
  for (let number = first; number < first + count; number += 1) {
    rig.say(`${number} ${LINE}`);
    clock.pass(1);
  }
}

/** Comes back while a part is being compressed: looks at each turn of the event loop, of which every step takes one at least. */
async function compressing(): Promise<void> {
  for (let turn = 0; turn < 1_000_000; turn += 1) {
    if (files().some((name) => name.endsWith('.tmp'))) return;
    await new Promise(setImmediate);
  }
  throw new Error('nothing is being compressed');
}

const numbers = async ({ log }: WriterRig): Promise<readonly number[]> =>
  (await linesOf(log.source())).map(({ text }) => Number.parseInt(text, 10));
const writeRaw = (stem: string, bytes: number): void => writeFileSync(openFile(stem, 'raw'), Buffer.alloc(bytes, 'raw\n'));
const range = (from: number, to: number): readonly number[] => Array.from({ length: to - from }, (_, index) => from + index);

describe('how many parts are kept', () => {
  it.each([0, 1, 3])('is as the policy says: %i closed ones, the youngest', async (keep) => {
    open({ maxBytes: 4_096, keep });
    const rig = rigOf('a');
    say(rig, 101);
    // Four lines fill a part.
    expect(rig.log.parts.map(({ number }) => number)).toEqual(range(26 - keep, 26));
    expect(await numbers(rig)).toEqual(range(100 - 4 * keep, 101));
    expect(files()).toHaveLength(keep + 1);
    rig.writer.close();
  });

  it('is not forgotten by the next daemon, which gives no number twice', async () => {
    open({ maxBytes: 4_096, keep: 8 });
    say(rigOf('a'), 101);
    store.close();
    open({ maxBytes: 4_096, keep: 8 });
    const rig = rigOf('a');
    expect(await numbers(rig)).toEqual(range(68, 101));
    say(rig, 20, 101);
    expect((await numbers(rig)).at(0)).toBeGreaterThanOrEqual(84);
    expect(new Set(await numbers(rig)).size).toBe((await numbers(rig)).length);
    rig.writer.close();
  });

  it('does not matter to a service that has left the configuration: what it said stays until a budget needs the room', async () => {
    open({ maxBytes: 4_096, keep: 50 });
    const gone = rigOf('a');
    say(gone, 101);
    gone.writer.close();
    gone.log.makeRoom = null;
    store.plan('shop', planOf({ policies: { b: {} } }));
    expect(await numbers(gone)).toEqual(range(0, 101));
    store.plan('shop', planOf({ policies: { b: {} }, budgets: [{ path: '', bytes: 65_536 }] }));
    expect(bytesOnDisk()).toBeLessThanOrEqual(65_536);
    expect((await numbers(gone)).at(-1)).toBe(100);
  });

  it('includes what a service that is gone has left open: nobody else would ever close it', async () => {
    open({ maxBytes: 200_000 });
    const gone = rigOf('a');
    say(gone, 101);
    gone.writer.close();
    gone.log.makeRoom = null;
    store.plan('shop', planOf({ policies: { b: {} }, budgets: [{ path: '', bytes: 65_536 }] }));
    expect(bytesOnDisk()).toBe(0);
    const other = rigOf('b');
    say(other, 20);
    expect(await numbers(other)).toEqual(range(0, 20));
    other.writer.close();
  });
});

it('a question after a service that never was changes nothing', () => {
  open({ maxBytes: 200_000 }, { budgets: [{ path: '', bytes: 65_536 }] });
  const { maxBytes } = store.of('shop', 'a');
  expect(store.find('shop', 'b')).toBeUndefined();
  expect([store.all('shop').length, store.of('shop', 'a').maxBytes]).toEqual([1, maxBytes]);
  expect(store.find('shop', 'a')).toBe(store.of('shop', 'a'));
});

it('the bytes of logs are summed up at each level, and known of all at once', () => {
  open({}, { paths: ['web', 'web2', 'pool/a', 'pool/b'] });
  for (const [index, path] of ['web', 'web2', 'pool/a', 'pool/b'].entries()) rigOf(path).say('x'.repeat(100 * (index + 1)));
  const of = (path: string): number => store.of('shop', path).bytes;
  const pool = of('pool/a') + of('pool/b');
  const sums = { web: of('web'), web2: of('web2'), 'pool/a': of('pool/a'), 'pool/b': of('pool/b'), pool };
  expect(Object.fromEntries(store.bytesBelow('shop'))).toEqual({ ...sums, '': of('web') + of('web2') + pool });
  expect([store.bytes('shop', 'pool'), store.bytes('shop', 'none')]).toEqual([pool, 0]);
});

describe('a plan that changes', () => {
  it('applies at once: fewer parts, smaller parts, a smaller budget', async () => {
    open({ maxBytes: 40_960, keep: 20 });
    const rig = rigOf('a');
    say(rig, 440);
    expect(rig.log.parts).toHaveLength(10);
    store.plan('shop', planOf({ policies: { a: { maxBytes: 40_960, keep: 4, compress: false } } }));
    expect(rig.log.parts).toHaveLength(4);
    expect(files()).toHaveLength(5);
    store.plan('shop', planOf({ policies: { a: { maxBytes: 8_192, keep: 100, compress: false } } }));
    say(rig, 40, 440);
    expect(rig.log.parts.at(-1)?.bytes).toBeLessThanOrEqual(8_192);
    expect((await numbers(rig)).at(-1)).toBe(479);
    const budgets = [{ path: '', bytes: 65_536 }];
    store.plan('shop', planOf({ policies: { a: { maxBytes: 8_192, keep: 100, compress: false } }, budgets }));
    expect(bytesOnDisk()).toBeLessThanOrEqual(65_536);
    expect((await numbers(rig)).at(-1)).toBe(479);
    rig.writer.close();
  });

  it('applies also where all that is too much is written into now, by many services of which none keeps a part', () => {
    const paths = range(0, 10).map((index) => `s${index}`);
    open({ keep: 0 }, { paths });
    const rigs = paths.map(rigOf);
    for (const rig of rigs) say(rig, 30);
    expect(bytesOnDisk()).toBeGreaterThan(270_000);
    const policies = Object.fromEntries(paths.map((path) => [path, { keep: 0, compress: false }]));
    store.plan('shop', planOf({ policies, budgets: [{ path: '', bytes: 65_536 }] }));
    expect(bytesOnDisk()).toBeLessThanOrEqual(65_536);
    for (const rig of rigs) rig.writer.close();
  });
});

describe('a budget', () => {
  it('takes the oldest part first, whoever has it', () => {
    open({ maxBytes: 8_192, keep: 1_000 }, { budgets: [{ path: '', bytes: 200_000 }], paths: ['a', 'b', 'c'] });
    const rigs = ['a', 'b', 'c'].map(rigOf);
    for (let round = 0; round < 20; round += 1) for (const rig of rigs) say(rig, 9);
    const parts = (): readonly number[] =>
      rigs.flatMap(({ log }) => log.parts.map(({ endedAt }) => endedAt)).toSorted((left, right) => left - right);
    const before = parts();
    const counts = rigs.map(({ log }) => log.parts.length);
    expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
    const [, loud] = rigs;
    if (loud) say(loud, 9 * 3);
    // What is gone are the oldest of all, though they were not the one's that needs the room.
    const after = new Set(parts());
    const gone = before.filter((endedAt) => !after.has(endedAt));
    expect(gone.length).toBeGreaterThanOrEqual(2);
    expect(gone).toEqual(before.slice(0, gone.length));
    for (const rig of rigs) rig.writer.close();
  });

  it('that a program exceeds by itself leaves half of it to the others, and stops nobody', async () => {
    open({ mode: 'raw' }, { budgets: [{ path: '', bytes: 65_536 }], paths: ['a', 'b'] });
    const rig = rigOf('b');
    say(rig, 10);
    const raw = store.of('shop', 'a');
    writeRaw(raw.stem, 100_000);
    raw.measureRaw();
    say(rig, 100, 10);
    expect(rig.log.bytes).toBeLessThanOrEqual(32_768);
    expect(rig.log.bytes).toBeGreaterThan(10_000);
    expect((await numbers(rig)).at(-1)).toBe(109);
    rig.writer.close();
  });

  it('that is exceeded just when a part is begun leaves none whose blocks nobody can read', async () => {
    open({ mode: 'raw' }, { budgets: [{ path: '', bytes: 65_536 }], paths: ['a', 'b'] });
    const rig = rigOf('b');
    const raw = store.of('shop', 'a');
    raw.makeFolder();
    writeRaw(raw.stem, 100_000);
    raw.measureRaw();
    rig.say(`first ${'x'.repeat(3_000)}`);
    writeRaw(raw.stem, 0);
    raw.measureRaw();
    rig.say(`second ${'x'.repeat(3_000)}`);
    expect((await linesOf(rig.log.source())).map(({ text }) => text.split(' ')[0])).toEqual(['first', 'second']);
    rig.writer.close();
  });

  it('holds after a full disk has kept more in memory than it allows', () => {
    open({}, { budgets: [{ path: '', bytes: 65_536 }] });
    let isFull = true;
    const rig = writerRig(store.of('shop', 'a'), clock, (fd, bytes) => {
      if (isFull) throw Object.assign(new Error('ENOSPC'), { code: 'ENOSPC' });
      return writeSync(fd, bytes);
    });
    say(rig, 250);
    isFull = false;
    clock.pass(10_000);
    expect(bytesOnDisk()).toBeLessThanOrEqual(65_536);
    rig.writer.close();
  });

  it('does not loop over what cannot be removed, and takes the rest', () => {
    open({ maxBytes: 8_192, keep: 1_000 }, { budgets: [{ path: '', bytes: 65_536 }] });
    const rig = rigOf('a');
    say(rig, 30);
    const [stuck] = rig.log.parts;
    rmSync(stuck?.path ?? '');
    mkdirSync(`${stuck?.path ?? ''}/in/the/way`, { recursive: true });
    say(rig, 200, 30);
    expect(rig.log.parts[0]).toBe(stuck);
    removeTestFolder(stuck?.path ?? '');
    say(rig, 10, 230);
    expect(bytesOnDisk()).toBeLessThanOrEqual(65_536);
    rig.writer.close();
  });
});

describe('a part that cannot be closed', () => {
  it('grows on, is told of once, and closed when it can be', async () => {
    open({ maxBytes: 8_192, keep: 1_000 });
    const rig = rigOf('a');
    const inTheWay = `${partFile(rig.log.stem, 'log', 1)}/x`;
    mkdirSync(inTheWay, { recursive: true });
    say(rig, 100);
    expect(rig.log.parts).toEqual([]);
    expect(rig.troubles).toHaveLength(1);
    expect(rig.troubles[0]).toContain('cannot begin a new part');
    expect(rig.file.size).toBeGreaterThan(90_000);
    removeTestFolder(partFile(rig.log.stem, 'log', 1));
    say(rig, 10, 100);
    expect(rig.log.parts.length).toBeGreaterThan(0);
    expect(await numbers(rig)).toEqual(range(0, 110));
    rig.writer.close();
  });
});

describe('a folder that could not be read', () => {
  const openUnreadable = (troubles: string[]): void => {
    mkdirSync(`${folder}/logs`);
    writeFileSync(`${folder}/logs/shop`, 'no folder');
    store = new LogStore({ folder: `${folder}/logs`, clock, onTrouble: (message) => void troubles.push(message) });
    store.plan('shop', planOf({ policies: { a: { maxBytes: 4_096, keep: 9 } } }));
    rmSync(`${folder}/logs/shop`);
    mkdirSync(`${folder}/logs/shop`);
  };

  it('loses nothing of what is in it: no part takes the place of one that was not found', () => {
    const troubles: string[] = [];
    openUnreadable(troubles);
    expect(troubles).toHaveLength(1);
    const old = ['a.log.000001', 'a.log.000002.gz'];
    for (const name of old) writeFileSync(`${folder}/logs/shop/${name}`, 'old');
    const rig = rigOf('a');
    say(rig, 10);
    rig.writer.close();
    expect(files()).toEqual(['a.log', ...old, 'a.log.000003', 'a.log.000004']);
    for (const name of old) expect(readFileSync(`${folder}/logs/shop/${name}`, 'latin1')).toBe('old');
  });

  it('when a part is to be compressed stops nobody, and is told', async () => {
    const troubles: string[] = [];
    openUnreadable(troubles);
    const rig = rigOf('a');
    say(rig, 5);
    rig.writer.close();
    renameSync(`${folder}/logs/shop`, `${folder}/away`);
    writeFileSync(`${folder}/logs/shop`, 'no folder');
    clock.pass(20_000);
    await until('trouble', () => troubles.at(-1)?.startsWith('cannot compress'));
  });
});

describe('compression', { timeout: 20_000 }, () => {
  it('begins ten seconds after a part was closed, one after another, and changes nothing but sizes', async () => {
    open({ maxBytes: 300_000, keep: 100, compress: true });
    const rig = rigOf('a');
    for (let number = 0; number < 1_000; number += 1) rig.say(`${number} ${LINE}`);
    const closed = rig.log.parts.length;
    expect(closed).toBe(3);
    clock.pass(9_999);
    expect(rig.log.parts.some(({ isCompressed }) => isCompressed)).toBe(false);
    clock.pass(1);
    await until('all are compressed', () => {
      clock.pass(1);
      return rig.log.parts.every(({ isCompressed }) => isCompressed);
    });
    expect(files()).toEqual(['a.log', 'a.log.000001.gz', 'a.log.000002.gz', 'a.log.000003.gz']);
    expect(statSync(`${folder}/logs/shop/a.log.000001.gz`).mode & 0o777).toBe(0o600);
    expect(store.bytes('shop', '')).toBe(bytesOnDisk());
    expect(await numbers(rig)).toEqual(range(0, 1_000));
    rig.writer.close();
    store.close();
    open({ maxBytes: 300_000, keep: 100, compress: true });
    expect(await numbers(rigOf('a'))).toEqual(range(0, 1_000));
  });

  it('counts what it writes, also under a plan that changes meanwhile', async () => {
    open({ maxBytes: 300_000, keep: 100, compress: true }, { budgets: [{ path: '', bytes: 1_000_000 }] });
    const rig = rigOf('a');
    for (let number = 0; number < 700; number += 1) rig.say(`${number} ${LINE}`);
    clock.pass(10_000);
    await compressing();
    const budgets = [{ path: '', bytes: 900_000 }];
    store.plan('shop', planOf({ policies: { a: { maxBytes: 300_000, keep: 100 } }, budgets }));
    await until('all are compressed', () => {
      clock.pass(10_000);
      return rig.log.parts.every(({ isCompressed }) => isCompressed);
    });
    for (let number = 700; number < 5_000; number += 1) {
      rig.say(`${number} ${LINE}`);
      if (number % 20 > 0) continue;
      const bytes = bytesOnDisk();
      expect(store.bytes('shop', '')).toBe(bytes);
      expect(bytes).toBeLessThanOrEqual(900_000);
    }
    rig.writer.close();
  });

  it('does not look at each part of a flood of which only the last are kept', async () => {
    open({ maxBytes: 4_096, keep: 2, compress: true });
    const rig = rigOf('a');
    for (let number = 0; number < 10_000; number += 1) rig.say(`${number} ${LINE}`);
    expect(rig.log.parts.at(-1)?.number).toBe(2_499);
    await until('those that are kept are compressed', () => {
      clock.pass(10_000);
      return rig.log.parts.every(({ isCompressed }) => isCompressed);
    });
    expect(files()).toEqual(['a.log', 'a.log.002498.gz', 'a.log.002499.gz']);
    rig.writer.close();
  });

  it('leaves nothing of a part that was dropped meanwhile', async () => {
    open({ maxBytes: 300_000, keep: 100, compress: true });
    const rig = rigOf('a');
    for (let number = 0; number < 400; number += 1) rig.say(`${number} ${LINE}`);
    clock.pass(10_000);
    await compressing();
    rig.log.dropBeyond(0);
    await until('only the open one is left', () => files().join() === 'a.log');
    expect(store.bytes('shop', '')).toBe(bytesOnDisk());
    rig.writer.close();
  });
});

describe('a daemon killed between two steps', () => {
  const steps = {
    'after a part was renamed, before the next was begun': ({ log }: WriterRig) =>
      renameSync(openFile(log.stem, 'log'), partFile(log.stem, 'log', 3)),
    'while a part was being compressed': ({ log }: WriterRig) => {
      copyFileSync(`${partFile(log.stem, 'log', 1)}.whole.gz`, `${partFile(log.stem, 'log', 1)}.gz.tmp`);
      truncateSync(`${partFile(log.stem, 'log', 1)}.gz.tmp`, 100);
    },
    'before what was compressed got its name': ({ log }: WriterRig) =>
      copyFileSync(`${partFile(log.stem, 'log', 1)}.whole.gz`, `${partFile(log.stem, 'log', 1)}.gz.tmp`),
    'before the original was removed': ({ log }: WriterRig) =>
      copyFileSync(`${partFile(log.stem, 'log', 1)}.whole.gz`, `${partFile(log.stem, 'log', 1)}.gz`),
    'when the original was removed': ({ log }: WriterRig) => {
      copyFileSync(`${partFile(log.stem, 'log', 1)}.whole.gz`, `${partFile(log.stem, 'log', 1)}.gz`);
      rmSync(partFile(log.stem, 'log', 1));
    },
  };

  it.each(Object.entries(steps))('%s: every line is there, once, and nothing is left over', async (_when, prepare) => {
    open({ maxBytes: 100_000, keep: 100 });
    const first = rigOf('a');
    say(first, 300);
    first.writer.close();
    store.close();
    expect(first.log.parts).toHaveLength(2);
    const part = partFile(first.log.stem, 'log', 1);
    const { path } = await compressFile(part, { signal: new AbortController().signal, onGrowth: () => undefined });
    renameSync(path, `${part}.whole.gz`);
    prepare(first);
    rmSync(`${part}.whole.gz`);
    open({ maxBytes: 100_000, keep: 100 });
    const rig = rigOf('a');
    say(rig, 10, 300);
    expect(await numbers(rig)).toEqual(range(0, 310));
    expect(files().filter((name) => name.startsWith('a.log.000001'))).toHaveLength(1);
    expect(files().some((name) => name.endsWith('.tmp'))).toBe(false);
    expect(store.bytes('shop', '')).toBe(bytesOnDisk());
    rig.writer.close();
  });
});
