/** What a piece of text is on a screen: its width in columns, cut to a width, made harmless. Pure. */
import { formatSize } from '../../base/size.js';

// Printable ASCII is one column each; nearly everything we print is that, and 1000 rows have to be quick.
const PLAIN = /^[ -~]*$/;
// East Asian wide and full-width forms, and the pictures that terminals draw two columns wide.
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|[\u{1f300}-\u{1f64f}\u{1f680}-\u{1f6ff}\u{1f900}-\u{1f9ff}\u{20000}-\u{3fffd}]/u;
const NO_WIDTH = /\p{M}|[\u200b-\u200f]/u;

/** Is `text` printable ASCII only, so that its length is its width? */
export const isPlain = (text: string): boolean => PLAIN.test(text);

/** Columns that `text` takes on a terminal (without escape sequences in it). */
export function widthOf(text: string): number {
  if (isPlain(text)) return text.length;
  let width = 0;
  for (const character of text) width += widthOfCharacter(character);
  return width;
}

/** `text` when it fits into `width` columns, else its beginning with "…" at the end. */
export function cutTo(text: string, width: number): string {
  if (widthOf(text) <= width) return text;
  let kept = '';
  let used = 1;
  for (const character of text) {
    used += widthOfCharacter(character);
    if (used > width) break;
    kept += character;
  }
  return width < 1 ? '' : `${kept}…`;
}

/** Characters of a line of somebody else's making that are shown where it is only an example of what was said. */
const EXCERPT_LENGTH = 1_000;

/** `text` when it is not too long to be looked at, else its beginning and its whole size: "abc… (3.2 MB)". Not escaped yet. */
export function excerptOf(text: string): string {
  if (text.length <= EXCERPT_LENGTH) return text;
  // Half of a pair of surrogates would be no character.
  const beginning = text.slice(0, EXCERPT_LENGTH).replace(/[\ud800-\udbff]$/, '');
  return `${beginning}… (${formatSize(new TextEncoder().encode(text).length)})`;
}

/** Spaces after `text` (or before it) up to `width` columns. */
export function padTo(text: string, width: number, align: 'left' | 'right' = 'left'): string {
  const space = ' '.repeat(Math.max(0, width - widthOf(text)));
  return align === 'left' ? text + space : space + text;
}

/** `text` as lines of at most `width` columns, broken at spaces where there are some. Never no line. */
export function wrapTo(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (widthOf(longer) <= width) {
      line = longer;
      continue;
    }
    if (line !== '') lines.push(line);
    line = word;
    while (widthOf(line) > Math.max(1, width)) {
      const piece = fitting(line, Math.max(1, width));
      lines.push(piece);
      line = line.slice(piece.length);
    }
  }
  return [...lines, line];
}

/** The longest beginning that fits; at least one character. */
function fitting(text: string, width: number): string {
  let kept = '';
  for (const character of text) {
    if (kept !== '' && widthOf(kept + character) > width) break;
    kept += character;
  }
  return kept;
}

// oxlint-disable-next-line no-control-regex -- control characters are what this is about.
const CONTROL = /[\0-\x08\x0a-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;
// oxlint-disable-next-line no-control-regex -- an escape character begins a colour.
const COLOUR_OR_CONTROL = /(\x1b\[[\d;:]*m)|[\0-\x08\x0a-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/gu;

const NAMED: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\u001b': '\\e', '\0': '\\0', '\b': '\\b', '\u0007': '\\a' };

/**
 * Text of somebody else's making as one harmless line: control characters become visible ("\n", "\e", "\x1c"), so that
 * they can neither move the cursor nor break a table. Tabs stay.
 */
export const escapeControls = (text: string): string => text.replace(CONTROL, visible);

/** The same for a line of a service's output on a terminal: colours pass (or are taken out), everything else becomes visible. */
export function escapeOutput(text: string, colour: boolean): string {
  let coloured = false;
  const safe = text.replace(COLOUR_OR_CONTROL, (match, sequence: string | undefined) => {
    if (sequence === undefined) return visible(match);
    coloured = colour;
    return colour ? sequence : '';
  });
  // A colour that the line leaves on must not reach the next service's line.
  return coloured ? `${safe}\u001b[0m` : safe;
}

function visible(character: string): string {
  const code = character.charCodeAt(0);
  return NAMED[character] ?? (code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`);
}

function widthOfCharacter(character: string): number {
  if (NO_WIDTH.test(character)) return 0;
  return WIDE.test(character) ? 2 : 1;
}
