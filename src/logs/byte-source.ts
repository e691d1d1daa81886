import { closeSync, fstatSync, openSync, read } from 'node:fs';
import { promisify } from 'node:util';

const readAt = promisify(read);

/** Bytes that can be read from any position. Whoever has it calls `close`. */
export interface ByteSource {
  readonly size: number;
  /** The `length` bytes from `position`; fewer only at the end. */
  read(position: number, length: number): Promise<Buffer>;
  close(): void;
}

/** The first `end` bytes of a file (default: all), followed by bytes that have not reached it yet. */
export interface Written {
  readonly end?: number | undefined;
  readonly unwritten?: Buffer | undefined;
}

/** Opens a file. @throws the system's error when it cannot be opened. */
export function openFileBytes(path: string, { end = Infinity, unwritten = Buffer.alloc(0) }: Written = {}): ByteSource {
  const fd = openSync(path, 'r');
  const inFile = Math.min(end, fstatSync(fd).size);
  return {
    size: inFile + unwritten.length,
    read: async (position, length) => {
      const wanted = Math.min(length, inFile - position);
      const written = wanted > 0 ? await readFully(fd, position, wanted) : Buffer.alloc(0);
      if (wanted === length || unwritten.length === 0) return written;
      const from = Math.max(0, position - inFile);
      return Buffer.concat([written, unwritten.subarray(from, from + length - Math.max(0, wanted))]);
    },
    close: () => {
      closeSync(fd);
    },
  };
}

async function readFully(fd: number, position: number, length: number): Promise<Buffer> {
  const buffer = Buffer.allocUnsafeSlow(length);
  let total = 0;
  while (total < length) {
    const { bytesRead } = await readAt(fd, buffer, total, length - total, position + total);
    if (bytesRead === 0) break;
    total += bytesRead;
  }
  return buffer.subarray(0, total);
}
