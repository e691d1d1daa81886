import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { renameSync, statSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import { followLogs } from '../../src/logs/follow.js';
import { saidBy } from '../helpers/feeder.js';
import { type LogRig, logRig } from '../helpers/log-rig.js';
import { canMount, fillDisk, mountSmallDisk, unmountAll } from '../helpers/mounts.js';
import { until } from '../helpers/until.js';

let rig: LogRig;
afterEach(async () => {
  await rig.dispose();
});

/** Runs a program with the rig's FIFOs as its outputs, until it has ended and its end has been taken note of. */
async function run(number: number, command: string, ...args: readonly string[]): Promise<void> {
  rig.capture.startRun(number);
  const child = spawn(command, args, { stdio: ['ignore', rig.out, rig.err] });
  await once(child, 'exit');
  rig.capture.endRun();
}

const sh = (number: number, line: string): Promise<void> => run(number, '/bin/sh', '-c', line);

/** The first place where numbers do not count up from `first`, one by one; undefined: there is none. */
function gapIn(numbers: readonly number[], first: number): string | undefined {
  const index = numbers.findIndex((number, at) => number !== first + at);
  return index < 0 ? undefined : `${numbers.slice(Math.max(0, index - 2), index + 3).join(' ')} at ${index}`;
}

describe('rotation at full speed', () => {
  it('loses, tears and doubles no line, neither in the files nor for whoever follows', async () => {
    const count = 400_000;
    rig = logRig({ policy: { maxBytes: 200_000, keep: 10_000 } });
    const end = new AbortController();
    let next = 1;
    let missed = 0;
    const following = (async () => {
      for await (const batch of followLogs([rig.capture], { lines: 0 }, end.signal)) {
        for (const { text } of batch.records) {
          if (Number(text) !== next) throw new Error(`"${text}" instead of ${next}`);
          next += 1;
        }
        next += batch.missed;
        missed += batch.missed;
        if (next > count) end.abort();
      }
    })();
    await run(1, 'seq', '1', String(count));
    await following;
    expect(missed).toBeLessThan(count);
    expect(rig.log.parts.length).toBeGreaterThan(12);
    const numbers = (await rig.lines()).map(({ text }) => Number(text));
    expect(numbers).toHaveLength(count);
    expect(gapIn(numbers, 1)).toBeUndefined();
    for (const { bytes } of rig.log.parts) expect(bytes).toBeLessThanOrEqual(200_000);
  });

  it('keeps every byte of binary output over many parts, compressed ones among them', async () => {
    rig = logRig({ policy: { maxBytes: 500_000, keep: 10_000 } });
    const script = `const { createHash } = require('node:crypto'); const fs = require('node:fs');
      let block = Buffer.alloc(64);
      for (let n = 0; n < 400; n += 1) { const parts = []; for (let m = 0; m < 300; m += 1) { block = createHash('sha512').update(block).digest(); parts.push(block); }
        const bytes = Buffer.concat(parts); for (let at = 0; at < bytes.length; ) at += fs.writeSync(1, bytes, at); }`;
    await run(1, process.execPath, '-e', script);
    const hash = createHash('sha256');
    let block: Buffer = Buffer.alloc(64);
    for (let number = 0; number < 400 * 300; number += 1) {
      block = createHash('sha512').update(block).digest();
      hash.update(block);
    }
    const said = saidBy('out', await rig.pieces());
    expect(said.length).toBe(400 * 300 * 64);
    expect(createHash('sha256').update(said).digest('hex')).toBe(hash.digest('hex'));
    expect(rig.log.parts.length).toBeGreaterThan(14);
  });

  it('holds its budget at every moment at which somebody looks', async () => {
    rig = logRig({ policy: { maxBytes: 200_000 }, budgets: [{ path: '', bytes: 300_000 }] });
    rig.capture.startRun(1);
    const child = spawn('seq', ['1', '400000'], { stdio: ['ignore', rig.out, rig.err] });
    let isOver = false;
    const ended = once(child, 'exit').then(() => {
      isOver = true;
    });
    let most = 0;
    await until('it has ended', () => {
      most = Math.max(most, rig.log.bytes);
      return isOver;
    });
    await ended;
    rig.capture.endRun();
    expect(most).toBeLessThanOrEqual(300_000);
    // The beginning of the first line may have gone with its part.
    const numbers = (await rig.lines()).slice(1).map(({ text }) => Number(text));
    expect(numbers.at(-1)).toBe(400_000);
    expect(gapIn(numbers, 400_001 - numbers.length)).toBeUndefined();
  });
});

describe('last words', () => {
  const runs = Number(process.env['PORTSUP_TEST_LAST_WORDS'] ?? 50);

  it(
    `of a program that prints 500 KB and exits at once are all there, ${runs} times`,
    async () => {
      rig = logRig({ policy: { maxBytes: 1_000_000, keep: 3 } });
      for (let number = 1; number <= runs; number += 1) {
        await run(number, 'seq', '100001', '171428');
        const own = (await rig.last(71_428)).filter(({ run: of }) => of === number).map(({ text }) => Number(text));
        expect([number, own.length, gapIn(own, 100_001)]).toEqual([number, 71_428, undefined]);
      }
    },
    20_000 + runs * 1_000,
  );
});

describe.skipIf(!canMount)('a full disk', () => {
  it('holds a program for as long as is configured, then lines are dropped and counted exactly, and it goes on', async () => {
    rig = logRig({ policy: { blockMs: 300 } });
    const disk = `${rig.folder}/logs/shop`;
    mountSmallDisk(disk, 1_024);
    try {
      await sh(1, 'seq 100001 105000');
      const makeRoom = fillDisk(`${disk}/filling`);
      // 1.4 MB: more than what may wait, so that the program ends only because lines are dropped.
      await sh(2, 'seq 200001 400000');
      await until('lines are dropped', () => rig.drops.length > 0);
      expect(rig.troubles[0]).toContain('ENOSPC');
      makeRoom();
      await until('it can be written again', () => rig.drops.length === 2, 15_000);
      await sh(3, 'seq 500001 505000');
      const texts = (await rig.lines()).map(({ text }) => text);
      const lost = texts.flatMap((text) =>
        [...text.matchAll(/^portsup: (\d+) lines are missing here: ENOSPC/g)].map(([, count]) => Number(count)),
      );
      const numbers = texts.filter((text) => /^\d{6}$/.test(text)).map(Number);
      expect(lost).toEqual(rig.drops.filter((count) => count !== null));
      expect(numbers.length + lost.reduce((sum, count) => sum + count, 0)).toBe(5_000 + 200_000 + 5_000);
      expect(new Set(numbers).size).toBe(numbers.length);
      expect(gapIn(numbers.slice(0, 5_000), 100_001)).toBeUndefined();
      expect(gapIn(numbers.slice(-5_000), 500_001)).toBeUndefined();
    } finally {
      unmountAll(disk);
    }
  });
});

describe('a file of the user', () => {
  it('gets all lines as they are while the log rotates, also after it was moved and opened anew', async () => {
    rig = logRig({ policy: { maxBytes: 100_000, file: `${process.env['PORTSUP_TEST_ROOT'] ?? '/tmp'}/plain-${process.pid}.log` } });
    const { file } = rig.log.policy as { readonly file: string };
    await sh(1, 'seq 1 60000');
    renameSync(file, `${file}.1`);
    expect(rig.capture.reopen()).toBe(true);
    await sh(2, 'seq 60001 60010');
    expect(statSync(`${file}.1`).size).toBe(348_894);
    expect(statSync(file).size).toBe(60);
    expect(statSync(file).mode & 0o777).toBe(0o644);
  });
});
