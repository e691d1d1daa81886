/** The table of `history --events`, and the line of `events`. Pure: time comes as a function, because what is local is the system's business. */
import type { EventLine, ExitFacts, HistoryEntry } from '../../control/contract.js';
import type { Paint } from './paint.js';
import type { TableLook } from './ps-table.js';
import { renderTable } from './table.js';
import { escapeControls } from './text.js';

/** How times and names are shown. */
export interface HistoryLook extends TableLook {
  /** An ISO time for eyes. */
  readonly showTime: (iso: string) => string;
  /** Do several applications occur, so that names need theirs? */
  readonly severalApps: boolean;
}

/** The lines of the table, newest last. CAUSE is what gives way on a narrow screen, after BY. */
export function renderHistory(entries: readonly HistoryEntry[], look: HistoryLook): readonly string[] {
  const columns = [
    { title: 'AT' },
    { title: 'NAME' },
    { title: 'EVENT', paint: (text: string, index: number) => eventPaint(look.paint, entries[index]?.event)(text) },
    { title: 'RUN', align: 'right' as const },
    { title: 'PID', align: 'right' as const },
    { title: 'EXIT' },
    { title: 'CAUSE', shrinksTo: 12 },
    { title: 'BY' },
  ];
  const rows = entries.map((entry) => [
    look.showTime(entry.at),
    nameOf(entry, look.severalApps),
    entry.event,
    entry.run === null ? '-' : String(entry.run),
    entry.pid === null ? '-' : String(entry.pid),
    exitText(entry.exit),
    escapeControls(entry.cause ?? ''),
    entry.by,
  ]);
  return renderTable({ columns, rows, width: look.width, paintTitle: look.paint.dim });
}

/** One line of `events`: time, OTP's word for the report, whose it is, what happened, and why. */
export function renderEvent(event: EventLine, look: Pick<HistoryLook, 'paint' | 'showTime' | 'severalApps'>): string {
  const run = event.pid === null ? '' : ` (run ${event.run ?? '?'}, pid ${event.pid})`;
  const exit = event.exit === null ? '' : `: ${exitText(event.exit)}`;
  const cause = event.cause === null ? '' : `: ${escapeControls(event.cause)}`;
  const head = `${look.paint.dim(look.showTime(event.at))}  ${event.type.padEnd(16)}  ${nameOf(event, look.severalApps)}`;
  return `${head}  ${eventPaint(look.paint, event.event)(event.event)}${run}${exit}${cause}  ${look.paint.dim(`by ${event.by}`)}`;
}

/** "code 1", "SIGKILL", "SIGSEGV (core dumped)", "unknown"; "-" for what has not ended. */
export function exitText(exit: ExitFacts | null): string {
  if (exit === null) return '-';
  if (exit.signal === null) return exit.code === null ? 'unknown' : `code ${exit.code}`;
  if (exit.outOfMemory) return `${exit.signal} (out of memory)`;
  return exit.coreDumped ? `${exit.signal} (core dumped)` : exit.signal;
}

/** Whose an entry or a run is. */
export function nameOf(of: Pick<HistoryEntry, 'app' | 'path'>, severalApps: boolean): string {
  if (of.app === null) return 'daemon';
  if (!of.path) return of.app;
  return severalApps ? `${of.app}:${of.path}` : of.path;
}

/** The colour of an event: bad ones are red, good ones green. */
export function eventPaint(paint: Paint, event: HistoryEntry['event'] | undefined): (text: string) => string {
  switch (event) {
    case 'gave_up':
    case 'start_failed':
    case 'exited':
    case 'killed':
    case 'left_behind':
    case 'failed':
    case 'hook_failed':
    case 'alarm_set':
      return paint.red;
    case 'started':
    case 'ready':
    case 'completed':
      return paint.green;
    case 'restarted':
    case 'stopping':
      return paint.yellow;
    default:
      return paint.dim;
  }
}
