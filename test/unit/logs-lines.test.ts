import { describe, expect, it } from 'vitest';
import { endLine, type LineMark, leaveLine, MAX_LINE_BYTES, openLine, takeBytes } from '../../src/logs/lines.js';

type Given = readonly [LineMark, string];

function framing(): { take: (text: string) => Given[]; end: () => Given[]; leave: () => Given[] } {
  const line = openLine();
  const collect = (action: (sink: (mark: LineMark, bytes: Buffer) => void) => void): Given[] => {
    const given: Given[] = [];
    action((mark, bytes) => {
      given.push([mark, bytes.toString('latin1')]);
    });
    return given;
  };
  return {
    take: (text) => collect((sink) => takeBytes(line, Buffer.from(text, 'latin1'), sink)),
    end: () => collect((sink) => endLine(line, sink)),
    leave: () => collect((sink) => leaveLine(line, sink)),
  };
}

describe('framing of lines', () => {
  it('gives out whole lines together and keeps the beginning of the next', () => {
    const { take } = framing();
    expect(take('one\ntwo\nthr')).toEqual([['', 'one\ntwo']]);
    expect(take('ee\n')).toEqual([['', 'three']]);
  });

  it('keeps empty lines', () => {
    const { take } = framing();
    expect(take('\n\n')).toEqual([['', '\n']]);
  });

  it('marks a last line without a newline when the program ends', () => {
    const { take, end } = framing();
    expect(take('last words')).toEqual([]);
    expect(end()).toEqual([['.', 'last words']]);
    expect(end()).toEqual([]);
  });

  it('marks a line that is left in its middle as going on', () => {
    const { take, leave } = framing();
    take('half');
    expect(leave()).toEqual([['+', 'half']]);
  });

  it('leaves a line of just the longest length whole', () => {
    const { take } = framing();
    const longest = 'x'.repeat(MAX_LINE_BYTES);
    expect(take(longest)).toEqual([]);
    expect(take('\nnext\n')).toEqual([
      ['', longest],
      ['', 'next'],
    ]);
  });

  it('splits a longer line and says of each piece where it belongs', () => {
    const { take, end } = framing();
    const piece = 'x'.repeat(MAX_LINE_BYTES);
    expect(take(`${piece}${piece}tail\n`)).toEqual([
      ['+', piece],
      ['-+', piece],
      ['-', 'tail'],
    ]);
    take(`${piece}rest`);
    expect(end()).toEqual([['-.', 'rest']]);
  });
});
