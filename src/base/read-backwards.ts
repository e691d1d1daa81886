import { closeSync, fstatSync, openSync, read } from 'node:fs';
import { promisify } from 'node:util';
import { errnoOf } from './errors.js';

const readAt = promisify(read);

const NEWLINE = 0x0a;
/** Stands for the descriptor of a file that is not there. */
const MISSING = -1;
/** The first block holds the last 50 lines of most files; whoever wants more gets larger blocks. */
const FIRST_BLOCK_BYTES = 16 * 1024;
const BLOCK_BYTES = 64 * 1024;
/** No writer of ours makes a longer line; what is longer is foreign and dropped, so that memory stays bounded. */
const MAX_LINE_BYTES = 4 * 1024 * 1024;

/** A file as it was at one moment: its first `end` bytes, followed by bytes that had not reached it yet. */
export interface FileMoment {
  readonly file: string;
  /** Default: all that is there when it is opened. */
  readonly end?: number | undefined;
  /** Default: none. */
  readonly unwritten?: Buffer | undefined;
}

/**
 * The lines of a file from the last to the first, in batches (each newest first), without their newlines;
 * empty lines are left out. Reads only as far back as batches are asked for. A missing file has no lines.
 * The file is opened at once when the first batch is asked for: what its name means later does not matter.
 * Ending the iteration closes the file.
 */
export async function* linesBackwards(moment: FileMoment): AsyncGenerator<readonly Buffer[]> {
  const lines = new BackwardLines();
  const fd = openExisting(moment.file);
  try {
    if (moment.unwritten) yield lines.take(moment.unwritten);
    for (const { position, length } of blocksOf(fd, moment.end)) {
      const { buffer, bytesRead } = await readAt(fd, Buffer.allocUnsafe(length), 0, length, position);
      yield lines.take(buffer.subarray(0, bytesRead));
    }
    yield lines.rest();
  } finally {
    if (fd !== MISSING) closeSync(fd);
  }
}

/** The blocks of what is wanted of a file, from the last to the first. */
const blocksOf = (fd: number, end = Infinity): ReturnType<typeof blocksBackwards> =>
  blocksBackwards(fd === MISSING ? 0 : Math.min(end, fstatSync(fd).size));

/** The blocks of the first `size` bytes of a file from the last to the first. */
function* blocksBackwards(size: number): Generator<{ readonly position: number; readonly length: number }> {
  let position = size;
  let wanted = FIRST_BLOCK_BYTES;
  while (position > 0) {
    const length = Math.min(wanted, position);
    position -= length;
    yield { position, length };
    wanted = BLOCK_BYTES;
  }
}

/** Cuts blocks that come from the end towards the beginning into lines; keeps the line whose start is not known yet. */
class BackwardLines {
  /** Parts of that line, the last part first. */
  private parts: Buffer[] = [];
  private size = 0;

  /** The whole lines that `block`, which stands before all blocks taken so far, completes; newest first. */
  take(block: Buffer): readonly Buffer[] {
    const lines: Buffer[] = [];
    let end = block.length;
    while (end > 0) {
      const newline = block.lastIndexOf(NEWLINE, end - 1);
      if (newline < 0) break;
      this.keep(block.subarray(newline + 1, end));
      lines.push(...this.rest());
      end = newline;
    }
    this.keep(block.subarray(0, end));
    return lines;
  }

  /** The line kept so far, if there is one. */
  rest(): readonly Buffer[] {
    const isWhole = this.size > 0 && this.size <= MAX_LINE_BYTES;
    const [only] = this.parts;
    const line = this.parts.length === 1 && only ? only : Buffer.concat(this.parts.reverse());
    this.parts = [];
    this.size = 0;
    return isWhole ? [line] : [];
  }

  private keep(part: Buffer): void {
    if (part.length === 0) return;
    this.size += part.length;
    if (this.size > MAX_LINE_BYTES) this.parts = [];
    else this.parts.push(part);
  }
}

function openExisting(file: string): number {
  try {
    return openSync(file, 'r');
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw error;
    return MISSING;
  }
}
