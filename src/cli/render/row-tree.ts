/** Rows of `ps` know their path only; here they become a tree again. Pure. */
import type { PsRow } from '../../control/contract.js';

/** A row with its place among the rows that are shown. */
export interface PlacedRow {
  readonly row: PsRow;
  /** How many of its ancestors are shown too. */
  readonly depth: number;
  /** Its name under the nearest ancestor that is shown; the application's name for a root. */
  readonly label: string;
}

/** A row with the rows below it. */
export interface RowNode {
  readonly row: PsRow;
  readonly label: string;
  readonly children: readonly RowNode[];
}

/** Places each row under its nearest ancestor among `rows`; their order stays. Ancestors come first, as in tree order. */
export function placeRows(rows: readonly PsRow[]): readonly PlacedRow[] {
  const shown = new Set<string>();
  const apps = new Set<string>();
  for (const row of rows) {
    shown.add(keyOf(row.app, row.path));
    apps.add(row.app);
  }
  const depths = new Map<string, number>();
  return rows.map((row) => {
    const parent = nearestAncestor(row, shown);
    const depth = parent === undefined ? 0 : (depths.get(keyOf(row.app, parent)) ?? 0) + 1;
    depths.set(keyOf(row.app, row.path), depth);
    return { row, depth, label: labelOf(row, parent, apps.size > 1) };
  });
}

/** The rows as trees: usually one for each application, with its root supervisor on top. */
export function rowTrees(rows: readonly PsRow[]): readonly RowNode[] {
  type Growing = RowNode & { readonly children: RowNode[] };
  const tops: Growing[] = [];
  const open: Growing[] = [];
  for (const { row, depth, label } of placeRows(rows)) {
    const node: Growing = { row, label, children: [] };
    const parent = depth === 0 ? undefined : open[depth - 1];
    (parent?.children ?? tops).push(node);
    open.splice(depth, open.length, node);
  }
  return tops;
}

/** Rows that no other row is an ancestor of: what was asked for by name. */
export const topRows = (rows: readonly PsRow[]): readonly PsRow[] =>
  placeRows(rows)
    .filter(({ depth }) => depth === 0)
    .map(({ row }) => row);

const keyOf = (app: string, path: string): string => `${app}:${path}`;

/** The path of the nearest supervisor above a row that is shown; undefined when none is. */
function nearestAncestor({ app, path }: PsRow, shown: ReadonlySet<string>): string | undefined {
  for (let above = path; above !== ''; ) {
    above = above.slice(0, Math.max(0, above.lastIndexOf('/')));
    if (shown.has(keyOf(app, above))) return above;
  }
  return undefined;
}

function labelOf(row: PsRow, parent: string | undefined, severalApps: boolean): string {
  if (row.path === '') return row.app;
  if (parent === undefined) return severalApps ? `${row.app}:${row.path}` : row.path;
  return parent === '' ? row.path : row.path.slice(parent.length + 1);
}
