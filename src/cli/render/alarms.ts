/** The table of `alarms`, and what `ps` says of them. Pure. */
import type { AlarmRow } from '../../control/contract.js';
import type { Paint } from './paint.js';
import { renderTable } from './table.js';
import { escapeControls, widthOf, wrapTo } from './text.js';

/** How the table is shown. */
export interface AlarmsLook {
  /** Columns of the screen; undefined: a pipe. */
  readonly width: number | undefined;
  readonly paint: Paint;
  /** An ISO time for eyes, short. */
  readonly showTime: (iso: string) => string;
}

/** So many are told by `ps`. */
const MOST_NOTES = 5;
const INDENT = '    ';

/** The lines of the table, titles first. Texts are never cut: where they do not fit they stand below their alarms. */
export function renderAlarms(alarms: readonly AlarmRow[], { width, paint, showTime }: AlarmsLook): readonly string[] {
  if (alarms.length === 0) return ['no alarms'];
  const columns = [{ title: 'ID', paint: paint.red }, { title: 'SINCE' }, { title: 'TEXT' }];
  const rows = alarms.map(({ id, since, text }) => [id, showTime(since), escapeControls(text)]);
  const whole = renderTable({ columns, rows, paintTitle: paint.dim });
  const isFitting = width === undefined || rows.every((row) => widthOfRow(row, rows) <= width);
  if (isFitting) return whole;
  const [head = '', ...body] = renderTable({
    columns: columns.slice(0, 2),
    rows: rows.map((row) => row.slice(0, 2)),
    width,
    paintTitle: paint.dim,
  });
  return [
    head,
    ...body.flatMap((line, index) => [line, ...wrapTo(rows[index]?.[2] ?? '', width - INDENT.length).map((text) => INDENT + text)]),
  ];
}

const GAPS = 4;

function widthOfRow(row: readonly string[], rows: readonly (readonly string[])[]): number {
  const widest = (column: number): number => Math.max(...rows.map((other) => widthOf(other[column] ?? '')), 'SINCE'.length);
  return widest(0) + widest(1) + widthOf(row[2] ?? '') + GAPS;
}

/** One line for each, below the table of `ps`; of many only the first. */
export function alarmLines(alarms: readonly AlarmRow[]): readonly string[] {
  const lines = alarms.slice(0, MOST_NOTES).map(({ id, text }) => `alarm: ${id}: ${escapeControls(text)}`);
  const more = alarms.length - lines.length;
  return more > 0 ? [...lines, `alarm: and ${more} more; see "portsup alarms"`] : lines;
}
