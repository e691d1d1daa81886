/** Numbers of failures, as sentences have them. Pure. */

const WORDS = ['no', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine', 'ten', 'eleven', 'twelve'] as const;

const word = (count: number): string => WORDS[count] ?? String(count);

/**
 * What so many bad answers in a row come to: "HTTP 500", "HTTP 500 three times", or, of answers that were not all the same, "HTTP 503, the last of three bad
 * answers in a row".
 */
export function inARow(last: string, count: number, isSame: boolean): string {
  if (count <= 1) return last;
  if (!isSame) return `${last}, the last of ${word(count)} bad answers in a row`;
  return count === 2 ? `${last} twice` : `${last} ${word(count)} times`;
}
