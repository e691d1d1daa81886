/** The line of a file that a problem is about, with a mark below the place. Pure. */
import type { Place } from './source.js';

/** A part of a text: from this offset to before that one. */
export type Range = readonly [number, number];

/** So much of a long line is shown, in characters. */
const WIDTH = 100;
const MASK = '*';

/** What of a text may be secret. */
export type Secrets =
  | { readonly ranges: readonly Range[] }
  /** Nobody can tell, as the text could not be read to its end: of its words only these are harmless. */
  | { readonly harmless: ReadonlySet<string> };

/**
 * Shows the line of a place in two: its own with its number and its secrets as `*`, and a caret under the column; none where the text has no such line.
 *
 * @param secretsOf - asked once, with the first line that is shown.
 */
export function excerptOf(text: string, secretsOf: () => Secrets): (place: Place) => readonly string[] {
  let known: { readonly lines: readonly string[]; readonly starts: readonly number[]; readonly secrets: Secrets } | undefined;
  return ({ line, column }) => {
    known ??= { ...linesOf(text), secrets: secretsOf() };
    const whole = known.lines[line - 1];
    if (whole === undefined || whole.trim() === '') return [];
    const plain = masked(whole, known.starts[line - 1] ?? 0, known.secrets)
      .replace(/\r$/, '')
      .replaceAll('\t', ' ');
    const from = column > WIDTH ? column - WIDTH / 2 : 0;
    const [number, cut] = [String(line), from > 0 ? '…' : ''];
    const mark = `${' '.repeat(cut.length + column - 1 - from)}^`;
    return [`  ${number} | ${cut}${plain.slice(from, from + WIDTH)}`, `  ${' '.repeat(number.length)} | ${mark}`];
  };
}

/** Lines, and where each begins. */
function linesOf(text: string): { readonly lines: readonly string[]; readonly starts: readonly number[] } {
  const lines = text.split('\n');
  let start = 0;
  const starts = lines.map((line) => {
    const own = start;
    start += line.length + 1;
    return own;
  });
  return { lines, starts };
}

function masked(line: string, start: number, secrets: Secrets): string {
  if ('harmless' in secrets)
    return line.replace(/[^\s{}[\]:,"'#|>&*!%@`-]+/g, (word) => (secrets.harmless.has(word) ? word : MASK.repeat(word.length)));
  let shown = line;
  for (const [from, to] of secrets.ranges) {
    const [first, last] = [Math.max(0, from - start), Math.min(line.length, to - start)];
    if (first < last) shown = shown.slice(0, first) + MASK.repeat(last - first) + shown.slice(last);
  }
  // A secret that was commented out is one still.
  return shown.replace(/(^|\s)#.*$/, (comment) => comment.replace(/[^\s#]/g, MASK));
}
