import { execFileSync, spawn } from 'node:child_process';
import { closeSync, constants, existsSync, mkdirSync, openSync, readFileSync, readSync, renameSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { PlainFile } from '../../src/logs/plain-file.js';
import type { LogMark, LogStream } from '../../src/logs/record.js';
import { LogWriter } from '../../src/logs/writer.js';
import { type ManualClock, manualClock } from '../helpers/manual-clock.js';
import { makeTestFolder, removeTestFolder } from '../helpers/run.js';

let folder: string;
let clock: ManualClock;
let file: PlainFile;
let writer: LogWriter;
let troubles: string[];

beforeEach(() => {
  folder = makeTestFolder();
  clock = manualClock();
  troubles = [];
  file = new PlainFile(path());
  writer = newWriter();
});
afterEach(() => {
  writer.close();
  removeTestFolder(folder);
});

const path = (): string => `${folder}/away/web.log`;
const text = (): string => readFileSync(path(), 'latin1');

const newWriter = (): LogWriter =>
  new LogWriter({
    target: file,
    clock,
    blockMs: () => 0,
    onRoom: () => undefined,
    onTrouble: (message) => void troubles.push(message),
    lossChunk: (lost) => ({ stamp: '', run: 1, stream: 'err', mark: '', bytes: Buffer.from(`LOST ${lost}`) }),
  });

const say = (stream: LogStream, mark: LogMark, bytes: string): void =>
  writer.add({ stamp: '', run: 1, stream, mark, bytes: Buffer.from(bytes) });

describe('a file of the user', () => {
  beforeEach(() => {
    mkdirSync(`${folder}/away`);
  });

  it('gets whole lines only, each as it was, none in the middle of another', () => {
    say('out', '+', 'one\nhalf of out, ');
    say('err', '+', 'half of err, ');
    expect(text()).toBe('one\n');
    say('out', '-', 'rest of out\nnext');
    say('err', '-+', 'more of err, ');
    expect(text()).toBe('one\nhalf of out, rest of out\nnext\n');
    say('err', '-.', '');
    expect(text()).toBe('one\nhalf of out, rest of out\nnext\nhalf of err, more of err, \n');
  });

  it('gets a line without an end in pieces, so that no memory grows', () => {
    for (let count = 0; count < 100; count += 1) say('out', count === 0 ? '+' : '-+', 'x'.repeat(10_000));
    expect(text().length).toBeGreaterThan(900_000);
    say('out', '-', 'end');
    expect(text()).toBe(`${'x'.repeat(1_000_000)}end\n`);
  });

  it('goes on at its path after somebody has moved it away and said so, whole lines in each', () => {
    say('out', '', 'one');
    renameSync(path(), `${path()}.1`);
    say('out', '+', 'two\nhalf, ');
    expect(existsSync(path())).toBe(false);
    file.reopen();
    say('out', '-', 'rest');
    say('out', '', 'four');
    expect(readFileSync(`${path()}.1`, 'latin1')).toBe('one\ntwo\n');
    expect(text()).toBe('half, rest\nfour\n');
  });

  it('has the beginning of a line, too, when its daemon ends: the next one writes the rest', () => {
    say('out', '+', 'begun by one, ');
    writer.close();
    file = new PlainFile(path());
    writer = newWriter();
    say('out', '', 'ended by another');
    expect(text()).toBe('begun by one, ended by another\n');
  });
});

it('a file of the user that is a named pipe holds up nobody while it has no reader', () => {
  mkdirSync(`${folder}/away`);
  execFileSync('mkfifo', [path()]);
  // Ends the waiting, should there be any.
  const late = spawn('sh', ['-c', 'sleep 2; exec cat "$0"', path()], { stdio: 'ignore' });
  try {
    say('out', '', 'said to nobody');
    expect(troubles).toEqual([expect.stringContaining('ENXIO')]);
    const reader = openSync(path(), constants.O_RDONLY | constants.O_NONBLOCK);
    clock.pass(10_000);
    const read = Buffer.alloc(100);
    expect(read.toString('latin1', 0, readSync(reader, read))).toBe('said to nobody\n');
    closeSync(reader);
  } finally {
    late.kill();
  }
});

it('a file of the user whose folder is not there gets what there was room for, and how much is missing, as soon as it is', () => {
  say('out', '', 'first');
  for (let count = 0; count < 10; count += 1) {
    say('out', '', 'x'.repeat(60_000));
    clock.pass(0);
  }
  mkdirSync(`${folder}/away`);
  clock.pass(10_000);
  const lines = text().split('\n');
  const kept = lines.filter((line) => line.startsWith('xx')).length;
  expect(lines[0]).toBe('first');
  expect(lines.at(-2)).toBe(`LOST ${10 - kept}`);
});
