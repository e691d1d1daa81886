import { describe, expect, it } from 'vitest';
import { endLine, giveBeginning, type LineMark, MAX_LINE_BYTES, openLine, takeBytes } from '../../src/logs/lines.js';

type Given = readonly [LineMark, string];

function framing(): { take: (text: string) => Given[]; end: () => Given[]; give: () => Given[] } {
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
    give: () => collect((sink) => giveBeginning(line, sink)),
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

  it('can give the beginning of a line before its end has come, and goes on from there', () => {
    const { take, give, end } = framing();
    expect(take('half')).toEqual([]);
    expect(give()).toEqual([['+', 'half']]);
    expect(give()).toEqual([]);
    take(' and more');
    expect(give()).toEqual([['-+', ' and more']]);
    expect(take('!\nnext\n')).toEqual([
      ['-', '!'],
      ['', 'next'],
    ]);
    take('last');
    give();
    expect(end()).toEqual([['-.', '']]);
    expect(end()).toEqual([]);
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
