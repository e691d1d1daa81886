import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type LogSource, lineJoiner } from '../../src/logs/join.js';
import { endLine, type LineMark, MAX_LINE_BYTES, openLine, takeBytes } from '../../src/logs/lines.js';
import { formatRecords, type LogStream, parseRecords, recordHead } from '../../src/logs/record.js';

const owner: LogSource = { app: 'shop', path: 'db', file: '' };

/** Bytes with many newlines, some very long lines, and what looks like a replacement pattern or a record's head. */
const output = fc
  .array(
    fc.oneof(
      fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
      fc.constantFrom('\n', '\n\n', '$&', '$1\n', '2026-11-20T11:22:33.123Z 1 o \n').map((text) => Buffer.from(text)),
      fc.integer({ min: MAX_LINE_BYTES - 2, max: 2 * MAX_LINE_BYTES + 2 }).map((length) => Buffer.alloc(length, 'x')),
    ),
    // Fewer bytes than a line is joined up to.
    { maxLength: 7 },
  )
  .map((parts) => Buffer.concat(parts));

const cuts = fc.array(fc.integer({ min: 1, max: 150_000 }), { minLength: 1, maxLength: 8 });

/** The records of `bytes` when it arrives in chunks of these sizes, over and over, in one buffer that is used again. */
function recordsOf(bytes: Buffer, sizes: readonly number[], stream: LogStream = 'out'): string {
  const line = openLine();
  let records = '';
  const sink = (mark: LineMark, part: Buffer): void => {
    records += formatRecords(recordHead('2026-11-20T11:22:33.123Z', 3, stream)(mark), part);
  };
  const shared = Buffer.alloc(150_000);
  let start = 0;
  for (let index = 0; start < bytes.length; index += 1) {
    const size = bytes.copy(shared, 0, start, start + (sizes[index % sizes.length] ?? 1));
    takeBytes(line, shared.subarray(0, size), sink);
    shared.fill('!');
    start += size;
  }
  endLine(line, sink);
  return records;
}

describe('framing, for any bytes', () => {
  it('gives the same records however they are cut into chunks', () => {
    fc.assert(
      fc.property(output, cuts, (bytes, sizes) => {
        expect(recordsOf(bytes, sizes) === recordsOf(bytes, [bytes.length || 1])).toBe(true);
      }),
    );
  });

  it('loses and adds nothing: the records put together are the bytes', () => {
    fc.assert(
      fc.property(output, cuts, (bytes, sizes) => {
        const pieces = parseRecords(recordsOf(bytes, sizes));
        const parts = pieces.flatMap((piece) => (piece.end === 'newline' ? [piece.bytes, Buffer.from('\n')] : [piece.bytes]));
        expect(Buffer.concat(parts).equals(bytes)).toBe(true);
      }),
    );
  });

  it('makes no piece longer than allowed, and marks both sides of every split', () => {
    fc.assert(
      fc.property(output, cuts, (bytes, sizes) => {
        let wasSplit = false;
        for (const piece of parseRecords(recordsOf(bytes, sizes))) {
          expect(piece.bytes.length).toBeLessThanOrEqual(MAX_LINE_BYTES);
          expect(piece.isContinuation).toBe(wasSplit);
          wasSplit = piece.end === 'next-record';
        }
        expect(wasSplit).toBe(false);
      }),
    );
  });

  it('gives back the lines as text when the pieces are joined', () => {
    fc.assert(
      fc.property(output, cuts, (bytes, sizes) => {
        const texts: string[] = [];
        const joiner = lineJoiner(owner, ({ text }) => {
          texts.push(text);
        });
        for (const piece of parseRecords(recordsOf(bytes, sizes))) joiner.push(piece);
        joiner.end();
        const lines = bytes.toString('utf8').split('\n');
        if (lines.at(-1) === '') lines.pop();
        expect(texts).toEqual(lines);
      }),
    );
  });
});
