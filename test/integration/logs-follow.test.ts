import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, writeFileSync, writeSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import { type FollowQuery, followLogs, type LogBatch } from '../../src/logs/follow.js';
import { openFile } from '../../src/logs/part-files.js';
import { MAX_PIECE_BYTES } from '../../src/logs/record.js';
import { type LogRig, logRig } from '../helpers/log-rig.js';
import { until } from '../helpers/until.js';

let rig: LogRig;
afterEach(async () => {
  await rig.dispose();
});

/** Follows until the text of a line is `last`. */
async function followUntil(last: string, query: FollowQuery): Promise<readonly string[]> {
  const end = new AbortController();
  const texts: string[] = [];
  for await (const { records, missed } of followLogs([rig.capture], query, end.signal)) {
    expect(missed).toBe(0);
    texts.push(...records.map(({ text }) => text));
    if (texts.at(-1) === last) end.abort();
  }
  return texts;
}

const flood = (lines: number): string =>
  `const fs = require('node:fs'); for (let n = 0; n < ${lines}; n += 1) fs.writeSync(1, 'line ' + n + '\\n');`;

describe('following', () => {
  it.each([undefined, 50])('loses no line and doubles none, begun in the middle of a flood (lines: %s)', async (lines) => {
    rig = logRig();
    rig.capture.startRun(1);
    // Fewer than a reader may be behind, so that none is missed even when this test gets no processor for a while.
    const program = spawn(process.execPath, ['-e', flood(9_000)], { stdio: ['ignore', rig.out, rig.err] });
    const ended = once(program, 'exit');
    await until('some lines', async () => (await rig.last(100))[99]);
    const texts = await followUntil('line 8999', { lines });
    await ended;
    const first = Number(texts[0]?.slice('line '.length));
    if (lines === undefined) expect(first).toBe(0);
    expect(texts).toEqual(Array.from({ length: 9_000 - first }, (_, index) => `line ${first + index}`));
  });

  it('tells of what a program writes itself once, to whoever begins while another is behind', async () => {
    rig = logRig({ policy: { mode: 'raw' } });
    const raw = openFile(rig.log.stem, 'raw');
    rig.log.makeFolder();
    writeFileSync(raw, '0\n');
    const end = new AbortController();
    const other = followLogs([rig.capture], {}, end.signal);
    await other.next();
    appendFileSync(raw, '1\n');
    const followed = followUntil('2', {});
    appendFileSync(raw, '2\n');
    expect(await followed).toEqual(['0', '1', '2']);
    end.abort();
    await other.return(undefined);
  });

  it('misses nothing for a reader that keeps up, however short the lines are', async () => {
    rig = logRig();
    rig.capture.startRun(1);
    const batches = followLogs([rig.capture], { lines: 0 }, new AbortController().signal);
    const first = batches.next();
    writeSync(rig.out, '\n'.repeat(65_536));
    const seen = { lines: 0, missed: 0 };
    for (
      let next = await first;
      !next.done;
      next = seen.lines + seen.missed < 65_536 ? await batches.next() : await batches.return(undefined)
    ) {
      seen.lines += next.value.records.length;
      seen.missed += next.value.missed;
    }
    expect(seen).toEqual({ lines: 65_536, missed: 0 });
  });

  it('does not tear a line that is split and half there when following begins', async () => {
    rig = logRig();
    rig.capture.startRun(1);
    writeSync(rig.out, 'x'.repeat(MAX_PIECE_BYTES - 10));
    const half = 'x'.repeat(20);
    writeSync(rig.err, 'begin\n');
    await until('the stream has been read', async () => (await rig.last(1))[0]);
    writeSync(rig.out, half);
    await until('the first piece', async () => (await rig.last(2))[1]);
    const followed = followUntil('end', { lines: 50 });
    writeSync(rig.out, ' rest\n');
    writeSync(rig.err, 'end\n');
    const texts = await followed;
    expect(new Set(texts)).toEqual(new Set(['begin', `${'x'.repeat(MAX_PIECE_BYTES + 10)} rest`, 'end']));
  });

  it('gives only what is wanted', async () => {
    rig = logRig();
    rig.capture.startRun(1);
    writeSync(rig.out, 'old out\n');
    writeSync(rig.err, 'old err\n');
    await until('both', async () => (await rig.last(2))[1]);
    const followed = followUntil('end', { lines: 0, stream: 'err' });
    writeSync(rig.out, 'new out\n');
    writeSync(rig.err, 'end\n');
    expect(await followed).toEqual(['end']);
  });

  it('tells a reader that does not come back how many lines it missed, in order, and goes on', async () => {
    rig = logRig();
    rig.capture.startRun(1);
    const end = new AbortController();
    const batches = followLogs([rig.capture], { lines: 10 }, end.signal);
    writeSync(rig.out, 'hello\n');
    await until('hello', async () => (await rig.last(1))[0]);
    expect(((await batches.next()).value as LogBatch).records.map(({ text }) => text)).toEqual(['hello']);
    const program = spawn(process.execPath, ['-e', flood(80_000)], { stdio: ['ignore', rig.out, rig.err] });
    await once(program, 'exit');
    rig.capture.endRun();
    const slow = (await batches.next()).value as LogBatch;
    expect(slow.records.map(({ text }) => text)).toEqual(Array.from({ length: slow.records.length }, (_, index) => `line ${index}`));
    expect(slow.missed).toBe(80_000 - slow.records.length);
    expect(slow.records.length).toBe(65_536);
    writeSync(rig.out, 'after\n');
    expect(((await batches.next()).value as LogBatch).records.map(({ text }) => text)).toEqual(['after']);
    end.abort();
    expect((await batches.next()).done).toBe(true);
  });

  it('ends at once when nobody wants it any more, and nobody is told anything after', async () => {
    rig = logRig();
    const end = new AbortController();
    const next = followLogs([rig.capture], { lines: 10 }, end.signal).next();
    end.abort();
    expect((await next).done).toBe(true);
    const seen: string[] = [];
    const unwatch = rig.capture.watch(({ bytes }) => {
      seen.push(String(bytes));
    });
    writeSync(rig.out, 'one\n');
    await until('one', () => seen.length === 1);
    unwatch();
    writeSync(rig.out, 'two\n');
    await until('two', async () => (await rig.last(2))[1]);
    expect(seen).toEqual(['one']);
  });
});
