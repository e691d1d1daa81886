import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  applyChange,
  type Held,
  isSameBoot,
  type RunNews,
  type RunState,
  readState,
  type StateLine,
  stateHeader,
  stateLines,
  stateText,
} from '../../src/base/run-state.js';

const BOOT = 'one 25';
const held = (key: string, run: number): Held => ({
  key,
  run,
  pid: 100 + run,
  startTicks: run,
  startedAt: 5,
  in: null,
  out: '/o',
  err: '/e',
  exit: null,
});
const spawned = (key: string, run: number): StateLine => ({ news: { news: 'spawned', key, run, pid: 100 + run }, held: held(key, run) });
const exited = (key: string, run: number): StateLine => ({
  news: { news: 'exited', key, run, pid: 100 + run, code: 0, signal: null, groupLeft: false },
});

const textOf = (lines: readonly StateLine[]): string => stateHeader(BOOT) + lines.map(stateText).join('');
const stateOf = (text: string, boot = BOOT): RunState => {
  const read = readState(text, boot);
  if (read.kind !== 'state') throw new Error(`it is ${JSON.stringify(read)}`);
  return read.state;
};

/** What the lines say, found out in another way: by going through them from the front. */
function expected(lines: readonly StateLine[]): Pick<RunState, 'memory' | 'latest' | 'held'> {
  const [memory, latest, running] = [new Map<string, string>(), new Map<string, RunNews>(), new Map<string, Held>()];
  for (const line of lines) {
    if ('remember' in line) for (const change of line.remember) applyChange(memory, change);
    if ('news' in line) {
      latest.delete(line.news.key);
      latest.set(line.news.key, line.news);
      running.delete(line.news.key);
      if (line.held) running.set(line.news.key, line.held);
    }
    if ('forget' in line) for (const map of [latest, running]) map.delete(line.forget);
  }
  return { memory, latest, held: running };
}

const key = fc.constantFrom('shop:a', 'shop:b', 'shop:ü/c');
const anyLine: fc.Arbitrary<StateLine> = fc.oneof(
  fc.record({
    remember: fc.array(fc.tuple(key, fc.option(fc.string({ unit: 'binary' }), { nil: null })), { maxLength: 3 }),
  }),
  fc.tuple(key, fc.integer({ min: 1, max: 9 })).map(([name, run]) => spawned(name, run)),
  fc.tuple(key, fc.integer({ min: 1, max: 9 })).map(([name, run]) => exited(name, run)),
  key.map((name) => ({ forget: name })),
);
const anyLines = fc.array(anyLine, { maxLength: 12 });

describe('the state of a keeper', () => {
  it('is read as it was written, and the shortest list of lines that says the same says the same', () => {
    fc.assert(
      fc.property(anyLines, (lines) => {
        const state = stateOf(textOf(lines));
        expect(state).toMatchObject(expected(lines));
        expect(stateOf(textOf(stateLines(state)))).toEqual(state);
      }),
    );
  });

  it('torn at any byte is what was whole before that byte', () => {
    fc.assert(
      fc.property(anyLines, fc.nat(), (lines, at) => {
        const bytes = Buffer.from(textOf(lines));
        const torn = bytes.subarray(0, at % (bytes.length + 1)).toString('utf8');
        const whole = torn.split('\n').length - 1;
        const read = readState(torn, BOOT);
        if (whole === 0) expect(read).toEqual({ kind: 'none' });
        else expect(stateOf(torn)).toMatchObject(expected(lines.slice(0, whole - 1)));
      }),
      { numRuns: 500 },
    );
  });

  it('is damaged, and never half of it is taken for true, where a line in it is none', () => {
    const lines = [spawned('shop:a', 1), spawned('shop:b', 1)];
    for (const garbage of ['garbage', '\u0000\u0000\u0000', '{}', '[]', 'null', '7', '{"news":3}', '{"remember":{}}']) {
      const [header, ...others] = textOf(lines).split('\n');
      const text = [header, others[0], garbage, ...others.slice(1)].join('\n');
      expect(readState(text, BOOT)).toEqual({ kind: 'damaged', why: 'line 3 is none' });
    }
    expect(readState('garbage\n', BOOT)).toEqual({ kind: 'damaged', why: 'its first line is none' });
    expect(readState(textOf(lines).replace('"version":1', '"version":2'), BOOT)).toEqual({
      kind: 'damaged',
      why: 'it is of version 2, this portsup knows 1',
    });
  });

  it('of an earlier boot is what came before the damage: a machine that lost its power has lost the end of the file', () => {
    const text = textOf([{ remember: [['app shop:', '{}']] }]);
    expect(stateOf(`${text}\u0000\u0000\u0000\u0000\n`, 'two 25').memory).toEqual(new Map([['app shop:', '{}']]));
  });

  it('is none where there is no file yet, or an empty one', () => {
    expect(readState('', BOOT)).toEqual({ kind: 'none' });
    expect(readState('{"portsup":"sta', BOOT)).toEqual({ kind: 'none' });
  });

  it('says that everything was halted in order', () => {
    expect(stateOf(textOf([spawned('shop:a', 1)])).isHalted).toBe(false);
    expect(stateOf(textOf([spawned('shop:a', 1), { halted: true }, exited('shop:a', 1)]))).toMatchObject({ isHalted: true });
  });
});

describe('two names of a boot', () => {
  it.each([
    ['a 25', 'a 25', true],
    ['a 25', 'b 25', false],
    ['a 25', 'a 26', false],
    ['1790000000', '1790000003', true],
    ['1790000000', '1790000300', false],
  ])('%s and %s: the same: %j', (one, other, isSame) => {
    expect(isSameBoot(one, other)).toBe(isSame);
  });
});
