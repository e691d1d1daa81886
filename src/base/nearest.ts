/**
 * Those of `known` that a person who wrote `wanted` most likely meant: within a third of its length (at least
 * one, at most three edits), or beginning with it; nearest first, at most three.
 */
export function nearest(wanted: string, known: Iterable<string>): readonly string[] {
  const limit = Math.min(3, Math.max(1, Math.floor(wanted.length / 3)));
  const scored: { readonly name: string; readonly edits: number }[] = [];
  for (const name of new Set(known)) {
    const edits = editDistance(wanted.toLowerCase(), name.toLowerCase());
    if (edits <= limit || (wanted.length > 1 && name.startsWith(wanted))) scored.push({ name, edits });
  }
  return scored
    .sort((left, right) => left.edits - right.edits)
    .slice(0, 3)
    .map(({ name }) => name);
}

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
