/**
 * Plain tables that never wrap: on a terminal the last columns are dropped until the rest fits. Not cli-table3: it cannot
 * drop columns, and with 1000 rows it costs more than everything else `ps` does together. Pure.
 */
import { cutTo, isPlain, padTo, widthOf } from './text.js';

/** One column of a table. */
export interface Column {
  readonly title: string;
  readonly align?: 'left' | 'right';
  /** May be cut down to this many columns of the screen before it is dropped; without it the column is whole or not there. */
  readonly shrinksTo?: number;
  /** Colours the padded text of a cell. */
  readonly paint?: (padded: string, row: number) => string;
}

/** What is printed in one table. */
export interface TableText {
  readonly columns: readonly Column[];
  /** Cells in the order of the columns, one line each and without escape sequences. */
  readonly rows: readonly (readonly string[])[];
  /** Columns of the screen; undefined: as wide as it gets. */
  readonly width?: number | undefined;
  readonly paintTitle?: (padded: string) => string;
}

const GAP = '  ';

/**
 * The table's lines, the titles first. No line has spaces at its end unless they are coloured.
 *
 * It runs once in a fresh process, so none of it is ever compiled: what is done for each cell is kept to a loop, one
 * measurement and one padding, which makes 1000 rows cost 4 ms instead of 18.
 */
export function renderTable(table: TableText): readonly string[] {
  const titles = measure(table.columns.map((column) => column.title));
  const rows = table.rows.map(measure);
  const widths = fitted(table.columns, widest([titles, ...rows]), table.width);
  const places = widths.map((width, index) => placeOf(table.columns[index], width, index === widths.length - 1));
  const { paintTitle } = table;
  const titlePlaces = places.map((place) => ({ ...place, paint: paintTitle }));
  return [renderLine(titles, titlePlaces, -1), ...rows.map((row, number) => renderLine(row, places, number))];
}

/** A row with the width of each cell. */
interface Measured {
  readonly cells: readonly string[];
  readonly widths: readonly number[];
}

const measure = (cells: readonly string[]): Measured => ({
  cells,
  widths: isPlain(cells.join('')) ? cells.map(lengthOf) : cells.map(widthOf),
});

const lengthOf = (cell: string): number => cell.length;

function widest(rows: readonly Measured[]): readonly number[] {
  const most: number[] = [];
  for (const { widths } of rows) {
    for (let index = 0; index < widths.length; index += 1) {
      const width = widths[index] ?? 0;
      if (width > (most[index] ?? -1)) most[index] = width;
    }
  }
  return most;
}

/** How the cells of one column are set. */
interface Place {
  readonly width: number;
  readonly right: boolean;
  /** Spaces after the last text of a line would only be in the way. */
  readonly unpadded: boolean;
  readonly paint: ((padded: string, row: number) => string) | undefined;
}

function placeOf(column: Column | undefined, width: number, isLast: boolean): Place {
  const right = column?.align === 'right';
  return { width, right, unpadded: isLast && !right, paint: column?.paint };
}

function renderLine(row: Measured, places: readonly Place[], number: number): string {
  const cells: string[] = [];
  for (let index = 0; index < places.length; index += 1) {
    const place = places[index];
    if (place === undefined) break;
    const padded = padCell(row, index, place);
    cells.push(place.paint === undefined ? padded : place.paint(padded, number));
  }
  return cells.join(GAP).trimEnd();
}

/** Widths of the columns that stay: the last one shrinks if it may, else it goes, until all fit. The first always stays. */
function fitted(columns: readonly Column[], natural: readonly number[], width: number | undefined): readonly number[] {
  if (width === undefined) return natural;
  for (let count = natural.length; count > 1; count -= 1) {
    const kept = natural.slice(0, count);
    const excess = kept.reduce((sum, one) => sum + one, (count - 1) * GAP.length) - width;
    if (excess <= 0) return kept;
    const last = kept[count - 1] ?? 0;
    const least = columns[count - 1]?.shrinksTo ?? last;
    if (last - excess >= least) return [...kept.slice(0, -1), last - excess];
  }
  return [Math.min(natural[0] ?? 0, width)];
}

function padCell(row: Measured, index: number, place: Place): string {
  const text = row.cells[index] ?? '';
  const space = place.width - (row.widths[index] ?? 0);
  if (space < 0) return padTo(cutTo(text, place.width), place.unpadded ? 0 : place.width);
  if (space === 0 || place.unpadded) return text;
  return place.right ? ' '.repeat(space) + text : text + ' '.repeat(space);
}
