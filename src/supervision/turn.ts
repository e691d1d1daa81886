import type { Millis } from '../base/clock.js';
import type { Command, Report } from './messages.js';

/** One call of `step`: its time, its application, and the commands gathered so far (the only thing that grows). */
export interface Turn {
  readonly at: Millis;
  readonly app: string;
  readonly commands: Command[];
}

/** What a report says beyond the turn's own time and application; all but `type`, `event`, `path` may be left out. */
export type ReportFacts = Pick<Report, 'type' | 'event' | 'path'> & Partial<Pick<Report, 'pid' | 'run' | 'exit' | 'cause' | 'by'>>;

/** Adds a report to the turn's commands; unsaid facts are null, `by` is the supervisor. */
export function report(turn: Turn, facts: ReportFacts): void {
  const full: Report = { at: turn.at, app: turn.app, pid: null, run: null, exit: null, cause: null, by: 'supervisor', ...facts };
  turn.commands.push({ do: 'report', report: full });
}

/** Asks to be woken at `at`. */
export function wakeAt(turn: Turn, at: Millis): void {
  turn.commands.push({ do: 'wake', at });
}
