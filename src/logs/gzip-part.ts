/**
 * A compressed part: an ordinary gzip file (zcat reads it) of independent members, one for each so many bytes, so that what is in its middle can be
 * read without what is before it. The last member is empty; its extra field (RFC 1952) holds the size of each of the others.
 */
import { open, rename, stat } from 'node:fs/promises';
import { promisify } from 'node:util';
import { type ByteSource, openFileBytes } from './byte-source.js';
import { UNFINISHED } from './part-files.js';

/** Of what is compressed together. */
const MEMBER_BYTES = 256 * 1024;
/** The extra field of a gzip member is no larger than 64 KB, each entry takes four bytes. */
const MOST_MEMBERS = 16_000;
/** Output compresses well anyway; more would cost twice the time for a tenth of the space. */
const LEVEL = 3;

// A member without content: header with an extra field, an empty deflate block, CRC and size, both 0.
const HEADER = Buffer.from([0x1f, 0x8b, 8, 4, 0, 0, 0, 0, 0, 255]);
const NOTHING = Buffer.from([3, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
const SUBFIELD = 'PS';
/** Size of each member before compression, size of all, size of the whole last member: behind the sizes of the members. */
const TAIL_BYTES = 16;

/**
 * Writes the compressed self of a file beside it (0600) and gives it its name only when it is whole and on disk. The file itself stays.
 *
 * @param onGrowth - told how many bytes are written so far.
 * @returns the path and size of what was written.
 * @throws the system's error when one cannot be read or the other not be written.
 */
export async function compressFile(
  path: string,
  { signal, onGrowth }: { readonly signal: AbortSignal; readonly onGrowth: (bytes: number) => void },
): Promise<{ readonly path: string; readonly bytes: number }> {
  const { gzip } = await import('node:zlib');
  const compress = promisify<Buffer, { readonly level: number }, Buffer>(gzip);
  const bytes = openFileBytes(path);
  const target = `${path}.gz`;
  try {
    const out = await open(`${target}${UNFINISHED}`, 'w', 0o600);
    let total = 0;
    const write = async (data: Buffer): Promise<void> => {
      await out.appendFile(data);
      total += data.length;
      onGrowth(total);
    };
    try {
      const memberBytes = Math.max(MEMBER_BYTES, Math.ceil(bytes.size / MOST_MEMBERS));
      const sizes: number[] = [];
      for (let position = 0; position < bytes.size; position += memberBytes) {
        signal.throwIfAborted();
        const member = await compress(await bytes.read(position, memberBytes), { level: LEVEL });
        sizes.push(member.length);
        await write(member);
      }
      await write(indexMember(sizes, memberBytes, bytes.size));
      // It was last written when its original was: that is what tells the time of raw lines, and which part is the oldest.
      const { atime, mtime } = await stat(path);
      await out.utimes(atime, mtime);
      await out.sync();
    } finally {
      await out.close();
    }
    await rename(`${target}${UNFINISHED}`, target);
    return { path: target, bytes: total };
  } finally {
    bytes.close();
  }
}

function indexMember(sizes: readonly number[], memberBytes: number, total: number): Buffer {
  const index = Buffer.alloc(4 * sizes.length + TAIL_BYTES);
  for (const [number, size] of sizes.entries()) index.writeUInt32LE(size, 4 * number);
  const head = Buffer.alloc(HEADER.length + 6);
  HEADER.copy(head);
  head.writeUInt16LE(index.length + 4, HEADER.length);
  head.write(SUBFIELD, HEADER.length + 2, 'latin1');
  head.writeUInt16LE(index.length, HEADER.length + 4);
  const tail = 4 * sizes.length;
  index.writeUInt32LE(memberBytes, tail);
  index.writeBigUInt64LE(BigInt(total), tail + 4);
  index.writeUInt32LE(head.length + index.length + NOTHING.length, tail + 12);
  return Buffer.concat([head, index, NOTHING]);
}

/** Where the members of a compressed part are. */
interface Index {
  readonly memberBytes: number;
  readonly total: number;
  /** Position of each member in the file, and of what follows the last. */
  readonly positions: readonly number[];
}

async function readIndex(file: ByteSource, path: string): Promise<Index> {
  const end = file.size - NOTHING.length;
  if (end < TAIL_BYTES) throw damaged(path);
  const tail = await file.read(end - TAIL_BYTES, TAIL_BYTES);
  const length = tail.readUInt32LE(12);
  if (length > file.size) throw damaged(path);
  const member = await file.read(file.size - length, length);
  const isOurs =
    member.length === length && member.subarray(0, 4).equals(HEADER.subarray(0, 4)) && member.toString('latin1', 12, 14) === SUBFIELD;
  if (!isOurs) throw damaged(path);
  const sizes = member.subarray(HEADER.length + 6, member.length - NOTHING.length - TAIL_BYTES);
  const positions = [0];
  for (let at = 0; at < sizes.length; at += 4) positions.push((positions.at(-1) ?? 0) + sizes.readUInt32LE(at));
  return { memberBytes: tail.readUInt32LE(0), total: Number(tail.readBigUInt64LE(4)), positions };
}

/** EIO: to whoever reads it a damaged file is one that the disk cannot give back. */
const damaged = (path: string, cause?: unknown): Error =>
  Object.assign(new Error(`${path} was not compressed by portsup, or is damaged`, { cause }), { code: 'EIO' });

/** Opens a compressed file as what it was. @throws the system's error when it cannot be opened; `EIO` for one that is damaged. */
export async function openGzip(path: string): Promise<ByteSource> {
  const file = openFileBytes(path);
  try {
    const { gunzip } = await import('node:zlib');
    const expand = promisify<Buffer, Buffer>(gunzip);
    const { memberBytes, total, positions } = await readIndex(file, path);
    // Two, as what is read may lie across their border.
    let latest: readonly { readonly number: number; readonly bytes: Buffer }[] = [];
    const member = async (number: number): Promise<Buffer> => {
      const known = latest.find((one) => one.number === number);
      if (known) return known.bytes;
      const [start = 0, end = 0] = positions.slice(number, number + 2);
      const bytes = await expand(await file.read(start, end - start)).catch((error: unknown) => {
        throw damaged(path, error);
      });
      latest = [{ number, bytes }, ...latest.slice(0, 1)];
      return bytes;
    };
    const read = async (position: number, length: number): Promise<Buffer> => {
      const end = Math.min(position + length, total);
      const parts: Buffer[] = [];
      for (let at = position; at < end; ) {
        const number = Math.floor(at / memberBytes);
        const bytes = await member(number);
        const from = at - number * memberBytes;
        const taken = bytes.subarray(from, Math.min(bytes.length, end - number * memberBytes));
        if (taken.length === 0) throw damaged(path);
        parts.push(taken);
        at += taken.length;
      }
      return parts.length === 1 && parts[0] ? parts[0] : Buffer.concat(parts);
    };
    return { size: total, read, close: () => file.close() };
  } catch (error) {
    file.close();
    throw error;
  }
}
