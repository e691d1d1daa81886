import type { Chunk, LogMark, LogStream } from './record.js';

const NEWLINE = 0x0a;
const NOTHING = Buffer.alloc(0);

/** What could not be written in one go, as it is told where it is missing. */
export interface Loss {
  readonly lines: number;
  /** What has to be written before anything else: the ends of lines that are cut. Needs a time and a run. */
  readonly ends: readonly Pick<Chunk, 'stream' | 'mark' | 'bytes'>[];
  /** The stream in which a line can tell of it, without being taken for the rest of a line. */
  readonly stream: LogStream;
}

/**
 * Counts what is lost of the output of a program, exactly: a line counts when the first of it is lost, also one whose beginning or end is in
 * the log. And it sees to it that nothing is joined over the gap.
 */
export class Gap {
  #lost = 0;
  /** Streams whose last line in the log goes on. */
  readonly #open = new Set<LogStream>();
  /** Those of them that have lost something of it, or the news of its end. */
  readonly #cut = new Set<LogStream>();
  /** Streams of which the beginning of the line that comes next is lost. */
  readonly #broken = new Set<LogStream>();

  /** Has anything been lost since it was {@link close}d? */
  get isThere(): boolean {
    return this.#lost > 0 || this.#cut.size > 0;
  }

  /** Lines lost since it was closed. */
  get lines(): number {
    return this.#lost;
  }

  /** A chunk is lost. */
  lose({ stream, mark, bytes }: Chunk): void {
    const isBroken = this.#broken.has(stream);
    // That the program has ended is told all the same.
    const isOnlyEnd = mark === '-.' && bytes.length === 0;
    if (!isOnlyEnd) this.#lost += linesIn(bytes) - (isBroken ? 1 : 0);
    if (this.#open.has(stream)) this.#cut.add(stream);
    if (mark.endsWith('+')) this.#broken.add(stream);
    else this.#broken.delete(stream);
  }

  /** A chunk is going to be written. Gives it back as it is to stand in the log. */
  pass(chunk: Chunk): Chunk {
    const { stream, mark } = chunk;
    if (mark.endsWith('+')) this.#open.add(stream);
    else this.#open.delete(stream);
    return this.#broken.delete(stream) ? { ...chunk, mark: withoutBeginning[mark] } : chunk;
  }

  /** It ends here. */
  close(): Loss {
    const ends = [...this.#cut].map((stream) => ({ stream, mark: '-.', bytes: NOTHING }) as const);
    for (const { stream } of ends) this.#open.delete(stream);
    // Of a stream whose line still goes on nothing was lost: so it is the other one.
    const loss: Loss = { lines: this.#lost, ends, stream: this.#open.has('err') ? 'out' : 'err' };
    this.#cut.clear();
    this.#lost = 0;
    return loss;
  }
}

const withoutBeginning = { '': '', '+': '+', '.': '.', '-': '', '-+': '+', '-.': '.' } as const satisfies Record<LogMark, LogMark>;

/** Lines in the bytes of a chunk, with the one that they begin or end in the middle of. */
function linesIn(bytes: Buffer): number {
  let lines = 1;
  for (let at = bytes.indexOf(NEWLINE); at >= 0; at = bytes.indexOf(NEWLINE, at + 1)) lines += 1;
  return lines;
}
