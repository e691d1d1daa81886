import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { LogPolicy } from '../../src/logs/policy.js';
import type { LogMark } from '../../src/logs/record.js';
import type { LogStore } from '../../src/logs/store.js';
import { DROP_BYTES, FULL_BYTES, type WriteNow } from '../../src/logs/writer.js';
import { fakeDisk, openStore, type WriterRig, writerRig } from '../helpers/log-disk.js';
import { linesOf } from '../helpers/log-rig.js';
import { type ManualClock, manualClock } from '../helpers/manual-clock.js';
import { makeTestFolder, removeTestFolder } from '../helpers/run.js';

const ENOSPC = 'ENOSPC: no space left on device';

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

function rigOf(writeNow?: WriteNow, policy: Partial<LogPolicy> = {}): WriterRig {
  store = openStore(`${folder}/logs`, { clock, policies: { db: policy } });
  return writerRig(store.of('shop', 'db'), clock, writeNow);
}

/** As much as is read at once: with four of them enough waits. */
const PIECE = 'x'.repeat(64 * 1024);

function fill(rig: WriterRig, mark: LogMark = ''): void {
  for (let count = 0; count < FULL_BYTES / PIECE.length; count += 1) rig.say(PIECE, { mark });
}

const file = (): string => `${folder}/logs/shop/db.log`;
const short = (text: string): string => text.replaceAll(PIECE, 'X');
const texts = async ({ log }: WriterRig): Promise<readonly string[]> => (await linesOf(log.source())).map(({ text }) => short(text));
const tell = async ({ log }: WriterRig): Promise<readonly string[]> =>
  (await linesOf(log.source())).map(({ stream, text }) => `${stream} ${short(text)}`);

