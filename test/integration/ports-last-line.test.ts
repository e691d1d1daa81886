import { execFileSync } from 'node:child_process';
import { closeSync, constants, openSync, writeSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type LastLine, openLastLine } from '../../src/ports/last-line.js';
import { type ManualClock, manualClock } from '../helpers/manual-clock.js';
import { makeTestFolder, removeTestFolder } from '../helpers/run.js';

let folder: string;
let clock: ManualClock;
let lastLine: LastLine;
let fd: number;

beforeEach(() => {
  folder = makeTestFolder();
  execFileSync('mkfifo', [`${folder}/err`]);
  clock = manualClock();
  lastLine = openLastLine(`${folder}/err`, clock);
  fd = openSync(`${folder}/err`, constants.O_WRONLY | constants.O_NONBLOCK);
});

afterEach(() => {
  lastLine.close();
  closeSync(fd);
  removeTestFolder(folder);
});

describe('the last line that a program says', () => {
  it('is the last that is not empty, whole or not', () => {
    expect(lastLine.read()).toBe('');
    writeSync(fd, 'first\nsecond\r\n  \n\n');
    expect(lastLine.read()).toBe('second');
    writeSync(fd, 'thi');
    clock.pass(60);
    writeSync(fd, 'rd');
    expect(lastLine.read()).toBe('third');
  });

  it('is of bounded length, and the end of it', () => {
    writeSync(fd, `${'x'.repeat(20_000)}the end\n`);
    expect(lastLine.read()).toHaveLength(500);
    expect(lastLine.read()).toMatch(/xthe end$/);
  });

  it('makes room for more as time passes', () => {
    const block = Buffer.alloc(60_000, 'y');
    for (let count = 0; count < 20; count += 1) {
      expect(writeSync(fd, block)).toBe(block.length);
      clock.pass(60);
    }
    writeSync(fd, '\nat last');
    expect(lastLine.read()).toBe('at last');
  });
});
