/** The line that bash gives to a completion, up to the cursor, as words. Pure. */

/** What is written so far. */
export interface BashLine {
  /** The finished words, the program's name first; quotes and backslashes have done their work. */
  readonly words: readonly string[];
  /** The word at the cursor; empty when a new one begins there. */
  readonly current: string;
  /** So much of `current` bash regards as another word, and does not replace: all up to the last of its word breaks (":", "="). */
  readonly kept: number;
  /** Is the word the file of a redirection ("> out.txt")? */
  readonly isRedirected: boolean;
}

/**
 * Splits a line as bash splits it, as far as that can be told without running anything: variables and substitutions stay as they are
 * written. COMP_WORDS is of no use for that: it has "shop:db" as three words, and in some versions of bash as one.
 *
 * @param breaks - COMP_WORDBREAKS.
 */
export function splitBashLine(line: string, breaks: string): BashLine {
  const words: string[] = [];
  let word: string | undefined;
  let kept = 0;
  let isRedirected = false;
  const finish = (): void => {
    // What is written to or read from is nothing to the command.
    if (word !== undefined && !isRedirected) words.push(word);
    if (word !== undefined) isRedirected = false;
    word = undefined;
    kept = 0;
  };
  for (const piece of line.matchAll(PIECE)) {
    const [text, single, double, escaped, redirection, blank] = piece;
    if (blank !== undefined) finish();
    else if (redirection !== undefined) {
      finish();
      isRedirected = true;
    } else {
      const plain = single ?? double?.replace(/\\(["\\$`])/g, '$1') ?? escaped ?? text;
      word = (word ?? '') + plain;
      if (plain === text && breaks.includes(text)) kept = word.length;
    }
  }
  return { words, current: word ?? '', kept, isRedirected };
}

/** Quotes that are still open reach to the end; a backslash at the end is nothing yet. */
const PIECE = /'([^']*)(?:'|$)|"((?:[^"\\]|\\.)*)(?:"|\\?$)|\\(.|$)|(&?>>?[&|]?|<)|(\s+)|[^]/gs;
