import { appendFileSync, renameSync, truncateSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { tailRaw } from '../../src/logs/raw-tail.js';
import { type ManualClock, manualClock } from '../helpers/manual-clock.js';
import { makeTestFolder, removeTestFolder } from '../helpers/run.js';

let folder: string;
let clock: ManualClock;
let lines: string[];
let end: () => void;
const file = (): string => `${folder}/db.raw`;

beforeEach(() => {
  folder = makeTestFolder();
  clock = manualClock();
  lines = [];
  writeFileSync(file(), 'before\n');
  end = tailRaw(file(), clock, (line) => lines.push(String(line)));
});
afterEach(() => {
  end();
  removeTestFolder(folder);
});

describe('what a program writes itself, while somebody follows it', () => {
  it('is told to its end when a new file follows, however much it is, and no line is joined with one of the next file', () => {
    const numbers = Array.from({ length: 300_000 }, (_, number) => `old ${number}`);
    appendFileSync(file(), `${numbers.join('\n')}\nno newline`);
    renameSync(file(), `${file()}.000001`);
    writeFileSync(file(), 'new\n');
    clock.pass(5_000);
    expect(lines).toEqual([...numbers, 'no newline', 'new']);
  });

  it('is told from its beginning when somebody has emptied the file', () => {
    appendFileSync(file(), 'one\n');
    clock.pass(200);
    truncateSync(file());
    clock.pass(200);
    appendFileSync(file(), 'two\n');
    clock.pass(200);
    expect(lines).toEqual(['one', 'two']);
  });
});
