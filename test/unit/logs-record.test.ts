import { describe, expect, it } from 'vitest';
import { lineJoiner } from '../../src/logs/join.js';
import { logFile } from '../../src/logs/log-file.js';
import { formatRecords, type LogPiece, type LogRecord, parseRecord, parseRecords, recordHead } from '../../src/logs/record.js';

const STAMP = '2026-11-20T11:22:33.123Z';
const owner = { app: 'shop', path: 'db' };
const head = recordHead(STAMP, 12, 'err');

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
    expect(formatRecords(head(''), Buffer.from('hello'))).toBe(`${STAMP} 12 e hello\n`);
    expect(formatRecords(head('-.'), Buffer.from('bye'))).toBe(`${STAMP} 12 e-. bye\n`);
  });

  it('is made for each line of a block', () => {
    expect(formatRecords(recordHead(STAMP, 1, 'out')(''), Buffer.from('a\n\nb'))).toBe(`${STAMP} 1 o a\n${STAMP} 1 o \n${STAMP} 1 o b\n`);
  });

  it('is read back with every byte, also those that are no UTF-8', () => {
    const bytes = Buffer.from([0xff, 0x00, 0x20, 0xc3, 0x28, 0x0d, 0x24, 0x26]);
    const [piece] = parseRecords(formatRecords(head('+'), bytes));
    expect(piece).toEqual({ at: Date.parse(STAMP), run: 12, stream: 'err', isContinuation: false, end: 'next-record', bytes });
  });

  it.each([
    '',
    'hello',
    `${STAMP} 12 x text`,
    `${STAMP} e text`,
    `${STAMP.slice(5)} 1 o text`,
    `${STAMP} 12 e`,
    '2026-99-99T11:22:33.123Z 1 o text',
  ])('is not seen in %j', (line) => {
    expect(parseRecord(Buffer.from(line))).toBeUndefined();
  });
});

describe('joining of pieces', () => {
  it('makes one line of the pieces of each stream, whatever stands between them', () => {
    const records =
      formatRecords(head('+'), Buffer.from('err 1 ')) +
      formatRecords(recordHead(STAMP, 12, 'out')(''), Buffer.from('out')) +
      formatRecords(head('-+'), Buffer.from('err 2 ')) +
      formatRecords(head('-'), Buffer.from('err 3'));
    expect(joined(parseRecords(records)).map(({ text }) => text)).toEqual(['out', 'err 1 err 2 err 3']);
  });

  it('decodes a character that two pieces share', () => {
    const [first, second] = [Buffer.from('ä').subarray(0, 1), Buffer.from('ä').subarray(1)];
    const records = formatRecords(head('+'), first) + formatRecords(head('-'), second);
    expect(joined(parseRecords(records))[0]?.text).toBe('ä');
  });

  it('does not join what belongs to different runs', () => {
    const records = formatRecords(head('+'), Buffer.from('old')) + formatRecords(recordHead(STAMP, 13, 'err')(''), Buffer.from('new'));
    expect(joined(parseRecords(records)).map(({ run, text }) => [run, text])).toEqual([
      [12, 'old'],
      [13, 'new'],
    ]);
  });
});

describe('the name of a log file', () => {
  it('holds the whole path of the service', () => {
    expect(logFile('/home/logs', 'shop', 'backend/db')).toBe('/home/logs/shop/backend.db.log');
  });
});
