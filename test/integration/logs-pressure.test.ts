import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, symlinkSync, writeSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import { FULL_BYTES } from '../../src/logs/writer.js';
import { type LogRig, logRig } from '../helpers/log-rig.js';
import { manualClock } from '../helpers/manual-clock.js';
import { until } from '../helpers/until.js';

const FLOOD = `const fs = require('node:fs'); for (let n = 0; n < 30000; n += 1) fs.writeSync(1, String(n).padEnd(99, 'x') + '\\n');`;

let rig: LogRig;
afterEach(async () => {
  await rig.dispose();
});

const numbers = async (): Promise<readonly number[]> => (await rig.lines()).map(({ text }) => Number.parseInt(text, 10));

describe('back-pressure', () => {
  it('makes the program wait while the disk does, keeps memory bounded, and loses nothing', async () => {
    let isFull = true;
    const writeNow = (fd: number, bytes: Buffer): number => {
      if (isFull) throw Object.assign(new Error('ENOSPC'), { code: 'ENOSPC' });
      return writeSync(fd, bytes);
    };
    const clock = manualClock();
    rig = logRig({ writeNow, clock, policy: { blockMs: 'infinity' } });
    rig.capture.startRun(1);
    const program = spawn(process.execPath, ['-e', FLOOD], { stdio: ['ignore', rig.out, rig.err] });
    const ended = once(program, 'exit');
    const waiting = async (): Promise<number> => {
      const open = await rig.capture.source().parts.at(-1)?.open();
      open?.bytes.close();
      return open?.bytes.size ?? 0;
    };
    await until('the writer is full', async () => (await waiting()) >= FULL_BYTES);
    // Another stream still arrives: the loop has gone round, and the flood has not been read on.
    const full = await waiting();
    for (let round = 0; round < 20; round += 1) await new Promise(setImmediate);
    expect(await waiting()).toBe(full);
    expect(full).toBeLessThan(2 * FULL_BYTES);
    expect(program.exitCode).toBeNull();
    isFull = false;
    clock.pass(10_000);
    await ended;
    rig.capture.endRun();
    expect(await numbers()).toEqual(Array.from({ length: 30_000 }, (_, index) => index));
  });

  // Only Linux has /dev/full; the unit tests of the writer cover the rest.
  it.runIf(process.platform === 'linux')('survives a full disk: last words stay readable, and the trouble is told once', async () => {
    const clock = manualClock();
    rig = logRig({ clock });
    mkdirSync(`${rig.folder}/logs/shop`, { recursive: true });
    symlinkSync('/dev/full', rig.file);
    const { capture, troubles } = rig;
    writeSync(rig.err, 'cannot go on\n');
    capture.endRun();
    expect((await rig.last(1))[0]?.text).toBe('cannot go on');
    await until('a retry planned', () => clock.nextInMs());
    clock.pass(100);
    await until('another retry planned', () => clock.nextInMs());
    expect(troubles.length).toBe(1);
    expect(troubles[0]).toContain('ENOSPC');
    expect((await rig.last(1))[0]?.text).toBe('cannot go on');
    await capture.close();
    expect(troubles[1]).toContain('lost');
  });
});
