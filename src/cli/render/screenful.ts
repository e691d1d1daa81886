/** Lines cut to the height of a screen: what does not fit is counted in the last line. Pure. */
export function fitHeight(lines: readonly string[], height: number): readonly string[] {
  if (lines.length <= height || height < 2) return lines.slice(0, Math.max(1, height));
  return [...lines.slice(0, height - 1), `... ${lines.length - height + 1} more`];
}
