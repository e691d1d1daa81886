import { mkdirSync, utimesSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findCoreDump, type SignalledRun } from '../../src/ports/core-dump.js';
import { makeTestFolder, removeTestFolder } from '../helpers/run.js';

const STARTED = Date.UTC(2026, 10, 20, 12);

let folder: string;
beforeEach(() => {
  folder = makeTestFolder();
});
afterEach(() => {
  removeTestFolder(folder);
});

/** Looks with these settings of the system; undefined: it has no such file. */
function find(pattern: string | undefined, change: Partial<SignalledRun> = {}, usesPid = '0'): string | null {
  const files = { pattern: `${folder}/core_pattern`, usesPid: `${folder}/core_uses_pid` };
  if (pattern !== undefined) writeFileSync(files.pattern, `${pattern}\n`);
  writeFileSync(files.usesPid, `${usesPid}\n`);
  return findCoreDump({ pid: 77, signal: 'SIGSEGV', cwd: `${folder}/cwd`, startedAt: STARTED, ...change }, files);
}

/** Makes a file that was written so long after the run began; absolute path. */
function dumped(name: string, afterMs = 5_000): string {
  const file = `${folder}/cwd/${name}`;
  mkdirSync(file.slice(0, file.lastIndexOf('/')), { recursive: true });
  writeFileSync(file, 'ELF');
  utimesSync(file, new Date(STARTED + afterMs), new Date(STARTED + afterMs));
  return file;
}

describe('the core dump of a run', () => {
  it('is found in the folder it was started in, where the pattern is a name', () => {
    const file = dumped('core');
    expect(find('core')).toBe(file);
  });

  it('bears its PID where the pattern or the system says so', () => {
    const file = dumped('core.77');
    dumped('core.78');
    expect([find('core.%p'), find('core', {}, '1')]).toEqual([file, file]);
    expect(find('core', {}, '0')).toBeNull();
  });

  it('is found at an absolute path, and whatever stands for what is not known', () => {
    const file = dumped('dumps/core-node-77-1763640005%');
    expect(find(`${folder}/cwd/dumps/core-%e-%p-%t%%`)).toBe(file);
    expect(find(`${folder}/cwd/dumps/core-%e-%p-%t%%`, { pid: 78 })).toBeNull();
  });

  it.each([
    ['it was written before the run began', 'core', {}, -5_000],
    ['the signal dumps none', 'core', { signal: 'SIGTERM' }, 5_000],
    ['the system pipes it to a program', '|/usr/lib/systemd/systemd-coredump %p', {}, 5_000],
    ['the system has no such setting', undefined, {}, 5_000],
    ['a folder is named after what only the kernel knows', '%e/core', {}, 5_000],
    ['the folder is gone', '/nowhere/%e', {}, 5_000],
  ] as const)('is none where %s', (_why, pattern, change, afterMs) => {
    dumped('core', afterMs);
    expect(find(pattern, change)).toBeNull();
  });

  it('is no folder of that name', () => {
    mkdirSync(`${folder}/cwd/core`, { recursive: true });
    expect(find('core')).toBeNull();
  });
});
