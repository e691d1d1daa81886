import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readAnswer } from '../../src/control/http-answer.js';
import { splitLines } from '../../src/control/line-splitter.js';

const head = 'HTTP/1.1 200 OK\r\nPortsup-Version: 1.2.3\r\n';

/** Cuts bytes at the given places. */
function pieces(bytes: Buffer, cuts: readonly number[]): readonly Buffer[] {
  const places = [...new Set(cuts.map((cut) => cut % (bytes.length + 1)))].sort((left, right) => left - right);
  return [...places, bytes.length].map((place, index) => bytes.subarray(index === 0 ? 0 : places[index - 1], place));
}

function chunked(parts: readonly string[]): string {
  const chunks = parts.filter((part) => part !== '').map((part) => `${Buffer.byteLength(part).toString(16)}\r\n${part}\r\n`);
  return `${head}Transfer-Encoding: chunked\r\n\r\n${chunks.join('')}0\r\n\r\n`;
}

describe('reading an HTTP answer', () => {
  it('gives the same body however the bytes are cut, with a length and with chunks', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'grapheme' }), { maxLength: 5 }), fc.array(fc.nat(), { maxLength: 8 }), (parts, cuts) => {
        const body = parts.join('');
        const plain = `${head}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
        for (const text of [plain, chunked(parts)]) {
          const answer = readAnswer();
          const read = pieces(Buffer.from(text), cuts).flatMap((piece) => answer.push(piece));
          expect(Buffer.concat(read).toString('utf8')).toBe(body);
          expect(answer.isComplete(false)).toBe(true);
          expect(answer.head()?.headers.get('portsup-version')).toBe('1.2.3');
        }
      }),
      { numRuns: 200 },
    );
  });

  it('is not complete when the connection ends in the middle of a length or a chunk', () => {
    for (const text of [
      `${head}Content-Length: 10\r\n\r\nhalf`,
      `${head}Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n`,
      'HTTP/1.1 200',
    ]) {
      const answer = readAnswer();
      answer.push(Buffer.from(text));
      expect(answer.isComplete(true)).toBe(false);
    }
  });

  it('takes everything until the end where neither length nor chunks are given', () => {
    const answer = readAnswer();
    const parts = answer.push(Buffer.from(`${head}\r\nall of it`));
    expect(Buffer.concat(parts).toString()).toBe('all of it');
    expect(answer.isComplete(false)).toBe(false);
    expect(answer.isComplete(true)).toBe(true);
  });

  it('refuses what is not HTTP, a chunk without a length, and a head without an end', () => {
    expect(() => readAnswer().push(Buffer.from('SSH-2.0-x\r\n\r\n'))).toThrow('not HTTP');
    expect(() => readAnswer().push(Buffer.from(`${head}Transfer-Encoding: chunked\r\n\r\nzz\r\n`))).toThrow('no length');
    expect(() => readAnswer().push(Buffer.alloc(100_000, 'x'))).toThrow('does not end');
  });
});

describe('cutting bytes into lines', () => {
  it('never tears a line or a character, however the bytes are cut', () => {
    const text = fc.array(
      fc.string({ unit: 'grapheme' }).filter((line) => !line.includes('\n')),
      { maxLength: 6 },
    );
    fc.assert(
      fc.property(text, fc.array(fc.nat(), { maxLength: 8 }), (lines, cuts) => {
        const splitter = splitLines();
        const bytes = Buffer.from([...lines, 'rest ü'].join('\n'));
        expect(pieces(bytes, cuts).flatMap((piece) => splitter.push(piece))).toEqual(lines);
        expect(splitter.rest()).toBe('rest ü');
      }),
      { numRuns: 200 },
    );
  });
});
