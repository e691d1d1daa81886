import { PortsupError } from '../base/errors.js';
import type { ActionLine, Change, Failure, LogLine } from '../control/contract.js';
import type { LogRecord } from '../logs/record.js';
import { lastLinesNow } from '../logs/tail.js';
import type { DaemonContext } from './context.js';
import { rowsOf } from './rows.js';
import type { Failed } from './settling.js';
import { type Placed, placedNodes } from './view.js';

/** How many of its last lines are shown with a child that failed. */
const FAILURE_LINES = 10;

/** The end of an action's answer. */
export interface Result {
  readonly app: string | null;
  readonly placed: readonly Placed[];
  readonly changes?: readonly Change[];
  readonly failures?: readonly Failed[];
  readonly ends?: readonly number[];
}

/** The result line, with usage gathered and with the last lines of what failed. */
export async function resultLine(context: DaemonContext, result: Result): Promise<ActionLine> {
  const { app, placed, changes = [], failures = [], ends = [] } = result;
  return {
    type: 'result',
    app,
    rows: await rowsOf(context, placed, true),
    changes,
    failures: failures.map(({ path, cause, isOverruled }): Failure => {
      const hasLines = app !== null && !isOverruled;
      return { path, cause, lastLines: hasLines ? lastLinesOf(context, app, path) : [] };
    }),
    ends,
  };
}

/** The last lines of a service's output, oldest first; none if it never ran. */
export function lastLinesOf(context: DaemonContext, app: string, path: string): readonly LogLine[] {
  const source = context.ports.logSource(app, path);
  return source ? lastLinesNow(source, FAILURE_LINES).map(logLineOf) : [];
}

/** A captured line as it goes over the wire. */
export const logLineOf = (record: LogRecord): LogLine => ({
  at: new Date(record.at).toISOString(),
  app: record.app,
  path: record.path,
  run: record.run,
  stream: record.stream,
  text: record.text,
});

/** All nodes of an application, none if it is not up (any more). */
export function nodesOf(context: DaemonContext, app: string): readonly Placed[] {
  const application = context.runtime.forest().apps[app];
  return application ? placedNodes(application) : [];
}

/** The error of a wait whose time is up. */
export const tooLate = (what: string, waitingFor: readonly { readonly path: string; readonly state: string }[]): PortsupError => {
  const whom = waitingFor.map(({ path, state }) => `${path} (${state})`).join(', ');
  return new PortsupError(
    'TIMEOUT',
    `${what} is not done in time${whom && `; still waiting for ${whom}`}`,
    'it goes on by itself; see "portsup ps"',
  );
};
