import { readFileSync, rmSync, truncateSync, utimesSync } from 'node:fs';
import * as fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { compressFile } from '../../src/logs/gzip-part.js';
import type { LogSource } from '../../src/logs/join.js';
import { openFile } from '../../src/logs/part-files.js';
import { piecesBackward, piecesForward, wholeOf } from '../../src/logs/part-reader.js';
import { type LogPiece, type LogStream, piecesOfChunk } from '../../src/logs/record.js';
import type { LogStore } from '../../src/logs/store.js';
import { feederOf, saidBy } from '../helpers/feeder.js';
import { openStore, type WriterRig, writerRig } from '../helpers/log-disk.js';
import { type ManualClock, manualClock } from '../helpers/manual-clock.js';
import { makeTestFolder, removeTestFolder } from '../helpers/run.js';

const STAMP = '2026-11-20T11:22:33.123Z';
const FOREIGN = `# portsup log 0123456789abcdef\n${STAMP} 1 o#3.0123456789abcdef\nabc\n#3.0123456789abcdef\n`;

/** What a program says at once: a text over and over up to a length; null: the end of its own log. */
interface Said {
  readonly stream: LogStream;
  readonly text: string | null;
  readonly length: number;
}

const stream = fc.constantFrom<LogStream>('out', 'err');
const lengthOf = (text: fc.Arbitrary<string | null>, min: number, max: number): fc.Arbitrary<Said> =>
  fc.record({ stream, text, length: fc.integer({ min, max }) });
const foreign = fc.oneof(
  lengthOf(
    fc.uint8Array({ minLength: 1, maxLength: 60 }).map((array) => Buffer.from(array).toString('latin1')),
    1,
    100,
  ),
  lengthOf(fc.constantFrom('\n', 'text', `${STAMP} 1 o \n`, `${STAMP} 2 e+ half`, '#3.0123456789abcdef\n', FOREIGN), 1, 2_100),
  lengthOf(fc.constant(`${'x'.repeat(97)}\n`), 1_900, 5_000),
  lengthOf(fc.constantFrom('y', FOREIGN), 60_000, 140_000),
);
const ownLog = lengthOf(fc.constant(null), 1, 20_000);
const foreignSaid = fc.array(foreign, { minLength: 1, maxLength: 12 });
const anySaid = fc.array(fc.oneof({ weight: 9, arbitrary: foreign }, ownLog), { maxLength: 25 });
const maxBytes = fc.constantFrom(4_096, 9_000, 70_000, 300_000, 10_000_000);

let folder: string | undefined;
let store: LogStore | undefined;
afterEach(clean);

function clean(): void {
  store?.close();
  if (folder !== undefined) removeTestFolder(folder);
  folder = undefined;
}

function begin(limit: number, clock: ManualClock): WriterRig {
  clean();
  folder = makeTestFolder();
  return next(limit, clock);
}

/** As the next daemon finds what is there. */
function next(limit: number, clock: ManualClock): WriterRig {
  store?.close();
  const policies = { db: { maxBytes: limit, keep: 1_000, compress: false } };
  store = openStore(`${folder}/logs`, { clock, policies });
  return writerRig(store.of('shop', 'db'), clock);
}

async function forward({ parts }: LogSource, blockBytes: number): Promise<readonly LogPiece[]> {
  const pieces: LogPiece[] = [];
  for (const part of parts) {
    const open = await part.open();
    if (!open) continue;
    for await (const batch of piecesForward(open, wholeOf(open), blockBytes)) pieces.push(...batch);
    open.bytes.close();
  }
  return pieces;
}

async function backward({ parts }: LogSource): Promise<readonly LogPiece[]> {
  const pieces: LogPiece[] = [];
  for (const part of parts.toReversed()) {
    const open = await part.open();
    if (!open) continue;
    for await (const batch of piecesBackward(open, wholeOf(open))) pieces.push(...batch);
    open.bytes.close();
  }
  return pieces.reverse();
}

/** Short enough to compare and to show. */
const shown = (pieces: readonly LogPiece[]): readonly string[] =>
  pieces.map(
    (piece) => `${piece.run} ${piece.stream} ${piece.isContinuation} ${piece.end} ${piece.bytes.length} ${piece.bytes.toString('latin1')}`,
  );

const bytesOf = ({ text, length }: Said, rig: WriterRig): Buffer => {
  if (text !== null) return Buffer.alloc(length, text, 'latin1');
  return rig.log.writtenBytes > 0 ? readFileSync(rig.file.path).subarray(-length) : Buffer.alloc(0);
};

