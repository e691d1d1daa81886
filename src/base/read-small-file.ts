/** Reading files that somebody else may have put there: whatever they are, it takes no time and no memory to speak of. */
import { isUtf8 } from 'node:buffer';
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { errnoOf } from './errors.js';

/** What came of it. */
export type SmallFile =
  /** `isUtf8` false: it is not all UTF-8, and the text holds U+FFFD for what is not. */
  | { readonly is: 'text'; readonly text: string; readonly isUtf8: boolean }
  | { readonly is: 'missing' }
  /** A folder, a named pipe, a device, a socket. */
  | { readonly is: 'no-file' }
  | { readonly is: 'too-large' }
  | { readonly is: 'unreadable'; readonly errno: string };

const CHUNK_BYTES = 64 * 1024;
/** What Linux and macOS say of one that is to be opened. */
const SOCKET: ReadonlySet<string> = new Set(['ENXIO', 'EOPNOTSUPP', 'ENOTSUP']);

/**
 * The text of a file of at most so many bytes. Waits for nobody: neither for who would write into a named pipe, nor for the end of what has none.
 */
export function readSmallFile(file: string, mostBytes: number): SmallFile {
  let fd: number | null = null;
  try {
    // Without O_NONBLOCK the opening of a named pipe waits for a writer.
    fd = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
    if (!fstatSync(fd).isFile()) return { is: 'no-file' };
    const bytes = readUpTo(fd, mostBytes);
    return bytes === null ? { is: 'too-large' } : { is: 'text', text: bytes.toString('utf8'), isUtf8: isUtf8(bytes) };
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === undefined) throw error;
    if (errno === 'ENOENT' || errno === 'ENOTDIR') return { is: 'missing' };
    return SOCKET.has(errno) ? { is: 'no-file' } : { is: 'unreadable', errno };
  } finally {
    if (fd !== null) closeSync(fd);
  }
}

/** Null: there is more. What a file says of its size is not asked: it may grow, and those of /proc say 0. */
function readUpTo(fd: number, mostBytes: number): Buffer | null {
  const chunks: Buffer[] = [];
  for (let total = 0; total <= mostBytes; ) {
    const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
    const count = readSync(fd, chunk, 0, CHUNK_BYTES, null);
    if (count === 0) return Buffer.concat(chunks);
    chunks.push(chunk.subarray(0, count));
    total += count;
  }
  return null;
}
