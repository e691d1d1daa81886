import { describe, expect, it } from 'vitest';
import { lineJoiner } from '../../src/logs/join.js';
import { logStem, openFile, partFile } from '../../src/logs/part-files.js';
import { piecesForward, wholeOf } from '../../src/logs/part-reader.js';
import { blockEnds, type Chunk, formatRecords, type LogMark, type LogPiece, type LogRecord, sealLine } from '../../src/logs/record.js';
import { partOfBytes } from '../helpers/log-sources.js';

const STAMP = '2026-11-20T11:22:33.123Z';
const SEAL = '0123456789abcdef';
const owner = { app: 'shop', path: 'db' };

const chunk = (mark: LogMark, bytes: string | Buffer, more: Partial<Chunk> = {}): Chunk => ({
  stamp: STAMP,
  run: 12,
  stream: 'err',
  mark,
  bytes: Buffer.from(bytes as string),
  ...more,
});

/** The pieces in a part with this content. */
async function parse(content: string): Promise<readonly LogPiece[]> {
  const part = await partOfBytes(Buffer.from(content, 'latin1'));
  const pieces: LogPiece[] = [];
  for await (const batch of piecesForward(part, wholeOf(part))) pieces.push(...batch);
  return pieces;
}

function joined(pieces: readonly LogPiece[]): readonly LogRecord[] {
  const records: LogRecord[] = [];
  const joiner = lineJoiner(owner, (record) => {
    records.push(record);
  });
  for (const piece of pieces) joiner.push(piece);
  joiner.end();
  return records;
}

describe('a record of a log file', () => {
  it('is one readable line: time, run, stream with mark, bytes', () => {
    expect(formatRecords(chunk('', 'hello'))).toBe(`${STAMP} 12 e hello\n`);
    expect(formatRecords(chunk('-.', 'bye'))).toBe(`${STAMP} 12 e-. bye\n`);
  });

  it('is made for each line of what was read together; the first goes on, the last is gone on with', () => {
    expect(formatRecords(chunk('', 'a\n\nb'))).toBe(`${STAMP} 12 e a\n${STAMP} 12 e \n${STAMP} 12 e b\n`);
    expect(formatRecords(chunk('-+', 'a\nb\nc'))).toBe(`${STAMP} 12 e- a\n${STAMP} 12 e b\n${STAMP} 12 e+ c\n`);
    expect(formatRecords(chunk('-+', 'a\nb'))).toBe(`${STAMP} 12 e- a\n${STAMP} 12 e+ b\n`);
  });

  it('is read back with every byte, also those that are no UTF-8', async () => {
    const bytes = Buffer.from([0xff, 0x00, 0x20, 0xc3, 0x28, 0x0d, 0x24, 0x26]);
    const [piece] = await parse(formatRecords(chunk('+', bytes)));
    expect(piece).toEqual({ at: Date.parse(STAMP), run: 12, stream: 'err', isContinuation: false, end: 'next-piece', bytes });
  });

  it.each([
    '',
    'hello',
    `${STAMP} 12 x text`,
    `${STAMP} e text`,
    `${STAMP.slice(5)} 1 o text`,
    `${STAMP} 12 e`,
    '2026-99-99T11:22:33.123Z 1 o text',
    `${STAMP} 12 e#3.${SEAL}`,
  ])('is not seen in %j', async (line) => {
    expect(await parse(`${line}\n`)).toEqual([]);
  });
});

describe('a block of a log file', () => {
  const block = (mark: LogMark, bytes: string): string => {
    const { before, after } = blockEnds(chunk(mark, bytes), SEAL);
    return `${before}${bytes}${after}`;
  };

  it('is its bytes as they are between two lines with its length and the seal of its part', () => {
    expect(block('-', 'a\nb')).toBe(`${STAMP} 12 e-#3.${SEAL}\na\nb\n#3.${SEAL}\n`);
  });

  it.each(['', '+', '.', '-', '-+', '-.'] as const)('with the mark "%s" says the same as its records', async (mark) => {
    const bytes = `one\n\n${STAMP} 1 o three\n#3.${SEAL}\nlast`;
    const records = await parse(sealLine(SEAL) + formatRecords(chunk(mark, bytes)));
    expect(records).toHaveLength(5);
    expect(await parse(sealLine(SEAL) + block(mark, bytes))).toEqual(records);
  });

  it('is nothing in a part with another seal', async () => {
    const foreign = block('', 'a\nb');
    expect(await parse(sealLine(SEAL.replace('0', 'f')) + foreign)).toEqual([]);
    expect(await parse(foreign)).toEqual([]);
  });
});

describe('joining of pieces', () => {
  it('makes one line of the pieces of each stream, whatever stands between them', async () => {
    const records =
      formatRecords(chunk('+', 'err 1 ')) +
      formatRecords(chunk('', 'out', { stream: 'out' })) +
      formatRecords(chunk('-+', 'err 2 ')) +
      formatRecords(chunk('-', 'err 3'));
    expect(joined(await parse(records)).map(({ text }) => text)).toEqual(['out', 'err 1 err 2 err 3']);
  });

  it('decodes a character that two pieces share', async () => {
    const [first, second] = [Buffer.from('ä').subarray(0, 1), Buffer.from('ä').subarray(1)];
    const records = formatRecords(chunk('+', first)) + formatRecords(chunk('-', second));
    expect(joined(await parse(records))[0]?.text).toBe('ä');
  });

  it('does not join what belongs to different runs', async () => {
    const records = formatRecords(chunk('+', 'old')) + formatRecords(chunk('', 'new', { run: 13 }));
    expect(joined(await parse(records)).map(({ run, text }) => [run, text])).toEqual([
      [12, 'old'],
      [13, 'new'],
    ]);
  });
});

describe('the name of a log file', () => {
  it('holds the whole path of the service, and the number of the part', () => {
    const stem = logStem('/home/logs', 'shop', 'backend/db');
    expect(openFile(stem, 'log')).toBe('/home/logs/shop/backend.db.log');
    expect(partFile(stem, 'raw', 7)).toBe('/home/logs/shop/backend.db.raw.000007');
  });
});
