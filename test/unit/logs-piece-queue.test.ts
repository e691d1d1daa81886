import { describe, expect, it } from 'vitest';
import { type LineJoiner, lineJoiner } from '../../src/logs/join.js';
import { PieceQueue } from '../../src/logs/piece-queue.js';
import type { LogPiece, LogStream } from '../../src/logs/record.js';

/** More than may wait. */
const FULL = 65_536;

const piece = (text: string, more: Partial<LogPiece> = {}): LogPiece => ({
  at: 0,
  run: 1,
  stream: 'out',
  isContinuation: text.startsWith('-'),
  end: text.endsWith('+') ? 'next-piece' : 'newline',
  bytes: Buffer.from(text),
  ...more,
});

function rig(): {
  readonly queue: PieceQueue;
  readonly push: (text: string, stream?: LogStream) => void;
  readonly take: () => readonly string[];
} {
  const queue = new PieceQueue();
  let texts: string[] = [];
  const joiner: LineJoiner = lineJoiner({ app: 'shop', path: 'db' }, ({ text }) => {
    texts.push(text);
  });
  return {
    queue,
    push: (text, stream = 'out') => queue.push(joiner, piece(text, { stream })),
    take: () => {
      const missed = queue.takeAll();
      const taken = texts.filter((text) => text !== 'x');
      texts = [];
      return missed > 0 ? [...taken, `missed ${missed}`] : taken;
    },
  };
}

describe('pieces on their way to a reader that is too slow', () => {
  it('are counted as lines, and no line is given in part: neither one whose end is missed nor one whose beginning is', () => {
    const { push, take } = rig();
    for (let count = 1; count < FULL; count += 1) push('x');
    push('begin+');
    push('- end');
    push('whole');
    push('begin+');
    expect(take()).toEqual(['missed 3']);
    push('- middle+');
    expect(take()).toEqual([]);
    push('- end');
    push('next');
    expect(take()).toEqual(['next']);
  });

  it('do not tear a line of the other stream of which nothing was missed', () => {
    const { push, take } = rig();
    push('err begins, +', 'err');
    for (let count = 1; count < FULL; count += 1) push('x');
    push('missed');
    expect(take()).toEqual(['missed 1']);
    push('-and ends', 'err');
    expect(take()).toEqual(['err begins, +-and ends']);
  });
});
