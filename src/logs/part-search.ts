/** Finds a time in a part of a log, reading only a few blocks of it. */
import { blockLength, headingAt, type OpenPart, type Range, wholeOf } from './part-reader.js';
import { MAX_HEAD_BYTES, MAX_UNIT_BYTES } from './record.js';

const NEWLINE = 0x0a;
/** What is nearer than this is read rather than searched. */
const NEAR_BYTES = 256 * 1024;

/**
 * Where to read what was written from `since` to `until` (milliseconds since 1970; undefined: from the beginning, to the end): a little more than
 * that, but not much. Times have to grow within a part.
 */
export async function rangeOf(part: OpenPart, since: number | undefined, until: number | undefined): Promise<Range> {
  const whole = wholeOf(part);
  if (part.rawAt !== null || (since === undefined && until === undefined)) return whole;
  const first = await firstTime(part);
  if (until !== undefined && first > until) return { start: whole.start, end: whole.start };
  const start = since === undefined || first >= since ? whole.start : (await around(part, whole, since)).start;
  const end = until === undefined ? whole.end : (await around(part, whole, until + 1)).end;
  return { start, end };
}

/** The time of the first record or block, behind the seal; NaN: it is not known. */
async function firstTime(part: OpenPart): Promise<number> {
  if (part.seal === null) return Number.NaN;
  const head = await part.bytes.read(0, 3 * MAX_HEAD_BYTES);
  const start = head.indexOf(NEWLINE) + 1;
  const end = head.indexOf(NEWLINE, start);
  return headingAt(part, head, { start, end: end < 0 ? head.length : end })?.at ?? Number.NaN;
}

/** A short range in which `time` lies: all before it is older, nothing behind it is. */
async function around(part: OpenPart, { start, end }: Range, time: number): Promise<Range> {
  let older = start;
  let high = end;
  let younger = end;
  while (high - older > NEAR_BYTES) {
    const middle = older + Math.floor((high - older) / 2);
    const found = await firstFrom(part, middle, end);
    if (found && found.at < time) older = found.position;
    else {
      high = middle;
      younger = found?.position ?? end;
    }
  }
  return { start: older, end: younger };
}

/** The first record or block that begins at a position or not far behind it, and its time; undefined: there is none. */
async function firstFrom(
  part: OpenPart,
  position: number,
  end: number,
): Promise<{ readonly position: number; readonly at: number } | undefined> {
  // From before it: so that the head or the end of a block that the position lies in is there as a whole.
  const from = Math.max(0, position - MAX_HEAD_BYTES);
  const window = await part.bytes.read(from, Math.min(MAX_UNIT_BYTES + 2 * MAX_HEAD_BYTES, end - from));
  let next = boundaryIn(part, window, from === 0);
  while (next !== undefined && from + next < end) {
    const rest = window.subarray(next);
    const head = rest.includes(NEWLINE) ? rest : await part.bytes.read(from + next, MAX_UNIT_BYTES);
    const newline = head.indexOf(NEWLINE);
    const heading = headingAt(part, head, { start: 0, end: newline < 0 ? head.length : newline });
    if (heading) return { position: from + next, at: heading.at };
    if (newline < 0) return undefined;
    next += newline + 1;
  }
  return undefined;
}

/**
 * Where a record or block begins in bytes that were read from anywhere; they are longer than any of ours, or the last ones. What looks like a
 * record may be bytes of a block. Whether it is, tells the first sealed line: it is the end of a block, or the head of one. `isWhole`: they begin with
 * the part.
 */
function boundaryIn(part: OpenPart, window: Buffer, isWhole: boolean): number | undefined {
  const { seal } = part;
  if (seal !== null) {
    const mark = `.${seal}\n`;
    for (let sealed = window.indexOf(mark, 0, 'latin1'); sealed >= 0; sealed = window.indexOf(mark, sealed + 1, 'latin1')) {
      const line = { start: window.lastIndexOf(NEWLINE, sealed) + 1, end: sealed + mark.length - 1 };
      // Of a line that the window cuts nobody can say which it is.
      if (line.start === 0 && !isWhole) continue;
      if (blockLength(window, line, seal) !== undefined) return line.end + 1;
      if (headingAt(part, window, line)) return line.start;
    }
  }
  const line = window.indexOf(NEWLINE);
  return line < 0 ? undefined : line + 1;
}
