/**
 * The parts of a journal. Its file is the youngest; when that has grown enough it is renamed to the next number, and the oldest beyond a
 * number go as a whole. Nothing is copied and no number is given twice, so there is no moment between two steps at which an entry is
 * missing, there twice or out of order; and `cat journal.ndjson.* journal.ndjson` shows all of it in order.
 */
import { renameSync, rmSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { namesIn } from '../base/folders.js';
import { type FileMoment, linesBackwards } from '../base/read-backwards.js';

/** A part is closed when it has grown to this size: some 16,000 entries. */
export const PART_BYTES = 4 * 1024 * 1024;
/** So many closed parts are kept. */
export const MOST_PARTS = 8;

/**
 * Paths of the closed parts of the journal `file`, youngest first.
 *
 * @throws the system's error when its folder is there and cannot be read.
 */
export function closedParts(file: string): readonly string[] {
  return numbersOf(file).map((number) => pathOf(file, number));
}

/**
 * Makes the file of a journal its youngest closed part, and drops the oldest beyond {@link MOST_PARTS}. The next entry makes the file anew.
 *
 * @throws the system's error when it cannot be renamed: then nothing has changed. An old part that cannot be dropped is left to
 * the next time.
 */
export function closePart(file: string): void {
  const [youngest = 0, ...others] = numbersOf(file);
  renameSync(file, pathOf(file, youngest + 1));
  // The oldest first: what is left is always without a gap.
  for (const number of others.slice(MOST_PARTS - 2).reverse()) drop(pathOf(file, number));
}

/**
 * The lines of a journal backwards, as `linesBackwards` gives them: those of its file at this moment, then those of its closed parts
 * (youngest first). A part that is dropped meanwhile has no lines. Parts are opened one after another, as far as lines are asked for.
 */
export async function* linesOfParts(moment: FileMoment, parts: readonly string[]): AsyncGenerator<readonly Buffer[]> {
  yield* linesBackwards(moment);
  for (const file of parts) yield* linesBackwards({ file });
}

const DIGITS = 6;

const pathOf = (file: string, number: number): string => `${file}.${String(number).padStart(DIGITS, '0')}`;

/** Numbers of the closed parts, highest first. */
function numbersOf(file: string): readonly number[] {
  const start = `${basename(file)}.`;
  return namesIn(dirname(file))
    .filter((name) => name.startsWith(start) && /^\d{6,15}$/.test(name.slice(start.length)))
    .map((name) => Number(name.slice(start.length)))
    .sort((left, right) => right - left);
}

function drop(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // EACCES, EROFS, EBUSY: it is tried again when the next part is closed, and until then it is only in nobody's way.
  }
}
