import type { Millis } from '../base/clock.js';
import { childPath } from '../base/names.js';
import type { Command, Report } from './messages.js';
import type { Needs } from './needs.js';

/** One call of `step`: its time, its application, where in the tree it is at work, and the commands gathered so far (the only thing that grows). */
export interface Turn {
  readonly at: Millis;
  readonly app: string;
  /** Path of the node that is being changed; "" is the root. */
  readonly path: string;
  readonly commands: Command[];
  /** Who needs whom; null where nobody needs anything. */
  readonly needs: Needs | null;
}

/** What a report says beyond the turn's own time and place; all but `type` and `event` may be left out. */
export type ReportFacts = Pick<Report, 'type' | 'event'> & Partial<Pick<Report, 'pid' | 'run' | 'exit' | 'cause' | 'by'>>;

/** The same turn, at work one level further down. */
export const into = (turn: Turn, name: string): Turn => ({ ...turn, path: childPath(turn.path, name) });

/** Adds a report to the turn's commands; unsaid facts are null, `by` is the supervisor. */
export function report(turn: Turn, facts: ReportFacts): void {
  const full: Report = {
    at: turn.at,
    app: turn.app,
    path: turn.path,
    pid: null,
    run: null,
    exit: null,
    cause: null,
    by: 'supervisor',
    ...facts,
  };
  turn.commands.push({ do: 'report', report: full });
}

/** Asks to be woken at `at`. */
export function wakeAt(turn: Turn, at: Millis): void {
  turn.commands.push({ do: 'wake', at });
}
