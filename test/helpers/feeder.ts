import type { LogMark, LogPiece, LogStream } from '../../src/logs/record.js';
import type { WriterRig } from './log-disk.js';

const NEWLINE = 0x0a;

/** Gives a writer what two streams say, cut and marked as a capture does. */
export interface Feeder {
  /** As read at once from a stream. */
  readonly take: (stream: LogStream, bytes: Buffer) => void;
  /** The program has ended. */
  readonly end: () => void;
}

/** A feeder of a writer that knows nothing of what came before. */
export function feederOf({ file, say }: WriterRig): Feeder {
  const isOpen: Record<LogStream, boolean> = { out: false, err: false };
  const takeSome = (stream: LogStream, bytes: Buffer): void => {
    const isEnded = bytes.at(-1) === NEWLINE;
    const mark = `${isOpen[stream] ? '-' : ''}${isEnded ? '' : '+'}` as LogMark;
    isOpen[stream] = !isEnded;
    say(isEnded ? bytes.subarray(0, -1) : bytes, { stream, mark });
  };
  return {
    take: (stream, bytes) => {
      const limit = Math.min(64 * 1024, file.largestChunk());
      for (let start = 0; start < bytes.length; start += limit) takeSome(stream, bytes.subarray(start, start + limit));
    },
    end: () => {
      for (const stream of ['out', 'err'] as const) if (isOpen[stream]) say('', { stream, mark: '-.' });
    },
  };
}

/** What a stream has said, put together again from its pieces. */
export const saidBy = (stream: LogStream, pieces: readonly LogPiece[]): Buffer =>
  Buffer.concat(
    pieces
      .filter((piece) => piece.stream === stream)
      .flatMap(({ bytes, end }) => (end === 'newline' ? [bytes, Buffer.from('\n')] : [bytes])),
  );
