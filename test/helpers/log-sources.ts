import { existsSync, writeFileSync } from 'node:fs';
import { type ByteSource, bytesAt, openFileBytes, type Written } from '../../src/logs/byte-source.js';
import type { LogPart, LogSource } from '../../src/logs/join.js';
import { type OpenPart, readSeal } from '../../src/logs/part-reader.js';

/** Midnight of the day on which the lines of {@link logOfLines} were written. */
export const LOG_START = Date.UTC(2026, 10, 20);

/** The time of a record so many milliseconds after {@link LOG_START}. */
export const stampAt = (at: number): string => new Date(LOG_START + at).toISOString();

/** A part in a plain file, which may be written now; none if the file is not there. */
export const filePart = (file: string, moment: Written = {}): LogPart => ({
  endedAt: null,
  open: () => (existsSync(file) ? readSeal(bytesAt(openFileBytes(file), moment)) : Promise.resolve(undefined)),
});

/** The log of service `shop:PATH` in these parts. */
export const sourceOf = (path: string, ...parts: readonly LogPart[]): LogSource => ({ app: 'shop', path, parts });

/** A log with these lines ("at run stream text"); one that begins with "!" is no record and stands as it is, without its "!". */
export function logOfLines(folder: string, path: string, lines: readonly string[]): LogSource {
  const file = `${folder}/${path}.log`;
  const records = lines.map((line) => (line.startsWith('!') ? line.slice(1) : line.replace(/^\d+/, (at) => stampAt(Number(at)))));
  writeFileSync(file, records.map((record) => `${record}\n`).join(''));
  return sourceOf(path, filePart(file));
}

/** A part that is all in memory. */
export const partOfBytes = (bytes: Buffer): Promise<OpenPart> => readSeal(bytesOf(bytes));

/** Bytes in memory, to be read as those of a file. */
export const bytesOf = (bytes: Buffer): ByteSource => ({
  size: bytes.length,
  read: (position, length) => Promise.resolve(bytes.subarray(position, position + length)),
  close: () => undefined,
});

/** The same, and how often and how much was read. */
export function counted(source: ByteSource): ByteSource & { readonly reads: number; readonly readBytes: number } {
  const counts = { reads: 0, readBytes: 0 };
  const read = async (position: number, length: number): Promise<Buffer> => {
    const bytes = await source.read(position, length);
    counts.reads += 1;
    counts.readBytes += bytes.length;
    return bytes;
  };
  return Object.assign(counts, { size: source.size, read, close: () => source.close() });
}
