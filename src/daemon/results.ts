import { PortsupError } from '../base/errors.js';
import type { ActionLine, Change, Failure, LogLine } from '../control/contract.js';
import type { LogRecord } from '../logs/record.js';
import { readLast } from '../logs/tail.js';
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
    failures: await Promise.all(failures.map((failed) => failureOf(context, app, failed))),
    ends,
  };
}

async function failureOf(context: DaemonContext, app: string | null, { path, cause, isOverruled, isUnexecuted }: Failed): Promise<Failure> {
  const hasLines = app !== null && !isOverruled && !isUnexecuted;
  const lines = hasLines ? await lastLinesOf(context, app, path) : [];
  // What an earlier run has said, perhaps with another configuration, explains nothing.
  return { path, cause, lastLines: lines.filter(({ run }) => run === lines.at(-1)?.run) };
}

/** The last lines of a service's output, oldest first; none if it never ran. */
export async function lastLinesOf(context: DaemonContext, app: string, path: string): Promise<readonly LogLine[]> {
  const source = context.ports.logSource(app, path);
  return source ? (await readLast([source], { lines: FAILURE_LINES })).map(logLineOf) : [];
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

/** The same of many as JSON, each with its newline. What neighbours have in common is made once: lines that were read together share all but their text. */
export function logLinesJson(records: readonly LogRecord[]): string {
  let json = '';
  let head = '';
  let last: LogRecord | undefined;
  for (const record of records) {
    if (!last || !isSameBut(last, record)) head = JSON.stringify({ ...logLineOf(record), text: '' }).slice(0, -'""}'.length);
    json += `${head}${JSON.stringify(record.text)}}\n`;
    last = record;
  }
  return json;
}

const isSameBut = (left: LogRecord, right: LogRecord): boolean =>
  left.at === right.at && left.run === right.run && left.stream === right.stream && left.path === right.path && left.app === right.app;

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