describe('a log in parts, whatever a program says', () => {
  it('gives back every byte of each stream in order, forward and backward, from plain and compressed parts', async () => {
    const blocks = fc.constantFrom(777, 4_096, 65_536, 262_144);
    await fc.assert(
      fc.asyncProperty(anySaid, maxBytes, blocks, fc.array(fc.boolean(), { minLength: 1 }), async (said, limit, block, compressed) => {
        const clock = manualClock();
        const rig = begin(limit, clock);
        const feeder = feederOf(rig);
        const expected: Record<LogStream, Buffer[]> = { out: [], err: [] };
        for (const one of said) {
          const text = bytesOf(one, rig);
          expected[one.stream].push(text);
          feeder.take(one.stream, text);
        }
        feeder.end();
        rig.writer.close();
        for (const { bytes: size } of rig.log.parts) expect(size).toBeLessThanOrEqual(limit);
        const closed = rig.log.parts.filter((_part, index) => compressed[index % compressed.length]);
        for (const { path } of closed) {
          await compressFile(path, { signal: new AbortController().signal, onGrowth: () => undefined });
          rmSync(path);
        }
        const source = next(limit, clock).log.source();
        const pieces = await forward(source, block);
        for (const name of ['out', 'err'] as const) expect(saidBy(name, pieces).equals(Buffer.concat(expected[name]))).toBe(true);
        expect(shown(await backward(source))).toEqual(shown(pieces));
      }),
      { numRuns: 25 },
    );
  }, 60_000);

  it('torn at any byte and mended, lacks nothing but what was torn, and joins nothing over it', async () => {
    const at = fc.double({ min: 0, max: 1, noNaN: true });
    await fc.assert(
      fc.asyncProperty(foreignSaid, maxBytes, at, foreignSaid, async (said, limit, where, later) => {
        const clock = manualClock();
        const rig = begin(limit, clock);
        const before = feederOf(rig);
        const marks: { readonly parts: number; readonly size: number; readonly pieces: number }[] = [];
        for (const one of said) {
          before.take(one.stream, bytesOf(one, rig));
          marks.push({ parts: rig.log.parts.length, size: rig.file.size, pieces: rig.put.flatMap(piecesOfChunk).length });
        }
        rig.writer.close();
        const intact = await forward(rig.log.source(), 65_536);
        const file = openFile(rig.log.stem, 'log');
        const cut = Math.floor(where * rig.file.size);
        truncateSync(file, cut);
        // As if it had been written by this clock.
        utimesSync(file, clock.wallTime(0), clock.wallTime(0));
        const sure = marks.findLast(({ parts, size }) => parts < rig.log.parts.length || size <= cut)?.pieces ?? 0;
        const reborn = next(limit, clock);
        const after = feederOf(reborn);
        for (const one of later) after.take(one.stream, bytesOf(one, reborn));
        after.end();
        reborn.writer.close();
        const pieces = await forward(reborn.log.source(), 65_536);
        expect(shown(await backward(reborn.log.source()))).toEqual(shown(pieces));
        checkTorn({ intact, pieces, sure, fresh: await freshly(later, limit) });
      }),
      { numRuns: 40 },
    );
  }, 60_000);
});

/** The pieces of the same in a log of its own. */
async function freshly(said: readonly Said[], limit: number): Promise<readonly LogPiece[]> {
  const rig = begin(limit, manualClock());
  const feeder = feederOf(rig);
  for (const one of said) feeder.take(one.stream, bytesOf(one, rig));
  feeder.end();
  rig.writer.close();
  return forward(rig.log.source(), 65_536);
}

interface Torn {
  readonly intact: readonly LogPiece[];
  readonly pieces: readonly LogPiece[];
  /** So many pieces were written whole before it was torn. */
  readonly sure: number;
  readonly fresh: readonly LogPiece[];
}

function checkTorn({ intact, pieces, sure, fresh }: Torn): void {
  const old = pieces.slice(0, pieces.length - fresh.length);
  expect(shown(pieces.slice(old.length))).toEqual(shown(fresh));
  const [shownOld, shownIntact] = [shown(old), shown(intact)];
  const same = shownOld.findIndex((text, index) => text !== shownIntact[index]);
  if (same < 0) {
    expect(old.length).toBeGreaterThanOrEqual(sure);
    return;
  }
  expect(same).toBeGreaterThanOrEqual(sure);
  // One piece is torn, or lost its newline; its stream does not go on.
  const [torn, ...rest] = old.slice(same).filter(({ bytes: text, end }) => text.length > 0 || end !== 'exit');
  expect(rest).toEqual([]);
  if (torn) {
    const whole = intact[same];
    expect(torn.stream).toBe(whole?.stream);
    expect(whole?.bytes.subarray(0, torn.bytes.length).equals(torn.bytes)).toBe(true);
  }
  expect(old.at(-1)?.end).not.toBe('next-piece');
}
