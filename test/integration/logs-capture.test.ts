import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readSync, statSync, writeSync } from 'node:fs';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { LogFile } from '../../src/logs/log-file.js';
import { PlainFile } from '../../src/logs/plain-file.js';
import { MAX_PIECE_BYTES } from '../../src/logs/record.js';
import { type LogRig, logRig } from '../helpers/log-rig.js';
import { makeTestFolder, removeTestFolder } from '../helpers/run.js';
import { until } from '../helpers/until.js';

let rig: LogRig;
afterEach(async () => {
  await rig.dispose();
});

/** Runs a Node script with the rig's FIFOs as its outputs, until it has ended and its end has been taken note of. */
async function runScript(script: string, run = 1): Promise<void> {
  rig.capture.startRun(run);
  const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', rig.out, rig.err] });
  await once(child, 'exit');
  rig.capture.endRun();
}

const textsOf = async (stream?: 'out' | 'err'): Promise<readonly string[]> =>
  (await rig.lines()).flatMap((line) => (stream === undefined || line.stream === stream ? [line.text] : []));

const writtenBytes = (): number => rig.log.bytes;

describe('capture of a service', () => {
  it('keeps time, run and stream of each line, in the order of arrival', async () => {
    rig = logRig();
    const before = Date.now();
    rig.capture.startRun(7);
    writeSync(rig.out, 'first\n');
    await until('first line', async () => (await rig.last(1))[0]);
    writeSync(rig.err, 'second\n');
    await until('second line', async () => (await rig.last(9))[1]);
    rig.capture.endRun();
    expect((await rig.pieces()).map(({ run, stream, bytes }) => [run, stream, String(bytes)])).toEqual([
      [7, 'out', 'first'],
      [7, 'err', 'second'],
    ]);
    for (const { at } of await rig.pieces()) expect(at).toBeGreaterThanOrEqual(before - 1);
    expect(statSync(rig.file).mode & 0o777).toBe(0o600);
  });

  it('has all last words of a program that prints 300 KB and exits at once, when the end of the run has been taken', async () => {
    rig = logRig();
    const script = `const fs = require('node:fs');
      const line = (n) => String(n).padStart(8, '0').padEnd(99, 'x') + '\\n';
      let text = ''; for (let n = 0; n < 3000; n += 1) text += line(n);
      fs.writeSync(2, text); fs.writeSync(1, 'done'); process.exit(1);`;
    await runScript(script, 4);
    const last = await rig.last(2);
    expect(last.map(({ run, stream, text }) => [run, stream, text.slice(0, 8)])).toEqual([
      [4, 'err', '00002999'],
      [4, 'out', 'done'],
    ]);
    expect((await textsOf('err')).map((text) => Number(text.slice(0, 8)))).toEqual(Array.from({ length: 3_000 }, (_, index) => index));
  });

  it('ends a partial line with its run, and gives what comes later to the next one', async () => {
    rig = logRig();
    await runScript(`process.stdout.write('no newline')`, 1);
    await runScript(`process.stdout.write('next\\n')`, 2);
    expect((await rig.pieces()).map(({ run, end }) => `${run} ${end}`)).toEqual(['1 next-piece', '1 exit', '2 newline']);
    expect((await rig.lines()).map(({ run, text }) => [run, text])).toEqual([
      [1, 'no newline'],
      [2, 'next'],
    ]);
  });

  it('goes on when a file cannot be closed, as it may be on a network: that is told, and ends nobody', async () => {
    const folder = makeTestFolder();
    rig = logRig({ policy: { file: `${folder}/plain.log` } });
    rig.capture.startRun(1);
    writeSync(rig.out, 'one\n');
    await until('one', async () => (await rig.last(1))[0]);
    const full = (): never => {
      throw Object.assign(new Error('ENOSPC: no space left on device, close'), { code: 'ENOSPC' });
    };
    vi.spyOn(PlainFile.prototype, 'close').mockImplementation(full);
    vi.spyOn(LogFile.prototype, 'close').mockImplementation(full);
    try {
      expect(rig.capture.reopen()).toBe(true);
      await rig.capture.close();
    } finally {
      vi.restoreAllMocks();
      removeTestFolder(folder);
    }
    expect(rig.troubles.filter((trouble) => trouble.includes('ENOSPC'))).toHaveLength(3);
  });

  it('keeps every byte of binary output', async () => {
    rig = logRig();
    const script = `const bytes = Buffer.alloc(256 * 300); for (let i = 0; i < bytes.length; i += 1) bytes[i] = (i * 7 + (i >> 8)) % 256;
      require('node:fs').writeSync(1, bytes);`;
    await runScript(script);
    const expected = Buffer.alloc(256 * 300);
    for (let index = 0; index < expected.length; index += 1) expected[index] = (index * 7 + (index >> 8)) % 256;
    const parts = (await rig.pieces()).flatMap((piece) => (piece.end === 'newline' ? [piece.bytes, Buffer.from('\n')] : [piece.bytes]));
    expect(Buffer.concat(parts).equals(expected)).toBe(true);
  });

  it('splits a line of a megabyte on disk and shows it whole', async () => {
    rig = logRig();
    await runScript(`require('node:fs').writeSync(1, 'y'.repeat(1000000) + '\\n')`);
    expect((await rig.last(1))[0]?.text.length).toBe(1_000_000);
    expect(Math.max(...(await rig.pieces()).map(({ bytes }) => bytes.length))).toBeLessThanOrEqual(MAX_PIECE_BYTES);
    expect(await textsOf()).toEqual(['y'.repeat(1_000_000)]);
  });

  it('keeps both streams whole and in order while both are flooded', async () => {
    rig = logRig();
    const script = `const { spawn } = require('node:child_process');
      const flood = (name) => 'for (let n = 0; n < 20000; n += 1) require("node:fs").writeSync(1, "' + name + ' " + n + "\\\\n")';
      spawn(process.execPath, ['-e', flood('out')], { stdio: ['ignore', 1, 2] });
      spawn(process.execPath, ['-e', flood('err')], { stdio: ['ignore', 2, 2] });`;
    await runScript(script);
    for (const stream of ['out', 'err'] as const) {
      expect(await textsOf(stream)).toEqual(Array.from({ length: 20_000 }, (_, index) => `${stream} ${index}`));
    }
  });

  it('writes also what is no line yet, at once: it is not lost with the daemon', async () => {
    rig = logRig();
    rig.capture.startRun(1);
    for (const part of ['half', ' a ', 'line']) {
      const before = writtenBytes();
      writeSync(rig.out, part);
      await until(`"${part}" is in the file`, () => writtenBytes() > before);
    }
    expect((await rig.pieces()).map(({ end, bytes }) => [end, String(bytes)])).toEqual([
      ['next-piece', 'half'],
      ['next-piece', ' a '],
      ['next-piece', 'line'],
    ]);
    writeSync(rig.out, '!\n');
    await until('the line is whole', async () => (await rig.last(1))[0]?.text === 'half a line!');
  });

  it('shows a line as one that two daemons have read, the second after the death of the first', async () => {
    rig = logRig();
    rig.capture.startRun(3);
    writeSync(rig.out, 'begun by one, ');
    await until('the beginning is in the file', () => writtenBytes() > 0);
    await rig.capture.close();
    const next = rig.next();
    next.startRun(3);
    writeSync(rig.out, 'ended by another\nnext\n');
    await until('all is in the file', async () => (await rig.lines()).at(-1)?.text === 'next');
    next.endRun();
    await next.close();
    expect(await textsOf('out')).toEqual(['begun by one, ended by another', 'next']);
  });

  it('leaves the rest of a line to the next daemon when its program ends while this one is closing', async () => {
    rig = logRig();
    rig.capture.startRun(3);
    writeSync(rig.out, 'begun before, ');
    await until('the beginning is in the file', () => writtenBytes() > 0);
    const closed = rig.capture.close();
    writeSync(rig.out, 'ended after\n');
    rig.capture.endRun();
    await closed;
    const next = rig.next();
    next.startRun(3);
    next.endRun();
    await next.close();
    expect(await textsOf('out')).toEqual(['begun before, ended after']);
  });

  it('leaves what it did not read in the FIFO', async () => {
    rig = logRig();
    rig.capture.startRun(1);
    await rig.capture.close();
    writeSync(rig.out, 'later\n');
    const buffer = Buffer.alloc(100);
    expect(buffer.toString('utf8', 0, readSync(rig.out, buffer))).toBe('later\n');
  });
});
