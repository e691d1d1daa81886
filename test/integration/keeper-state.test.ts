import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readState, type StateLine } from '../../src/base/run-state.js';
import { startedAtByPs } from '../../src/keeper/identity.js';
import { StateFile } from '../../src/keeper/state-file.js';
import { type TestHome, temporaryHome } from '../helpers/home.js';
import { canMount, fillDisk, mountSmallDisk, unmount } from '../helpers/mounts.js';
import { until } from '../helpers/until.js';

const BOOT = 'one 25';
let home: TestHome;
let told: (string | null)[];
/** What the keeper knows: every key that was ever remembered. */
let memory: Map<string, string>;
let files: StateFile[];

beforeEach(() => {
  home = temporaryHome();
  told = [];
  memory = new Map();
  files = [];
  mkdirSync(home.path('state'));
});
afterEach(async () => {
  for (const file of files) file.freeze();
  await home.dispose();
});

const path = (): string => home.path('state', 'state.ndjson');

function open(): StateFile {
  const lines = (): readonly StateLine[] => [{ remember: [...memory] }];
  const file = new StateFile({ path: path(), boot: BOOT, lines, onTrouble: (why) => told.push(why) });
  files.push(file);
  return file;
}

function remember(file: StateFile, key: string, text: string): void {
  memory.set(key, text);
  file.append({ remember: [[key, text]] });
}

const onDisk = (): ReadonlyMap<string, string> => {
  const read = readState(readFileSync(path(), 'utf8'), BOOT);
  if (read.kind !== 'state') throw new Error(JSON.stringify(read));
  return read.state.memory;
};

describe('the state file of a keeper', () => {
  it('is made by the first line, for its owner alone, and holds each line as soon as it was appended', () => {
    const file = open();
    expect(file.read()).toEqual({ kind: 'none' });
    for (let number = 0; number < 100; number += 1) {
      remember(file, `key ${number % 7}`, String(number));
      expect(onDisk()).toEqual(memory);
    }
    expect(statSync(path()).mode & 0o777).toBe(0o600);
  });

  it('is bounded: it is written anew when it has grown too long, and what happens meanwhile is in both', async () => {
    const file = open();
    const text = 'x'.repeat(10_000);
    for (let number = 0; number < 1_500; number += 1) remember(file, `key ${number % 20}`, `${number} ${text}`);
    expect(onDisk()).toEqual(memory);
    let poked = 0;
    await until('it is short again', () => {
      remember(file, 'poked', `${(poked += 1)} ${text}`);
      expect(onDisk()).toEqual(memory);
      return statSync(path()).size < 2_000_000;
    });
    remember(file, 'after', '1');
    expect(onDisk()).toEqual(memory);
    expect(existsSync(`${path()}.new`)).toBe(false);
  });

  it('that cannot be written stops nothing: it is told once, and all of it is written as soon as that is possible', async () => {
    const file = open();
    remember(file, 'before', '1');
    rmSync(path());
    renameSync(home.path('state'), home.path('away'));
    const next = open();
    remember(next, 'meanwhile', '2');
    remember(next, 'meanwhile', '3');
    expect(told).toEqual([expect.stringContaining('ENOENT')]);
    expect(next.trouble).toBe(told[0]);
    mkdirSync(home.path('state'));
    await until('it is written', () => told.length === 2);
    expect(told[1]).toBeNull();
    expect(onDisk()).toEqual(memory);
    remember(next, 'after', '4');
    expect(onDisk()).toEqual(memory);
  });

  it.runIf(canMount)('on a full disk: what is torn there is whole again when there is room', async () => {
    mountSmallDisk(home.path('state'), 64);
    try {
      const file = open();
      remember(file, 'first', '1');
      const makeRoom = fillDisk(home.path('state', 'ballast'));
      for (let number = 0; number < 50; number += 1) remember(file, `key ${number}`, 'y'.repeat(200));
      expect(told).toEqual([expect.stringContaining('ENOSPC')]);
      makeRoom();
      await until('it is written', () => told.length === 2);
      expect(onDisk()).toEqual(memory);
      file.freeze();
    } finally {
      unmount(home.path('state'));
    }
  });

  it('that is damaged is set aside', () => {
    writeFileSync(path(), 'garbage\n');
    const file = open();
    expect(file.read()).toMatchObject({ kind: 'damaged' });
    expect(readFileSync(`${path()}.damaged`, 'utf8')).toBe('garbage\n');
    remember(file, 'a', '1');
    expect(onDisk()).toEqual(memory);
  });

  it('stays as it was when everything is halted, and goes when nothing is left to tell', () => {
    const file = open();
    remember(file, 'a', '1');
    file.freeze();
    remember(file, 'b', '2');
    file.remove();
    expect([...onDisk().keys()]).toEqual(['a']);
    const other = open();
    other.read();
    other.freeze();
    expect(readState(readFileSync(path(), 'utf8'), BOOT)).toMatchObject({ state: { isHalted: true } });
    const next = open();
    remember(next, 'c', '3');
    next.remove();
    expect(() => statSync(path())).toThrow(/ENOENT/);
  });
});

describe('the time at which a process was started, asked of ps', () => {
  it('is told to the second, and of nobody there is none', async () => {
    const before = Date.now();
    const child = spawn('sleep', ['1000'], { env: home.env, stdio: 'ignore' });
    await once(child, 'spawn');
    const at = startedAtByPs(child.pid ?? 0) ?? 0;
    expect(Math.abs(at - before)).toBeLessThan(2_000);
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(startedAtByPs(child.pid ?? 0)).toBeUndefined();
  });
});
