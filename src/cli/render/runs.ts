/**
 * The table of `history`: a line for each run and for each entry that belongs to none, newest last. Why something happened is never dropped: what
 * does not fit beside the rest goes on below it, indented. Pure.
 */
import type { HistoryEntry, RunRow, RunsReply } from '../../control/contract.js';
import { eventPaint, nameOf } from './history.js';
import type { Paint } from './paint.js';
import { askerText, endingText, lastedText, paintEnding, whyText } from './run-text.js';
import { type Column, renderTable } from './table.js';
import { escapeControls, widthOf, wrapTo } from './text.js';

/** How the table is shown. */
export interface RunsLook {
  /** Columns of the screen; undefined: a pipe. */
  readonly width: number | undefined;
  readonly paint: Paint;
  /** An ISO time for eyes, short. */
  readonly showTime: (iso: string) => string;
  /** Do several applications occur, so that names need theirs? */
  readonly severalApps: boolean;
}

/** One line of the table. */
interface Line {
  /** When it was over; null: it is not. */
  readonly at: string | null;
  readonly cells: Readonly<Record<Title, string>>;
  readonly paint: (text: string) => string;
  readonly why: string;
}

type Title = 'START' | 'END' | 'LASTED' | 'NAME' | 'RUN' | 'HOW' | 'BY';

const TITLES: readonly Title[] = ['START', 'END', 'LASTED', 'NAME', 'RUN', 'HOW', 'BY'];
/** What goes first where the screen is too narrow; BY is told below the line then. */
const DISPENSABLE: readonly Title[] = ['BY', 'LASTED', 'START'];
const GAP = 2;
const INDENT = '    ';

/** The lines of the table, titles first. */
export function renderRuns({ runs, entries }: RunsReply, look: RunsLook): readonly string[] {
  const isOver = (run: RunRow): boolean => run.state !== 'running';
  const lines = merged(
    runs.filter(isOver).map((run) => runLine(run, look)),
    entries.map((entry) => entryLine(entry, look)),
  );
  const all = [...lines, ...runs.filter((run) => !isOver(run)).map((run) => runLine(run, look))];
  const { width = Infinity } = look;
  const titles = DISPENSABLE.reduce<readonly Title[]>(
    (kept, title) => (widthOfTable(all, kept) > width ? kept.filter((one) => one !== title) : kept),
    TITLES,
  );
  const room = titles.includes('BY') ? width - widthOfTable(all, titles) - GAP : 0;
  return rendered(all, { titles, room, width }, look.paint);
}

interface Layout {
  readonly titles: readonly Title[];
  /** Columns that are left for the cause. */
  readonly room: number;
  readonly width: number;
}

function rendered(lines: readonly Line[], { titles, room, width }: Layout, paint: Paint): readonly string[] {
  const isInline = ({ why }: Line): boolean => room >= 'CAUSE'.length && widthOf(why) <= room;
  const columns: readonly Column[] = [
    ...titles.map((title) => columnOf(title, lines)),
    ...(room >= 'CAUSE'.length ? [{ title: 'CAUSE' }] : []),
  ];
  const rows = lines.map((line) => [...titles.map((title) => line.cells[title]), isInline(line) ? line.why : '']);
  const table = { columns, rows: rows.map((row) => row.slice(0, columns.length)), width: Number.isFinite(width) ? width : undefined };
  const [head = '', ...body] = renderTable({ ...table, paintTitle: paint.dim });
  const below = (line: Line): readonly string[] => {
    // Who else asks for something is told by the cause.
    const by = titles.includes('BY') || line.cells.BY !== 'user' ? '' : 'by user';
    const text = [isInline(line) ? '' : line.why, by].filter(Boolean).join('; ');
    return text === '' ? [] : wrapTo(text, width - INDENT.length).map((part) => INDENT + paint.dim(part));
  };
  return [head, ...lines.flatMap((line, index) => [body[index] ?? '', ...below(line)])];
}

function columnOf(title: Title, lines: readonly Line[]): Column {
  if (title === 'RUN' || title === 'LASTED') return { title, align: 'right' };
  return title === 'HOW' ? { title, paint: (text, row) => lines[row]?.paint(text) ?? text } : { title };
}

/** As wide as its widest line. */
function widthOfTable(lines: readonly Line[], titles: readonly Title[]): number {
  const widths = titles.map((title) => lines.reduce((most, { cells }) => Math.max(most, widthOf(cells[title])), title.length));
  return widths.reduce((sum, one) => sum + one, (titles.length - 1) * GAP);
}

function runLine(run: RunRow, { paint, showTime, severalApps }: RunsLook): Line {
  const { startedAt, stoppingAt, endedAt, state } = run;
  const end = state === 'running' ? 'running' : endedAt === null ? '-' : showTime(endedAt);
  const cells = {
    START: startedAt === null ? '-' : showTime(startedAt),
    END: end,
    LASTED: lastedText(run),
    NAME: nameOf(run, severalApps),
    RUN: String(run.run),
    HOW: endingText(run),
    BY: askerText(run),
  };
  return { at: endedAt ?? stoppingAt ?? startedAt, cells, paint: paintEnding(paint, run), why: escapeControls(whyText(run)) };
}

function entryLine(entry: HistoryEntry, { paint, showTime, severalApps }: RunsLook): Line {
  const cells = {
    START: '-',
    END: showTime(entry.at),
    LASTED: '-',
    NAME: nameOf(entry, severalApps),
    RUN: entry.run === null || entry.pid === null ? '-' : String(entry.run),
    HOW: entry.event,
    BY: entry.by,
  };
  return { at: entry.at, cells, paint: eventPaint(paint, entry.event), why: escapeControls(entry.cause ?? '') };
}

/** Runs and entries by time; neither change their own order, which is that of the journal, whatever the clock did. */
function merged(runs: readonly Line[], entries: readonly Line[]): readonly Line[] {
  const lines: Line[] = [];
  let next = 0;
  for (const run of runs) {
    for (let entry = entries[next]; entry && isBefore(entry, run); entry = entries[next]) {
      lines.push(entry);
      next += 1;
    }
    lines.push(run);
  }
  return [...lines, ...entries.slice(next)];
}

/** In the same millisecond a signal comes before the end of the run it was for, and a supervisor's end after that of what is in it. */
function isBefore(entry: Line, run: Line): boolean {
  const [at, end] = [Date.parse(entry.at ?? ''), Date.parse(run.at ?? '')];
  return at < end || (at === end && entry.cells.RUN !== '-');
}
