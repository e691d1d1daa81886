import { appendFileSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { tailRaw } from '../../src/logs/raw-tail.js';
import { readAll } from '../../src/logs/read-all.js';
import type { LogStore } from '../../src/logs/store.js';
import { readLast } from '../../src/logs/tail.js';
import { openStore, writerRig } from '../helpers/log-disk.js';
import { type ManualClock, manualClock } from '../helpers/manual-clock.js';
import { makeTestFolder, removeTestFolder } from '../helpers/run.js';
import { until } from '../helpers/until.js';

let folder: string;
let clock: ManualClock;
let store: LogStore;

beforeEach(() => {
  folder = makeTestFolder();
  clock = manualClock();
  store = openStore(folder, { clock, policies: { a: { compress: false } } });
});
afterEach(() => {
  store.close();
  removeTestFolder(folder);
});

const texts = async (): Promise<readonly string[]> =>
  (await readLast([store.of('shop', 'a').source()], { lines: 99 })).map(({ text }) => text);

describe('a log of which a part is damaged', () => {
  it.each(['an empty file', 'not what it says'])('is read all the same, and says where lines are missing: %s', async (damage) => {
    const rig = writerRig(store.of('shop', 'a'), clock);
    rig.say('one');
    rig.file.closePart();
    rig.say('two');
    rig.writer.close();
    const [part] = rig.log.parts;
    store.close();
    renameSync(part?.path ?? '', `${part?.path}.gz`);
    writeFileSync(`${part?.path}.gz`, damage === 'an empty file' ? '' : 'x'.repeat(1_000));
    store = openStore(folder, { clock, policies: { a: {} } });
    expect(await texts()).toEqual([
      expect.stringContaining(`lines are missing here, as a part of this log cannot be read: ${part?.path}.gz was not`),
      'two',
    ]);
  });
});

describe('the merge of many logs', () => {
  it.each([5, 6, 7, 11])('reads compressed parts of %i of them whole', async (count) => {
    const names = Array.from({ length: count }, (_, index) => `s${index}`);
    store.close();
    store = openStore(folder, { clock, policies: Object.fromEntries(names.map((name) => [name, { maxBytes: 400_000 }])) });
    for (const name of names) {
      const rig = writerRig(store.of('shop', name), clock);
      for (let line = 0; line < 1_200; line += 1) rig.say(`${line} ${'x'.repeat(400)}`);
      rig.writer.close();
    }
    await until('all are compressed', () => {
      clock.pass(10_000);
      return names.every((name) => store.of('shop', name).parts.every(({ isCompressed }) => isCompressed));
    });
    let lines = 0;
    for await (const batch of readAll(names.map((name) => store.of('shop', name).source()))) lines += batch.length;
    expect(lines).toBe(1_200 * count);
  });
});

describe('a log that was written by portsup and then by its program', () => {
  it('is one moment, also when one of its two files is closed before it is read', async () => {
    const rig = writerRig(store.of('shop', 'a'), clock);
    rig.say('captured');
    writeFileSync(`${folder}/shop/a.raw`, 'raw\n');
    rig.log.measureRaw();
    const source = rig.log.source({ end: rig.file.size });
    rig.file.closePart();
    rig.say('later');
    expect((await readLast([source], { lines: 99 })).map(({ text }) => text)).toEqual(['raw', 'captured']);
    rig.writer.close();
  });
});

describe('following a file that a program writes itself', () => {
  it('gives each line once, ends one that the next file cannot go on, and goes on with that', () => {
    mkdirSync(`${folder}/shop`, { recursive: true });
    const file = `${folder}/shop/a.raw`;
    const lines: string[] = [];
    const stop = tailRaw(file, clock, (line) => void lines.push(String(line)));
    writeFileSync(file, 'one\ntw');
    clock.pass(200);
    appendFileSync(file, 'o\nno newline');
    clock.pass(200);
    expect(lines).toEqual(['one', 'two']);
    renameSync(file, `${file}.000001`);
    writeFileSync(file, 'next\n');
    clock.pass(200);
    clock.pass(200);
    expect(lines).toEqual(['one', 'two', 'no newline', 'next']);
    stop();
    expect(clock.nextInMs()).toBeNull();
  });
});
