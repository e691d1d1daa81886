import { closeSync, fstatSync, openSync, read, readSync } from 'node:fs';
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
export function openFileBytes(path: string): ByteSource {
  const fd = openSync(path, 'r');
  const { size } = fstatSync(fd);
  return {
    size,
    read: (position, length) => readFully(fd, position, Math.max(0, Math.min(length, size - position))),
    close: () => {
      closeSync(fd);
    },
  };
}

/** Nothing. */
export const noBytes: ByteSource = { size: 0, read: () => Promise.resolve(Buffer.alloc(0)), close: () => undefined };

/** Bytes as they were at one moment, however many there are by now. */
export function bytesAt(bytes: ByteSource, { end = Infinity, unwritten = Buffer.alloc(0) }: Written): ByteSource {
  const written = Math.min(end, bytes.size);
  return {
    size: written + unwritten.length,
    read: async (position, length) => {
      const wanted = Math.max(0, Math.min(length, written - position));
      const first = wanted > 0 ? await bytes.read(position, wanted) : Buffer.alloc(0);
      if (wanted === length || unwritten.length === 0) return first;
      const from = Math.max(0, position - written);
      return Buffer.concat([first, unwritten.subarray(from, from + length - wanted)]);
    },
    close: () => bytes.close(),
  };
}

/** The `length` bytes from `position`, at once: of a file that is in memory anyway. Fewer at the end. @throws the system's error. */
export function readNow(fd: number, position: number, length: number): Buffer {
  const buffer = Buffer.allocUnsafe(length);
  return buffer.subarray(0, readSync(fd, buffer, 0, length, position));
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