describe('the writer of a log', () => {
  it('makes file and folders for nobody but us', () => {
    const rig = rigOf();
    rig.say('hello');
    rig.writer.close();
    expect(readFileSync(file(), 'latin1')).toMatch(/^# portsup log [\da-f]{16}\n2026-11-20T11:22:33.000Z 1 o hello\n$/);
    expect(statSync(file()).mode & 0o777).toBe(0o600);
    expect(statSync(`${folder}/logs`).mode & 0o777).toBe(0o700);
    expect(statSync(`${folder}/logs/shop`).mode & 0o777).toBe(0o700);
  });

  it('writes at once: what has been added is in the file, of whatever size it is', async () => {
    const rig = rigOf();
    const expected: string[] = [];
    for (let index = 0; index < 1_000; index += 1) {
      expected.push(`${index} ${'x'.repeat((index * 37) % 5_900)}`);
      rig.say(expected.at(-1) ?? '');
      expect(rig.writer.unwritten.length).toBe(0);
    }
    expect(await texts(rig)).toEqual(expected);
    rig.writer.close();
  });

  it('ends a line that a crash tore before it writes the next', async () => {
    const first = rigOf();
    first.say('whole');
    first.writer.close();
    writeFileSync(file(), '2026-11-20T11:22:33.000Z 1 o to', { flag: 'a' });
    const second = rigOf();
    second.say('next');
    second.writer.close();
    expect(await texts(second)).toEqual(['whole', 'to', 'next']);
  });

  it('goes on where a write stopped short', async () => {
    const rig = rigOf((fd, bytes) => fakeDisk(3).writeNow(fd, bytes));
    rig.say('0123456789');
    rig.say('next');
    rig.writer.close();
    expect(await texts(rig)).toEqual(['0123456789', 'next']);
  });
});

describe('the writer of a log on a full disk', () => {
  it('tells once, tries again later and later, and loses nothing', async () => {
    const disk = fakeDisk();
    const rig = rigOf(disk.writeNow, { blockMs: 'infinity' });
    rig.say('one');
    rig.say('two');
    for (const delay of [100, 200, 400, 800, 1_600, 3_200, 6_400, 10_000, 10_000]) {
      expect(clock.nextInMs()).toBe(delay);
      clock.pass(delay);
    }
    expect(rig.troubles).toEqual([`cannot write ${file()}: ${ENOSPC}`]);
    expect(rig.failures).toEqual([ENOSPC]);
    disk.room = Infinity;
    clock.pass(10_000);
    expect(await texts(rig)).toEqual(['one', 'two']);
    expect(clock.nextInMs()).toBeNull();
    expect(rig.failures).toEqual([ENOSPC, null]);
    rig.writer.close();
    expect(rig.failures).toHaveLength(2);
    expect(rig.drops).toEqual([]);
  });

  it('is full when enough waits, and says when there is room again', () => {
    const disk = fakeDisk();
    const rig = rigOf(disk.writeNow);
    for (let count = 0; count < 3; count += 1) rig.say(PIECE);
    expect(rig.writer.isFull).toBe(false);
    rig.say(PIECE);
    expect(rig.writer.isFull).toBe(true);
    expect(rig.rooms.count).toBe(0);
    disk.room = Infinity;
    clock.pass(100);
    expect(rig.rooms.count).toBe(1);
    expect(rig.writer.isFull).toBe(false);
    rig.writer.close();
  });

  it('keeps no more than its bound even while programs are held, and says in the log how many lines are missing', async () => {
    const disk = fakeDisk();
    const rig = rigOf(disk.writeNow);
    const line = 'x'.repeat(9_999);
    rig.say(line);
    let kept = 1;
    for (; rig.drops.length === 0; kept += 1) rig.say(line);
    for (let count = 1; count < 1_000; count += 1) rig.say(line);
    // It would fit, but stands behind the gap.
    rig.say('small');
    expect(rig.writer.unwritten.length).toBeLessThanOrEqual(DROP_BYTES);
    expect(rig.writer.unwritten.length).toBeGreaterThan(DROP_BYTES - 20_000);
    disk.room = Infinity;
    clock.pass(100);
    rig.say('next');
    rig.writer.close();
    expect(await texts(rig)).toEqual([...Array<string>(kept - 1).fill(line), `LOST 1001 ${ENOSPC}`, 'next']);
    expect(rig.troubles[1]).toContain('1001 lines could not be written');
    expect(rig.drops).toEqual([null, 1_001]);
  });

  it('says what is lost when it has to close', () => {
    const rig = rigOf(fakeDisk().writeNow);
    rig.say('one');
    rig.writer.close();
    expect(rig.troubles.at(-1)).toMatch(/^\d\d bytes could not be written/);
  });

  it('says that nothing waits for the disk any more when it has given up', () => {
    const rig = rigOf(fakeDisk().writeNow);
    rig.say('one');
    rig.writer.close();
    expect(rig.failures).toEqual([ENOSPC, null]);
    expect(clock.nextInMs()).toBeNull();
  });

  it('takes a folder that cannot be made as trouble too', async () => {
    writeFileSync(`${folder}/blocked`, 'in the way');
    store = openStore(`${folder}/logs`, { clock });
    writeFileSync(`${folder}/logs`, 'in the way');
    const rig = writerRig(store.of('shop', 'db'), clock);
    rig.say('one');
    expect(rig.troubles).toHaveLength(1);
    removeTestFolder(`${folder}/logs`);
    clock.pass(100);
    rig.writer.close();
    expect(await texts(rig)).toEqual(['one']);
  });

  it('joins no line to what a full disk left of the first one of a new file', async () => {
    const disk = fakeDisk(10);
    const rig = rigOf(disk.writeNow);
    rig.say('one');
    disk.room = Infinity;
    clock.pass(100);
    rig.say('two');
    rig.writer.close();
    expect(await texts(rig)).toEqual(['one', 'two']);
  });
});

describe('the writer of a log on a disk that stays full', () => {
  /** Fills what may wait, then waits until it drops. */
  function untilDropping(rig: WriterRig, blockMs: number): void {
    fill(rig);
    expect(rig.writer.isFull).toBe(true);
    clock.pass(blockMs - 1);
    expect(rig.rooms.count).toBe(0);
    clock.pass(1);
    expect(rig.rooms.count).toBe(1);
    expect(rig.writer.isFull).toBe(false);
  }

  it.each([0, 300, 5_000])('holds the program for %i ms, then drops lines, and says where and how many', async (blockMs) => {
    const disk = fakeDisk();
    const rig = rigOf(disk.writeNow, { blockMs });
    if (blockMs > 0) untilDropping(rig, blockMs);
    else {
      fill(rig);
      clock.pass(0);
    }
    expect(rig.drops).toEqual([]);
    rig.say('lost 1\nlost 2');
    rig.say('lost 3', { stream: 'err' });
    expect(rig.drops).toEqual([null]);
    disk.room = Infinity;
    clock.pass(10_000);
    rig.say('there again');
    expect((await tell(rig)).slice(4)).toEqual([`err LOST 3 ${ENOSPC}`, 'out there again']);
    expect(rig.drops).toEqual([null, 3]);
    expect(rig.failures).toEqual([ENOSPC, 'dropped', null]);
    rig.writer.close();
  });

  it('never drops a line with an infinite patience', async () => {
    const disk = fakeDisk();
    const rig = rigOf(disk.writeNow, { blockMs: 'infinity' });
    fill(rig);
    expect(rig.writer.isFull).toBe(true);
    clock.pass(86_400_000);
    expect(rig.rooms.count).toBe(0);
    rig.say('last words');
    disk.room = Infinity;
    clock.pass(10_000);
    expect((await texts(rig)).at(-1)).toBe('last words');
    expect(rig.drops).toEqual([]);
    rig.writer.close();
  });

  it('drops nothing of a program that says little: there is room for it in memory', async () => {
    const disk = fakeDisk();
    const rig = rigOf(disk.writeNow, { blockMs: 300 });
    for (let minute = 0; minute < 60; minute += 1) {
      rig.say(`minute ${minute}`);
      clock.pass(60_000);
    }
    disk.room = Infinity;
    clock.pass(10_000);
    expect(await texts(rig)).toEqual(Array.from({ length: 60 }, (_, minute) => `minute ${minute}`));
    expect(rig.drops).toEqual([]);
    rig.writer.close();
  });

  it('joins nothing over the gap, counts the lines on both sides of it, and leaves alone what goes on through it', async () => {
    const disk = fakeDisk(Infinity);
    const rig = rigOf(disk.writeNow, { blockMs: 300 });
    rig.say('out begins, ', { mark: '+' });
    rig.say('err begins, ', { mark: '+', stream: 'err' });
    disk.room = 0;
    rig.say('goes on ', { mark: '-+' });
    fill(rig, '-+');
    clock.pass(300);
    rig.say('and is lost\nthis as well\nthe beginning of this, too, ', { mark: '-+' });
    disk.room = Infinity;
    clock.pass(10_000);
    rig.say('and this is its end', { mark: '-' });
    rig.say('and ends', { mark: '-', stream: 'err' });
    const said = await tell(rig);
    expect(said).toEqual(['out out begins, goes on XXXX', `out LOST 3 ${ENOSPC}`, 'out and this is its end', 'err err begins, and ends']);
    rig.writer.close();
  });

  it('loses the news of an end without a newline, but tells it: that is no line', async () => {
    const disk = fakeDisk(Infinity);
    const rig = rigOf(disk.writeNow, { blockMs: 0 });
    disk.room = 0;
    fill(rig, '+');
    clock.pass(0);
    rig.say('', { mark: '-.' });
    disk.room = Infinity;
    clock.pass(10_000);
    rig.say('next');
    expect(await texts(rig)).toEqual(['XXXX', 'next']);
    expect(rig.drops).toEqual([]);
    rig.writer.close();
  });

  it('says where lines are missing also when there is room only at its close', async () => {
    const disk = fakeDisk();
    const rig = rigOf(disk.writeNow, { blockMs: 0 });
    fill(rig);
    clock.pass(0);
    rig.say('lost');
    disk.room = Infinity;
    rig.writer.close();
    expect((await texts(rig)).slice(4)).toEqual([`LOST 1 ${ENOSPC}`]);
    expect(rig.failures).toEqual([ENOSPC, 'dropped', null]);
  });

  it('is dropping again when it fails again, with a gap of its own', async () => {
    const disk = fakeDisk();
    const rig = rigOf(disk.writeNow, { blockMs: 300 });
    for (const round of [1, 2, 3]) {
      disk.room = 0;
      fill(rig);
      clock.pass(300);
      for (let line = 0; line < round; line += 1) rig.say('lost');
      disk.room = Infinity;
      clock.pass(10_000);
    }
    expect(rig.drops).toEqual([null, 1, null, 2, null, 3]);
    expect((await texts(rig)).filter((text) => text.startsWith('LOST'))).toEqual([1, 2, 3].map((lines) => `LOST ${lines} ${ENOSPC}`));
    rig.writer.close();
  });
});
