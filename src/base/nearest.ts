/**
 * Those of `known` that a person who wrote `wanted` most likely meant: what begins with it, and what is within a third of its
 * length (at least one, at most three edits); nearest first, at most three. Upper and lower case are the same.
 */
export function nearest(wanted: string, known: Iterable<string>): readonly string[] {
  const limit = Math.min(3, Math.max(1, Math.floor(wanted.length / 3)));
  const lower = wanted.toLowerCase();
  const scored: { readonly name: string; readonly edits: number }[] = [];
  for (const name of new Set(known)) {
    const other = name.toLowerCase();
    // A word that was not finished is likelier than a slip of the finger.
    const edits = lower.length > 1 && other !== lower && other.startsWith(lower) ? UNFINISHED : editDistance(lower, other);
    if (edits <= limit) scored.push({ name, edits });
  }
  return scored
    .sort((left, right) => left.edits - right.edits)
    .slice(0, 3)
    .map(({ name }) => name);
}

/** Between the same word and one edit. */
const UNFINISHED = 0.5;

/** Levenshtein distance where a swap of two neighbours counts as one edit. */
function editDistance(left: string, right: string): number {
  let beforePrevious: number[] = [];
  let previous = Array.from({ length: right.length + 1 }, (_, column) => column);
  for (let row = 1; row <= left.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= right.length; column += 1) {
      const same = left[row - 1] === right[column - 1];
      let cost = Math.min((previous[column - 1] ?? 0) + (same ? 0 : 1), (previous[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1);
      const swapped = row > 1 && column > 1 && left[row - 1] === right[column - 2] && left[row - 2] === right[column - 1];
      if (swapped) cost = Math.min(cost, (beforePrevious[column - 2] ?? 0) + 1);
      current.push(cost);
    }
    beforePrevious = previous;
    previous = current;
  }
  return previous[right.length] ?? 0;
}
