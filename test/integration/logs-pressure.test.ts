import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { symlinkSync, write, writeSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import type { WriteBytes } from '../../src/base/append-file.js';
import { openCapture } from '../../src/logs/capture.js';
import { FULL_BYTES } from '../../src/logs/writer.js';
import { type LogRig, logRig } from '../helpers/log-rig.js';
import { manualClock } from '../helpers/manual-clock.js';
import { until } from '../helpers/until.js';

const FLOOD = `const fs = require('node:fs'); for (let n = 0; n < 30000; n += 1) fs.writeSync(1, String(n).padEnd(99, 'x') + '\\n');`;

let rig: LogRig;
afterEach(async () => {
  await rig.dispose();
});

describe('back-pressure', () => {
  it('makes the program wait while the disk does, keeps memory bounded, and loses nothing', async () => {
    const held: (() => void)[] = [];
    let isOpen = false;
    const writeBytes: WriteBytes = (fd, bytes, done) => {
      if (isOpen) write(fd, bytes, done);
      else held.push(() => write(fd, bytes, done));
    };
    rig = logRig({ writeBytes });
    rig.capture.startRun(1);
    const program = spawn(process.execPath, ['-e', FLOOD], { stdio: ['ignore', rig.out, rig.err] });
    const ended = once(program, 'exit');
    const waiting = (): number => rig.capture.source().unwritten?.length ?? 0;
    await until('the writer is full', () => waiting() >= FULL_BYTES);
    // Another stream still arrives: the loop has gone round, and the flood has not been read on.
    const full = waiting();
    for (let round = 0; round < 20; round += 1) await new Promise(setImmediate);
    expect(waiting()).toBe(full);
    expect(full).toBeLessThan(2 * FULL_BYTES);
    expect(program.exitCode).toBeNull();
    isOpen = true;
    for (const release of held) release();
    await ended;
    rig.capture.endRun();
    await rig.capture.flush();
    expect(rig.records().map(({ bytes }) => Number.parseInt(bytes.toString('latin1', 0, 8), 10))).toEqual(
      Array.from({ length: 30_000 }, (_, index) => index),
    );
  });

  // Only Linux has /dev/full; the unit tests of the writer cover the rest.
  it.runIf(process.platform === 'linux')('survives a full disk: last words stay readable, and the trouble is told once', async () => {
    rig = logRig();
    const clock = manualClock();
    const troubles: string[] = [];
    const full = `${rig.folder}/full.log`;
    symlinkSync('/dev/full', full);
    await rig.capture.close();
    const capture = openCapture({
      app: 'shop',
      path: 'db',
      out: `${rig.folder}/db.out`,
      err: `${rig.folder}/db.err`,
      file: full,
      clock,
      onTrouble: (message) => {
        troubles.push(message);
      },
    });
    writeSync(rig.err, 'cannot go on\n');
    capture.endRun();
    expect(capture.lastLines(1)[0]?.text).toBe('cannot go on');
    await until('a retry planned', () => clock.nextInMs());
    clock.pass(100);
    await until('another retry planned', () => clock.nextInMs());
    expect(troubles.length).toBe(1);
    expect(troubles[0]).toContain('ENOSPC');
    expect(capture.lastLines(1)[0]?.text).toBe('cannot go on');
    await capture.close();
    expect(troubles[1]).toContain('lost');
  });
});
