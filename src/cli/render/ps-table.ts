/** The table of `ps`. Pure. */
import { formatDuration } from '../../base/duration.js';
import { formatSize } from '../../base/size.js';
import type { PsRow } from '../../control/contract.js';
import { localTime } from '../time.js';
import { type Paint, paintState } from './paint.js';
import { placeRows } from './row-tree.js';
import { type Column, renderTable } from './table.js';
import { escapeControls } from './text.js';

/** Where a table goes: the screen's width (undefined: a pipe) and its colours. */
export interface TableLook {
  readonly width: number | undefined;
  readonly paint: Paint;
}

/** The lines of the table, titles first: one line a row, never wider than the screen. */
export function renderPs(rows: readonly PsRow[], look: TableLook): readonly string[] {
  const columns: readonly Column[] = [
    { title: 'NAME', paint: (text, index) => (rows[index]?.kind === 'supervisor' ? look.paint.bold(text) : text) },
    { title: 'STATE', paint: (text, index) => paintState(look.paint, rows[index]?.state ?? '')(text) },
    { title: 'PID', align: 'right' },
    { title: 'UPTIME', align: 'right' },
    { title: 'RESTARTS', align: 'right' },
    { title: 'CPU', align: 'right' },
    { title: 'MEM', align: 'right' },
    { title: 'WHY', shrinksTo: 12 },
    // The last one, as on a narrow screen the cause is worth more.
    { title: 'LOGS', align: 'right' },
  ];
  const cells = placeRows(rows).map(({ row, depth, label }) => ['  '.repeat(depth) + label, ...cellsOf(row)]);
  return renderTable({ columns, rows: cells, width: look.width, paintTitle: look.paint.dim });
}

/** What the row says in one word: its state, and of a supervisor that its breaker is not closed. */
export function stateText({ state, breaker }: PsRow): string {
  return breaker === 'disabled' ? `${state} (disabled)` : breaker === 'blown' ? `${state} (blown)` : state;
}

/** "1.2%", "-" when it is not known. */
export const cpuText = (percent: number | null): string => (percent === null ? '-' : `${percent.toFixed(1)}%`);

/** "4.2 MB", "-" when it is not known. */
export const memoryText = (bytes: number | null): string => (bytes === null ? '-' : formatSize(bytes));

/** "3m 4s", "-" when it is not up. */
export const uptimeText = (uptimeMs: number | null): string => (uptimeMs === null ? '-' : formatDuration(uptimeMs));

/** The last cause, and when its `cron` comes next (to the second). */
function whyText({ why, nextCron }: PsRow): string {
  const next = nextCron ? `next at ${localTime(nextCron).slice(0, -4)}` : null;
  return [why, next].filter((part) => part !== null).join('; ');
}

function cellsOf(row: PsRow): readonly string[] {
  return [
    stateText(row),
    row.pid === null ? '-' : String(row.pid),
    uptimeText(row.uptimeMs),
    String(row.restarts),
    cpuText(row.cpuPercent),
    memoryText(row.memoryBytes),
    escapeControls(whyText(row)),
    row.logBytes === 0 ? '' : formatSize(row.logBytes),
  ];
}
