import { mkdtempSync, rmSync, utimesSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Clock } from '../../src/base/clock.js';
import type { LogSource } from '../../src/logs/join.js';
import { LogFile } from '../../src/logs/log-file.js';
import { readAll } from '../../src/logs/read-all.js';
import type { ServiceLog } from '../../src/logs/service-log.js';
import { LogStore } from '../../src/logs/store.js';
import { LogWriter } from '../../src/logs/writer.js';

const NOON = Date.parse('2026-11-20T12:00:00.000Z');

let folder: string;
let wall: number;
let writer: LogWriter | undefined;
const clock: Clock = { now: () => wall, wallTime: (at) => new Date(at), after: () => () => undefined };

/** A daemon begins to write. */
function open(): ServiceLog {
  writer?.close();
  const log = new LogStore({ folder, clock, onTrouble: () => undefined }).of('shop', 'db');
  const target = new LogFile(log, { clock, onTrouble: () => undefined });
  const lossChunk = () => ({ stamp: '', run: 1, stream: 'out', mark: '', bytes: Buffer.alloc(0) }) as const;
  writer = new LogWriter({ target, clock, blockMs: () => 0, onRoom: () => undefined, onTrouble: () => undefined, lossChunk });
  return log;
}

function say(text: string): void {
  writer?.add({ stamp: new Date(wall).toISOString(), run: 1, stream: 'out', mark: '', bytes: Buffer.from(text) });
}

/** 3.6 MB at one moment. */
function flood(): void {
  for (let block = 0; block < 60; block += 1) say(`${'x'.repeat(99)}\n`.repeat(600));
}

interface Window {
  readonly since?: number;
  readonly until?: number;
}

async function textsOf(source: LogSource, window: Window): Promise<string[]> {
  const found: string[] = [];
  for await (const batch of readAll([source], window)) found.push(...batch.map(({ text }) => text));
  return found;
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'portsup-times-'));
  wall = NOON;
});

afterEach(() => {
  writer?.close();
  writer = undefined;
  rmSync(folder, { recursive: true });
});

describe('a window of time', () => {
  it('is found between floods of the same second, and little else is read', async () => {
    const log = open();
    flood();
    wall += 2;
    say('wanted');
    wall += 2;
    flood();
    const { source, bytesRead } = counted(log.source());
    expect(await textsOf(source, { since: NOON + 1, until: NOON + 3 })).toEqual(['wanted']);
    expect(log.bytes).toBeGreaterThan(7_000_000);
    expect(bytesRead()).toBeLessThan(3_000_000);
  });

  it('has every line that belongs to it, also where a clock was set back or another daemon has gone on', async () => {
    const log = open();
    say('before');
    flood();
    wall += 8_000;
    say('wanted');
    wall -= 7_000;
    flood();
    wall += 7_000;
    say('too');
    const window = { since: NOON + 8_000, until: NOON + 8_000 };
    expect(await textsOf(log.source(), window)).toEqual(['wanted', 'too']);
    const now = new Date(wall);
    utimesSync(`${log.stem}.log`, now, now);
    expect(await textsOf(open().source(), window)).toEqual(['wanted', 'too']);
    say('more');
    expect(await textsOf(open().source(), window)).toEqual(['wanted', 'too', 'more']);
  });

  it('is found in a part that was closed, too', async () => {
    const log = open();
    say('wanted');
    wall += 2;
    for (let part = 0; part < 2; part += 1) {
      for (let some = 0; some < 2; some += 1) flood();
      wall += 2;
    }
    const { source, bytesRead } = counted(log.source());
    expect(source.parts.length).toBeGreaterThan(1);
    expect(await textsOf(source, { until: NOON })).toEqual(['wanted']);
    expect(bytesRead()).toBeLessThan(3_000_000);
  });

  it('that is older than all of a part leaves it alone', async () => {
    const log = open();
    for (let line = 0; line < 10_000; line += 1) say('x'.repeat(99));
    const { source, bytesRead } = counted(log.source());
    expect(await textsOf(source, { until: NOON - 1 })).toEqual([]);
    expect(bytesRead()).toBeLessThan(1_000);
  });
});

/** The same log, and how much of it has been read. */
function counted(source: LogSource): { readonly source: LogSource; readonly bytesRead: () => number } {
  let total = 0;
  const parts = source.parts.map((part) => ({
    ...part,
    open: async () => {
      const opened = await part.open();
      if (!opened) return undefined;
      const read = async (position: number, length: number): Promise<Buffer> => {
        const bytes = await opened.bytes.read(position, length);
        total += bytes.length;
        return bytes;
      };
      return { ...opened, bytes: { ...opened.bytes, read } };
    },
  }));
  return { source: { ...source, parts }, bytesRead: () => total };
}
