/** What an action answers, on the two outputs. */
import { untilEnded } from '../client/ended.js';
import type { PsRow } from '../control/contract.js';
import type { ResultLine } from './action.js';
import type { Context } from './context.js';
import { printJson } from './print-json.js';
import { renderPs } from './render/ps-table.js';
import { reportFailures } from './report.js';

/**
 * Prints the rows of a result on standard output (a table, or JSON), and what failed on standard error.
 *
 * @param what - "start", "stop": what the failures failed to do.
 * @returns the exit code: 0, or 1 when something failed.
 */
export async function printResult(context: Context, result: ResultLine, what: string): Promise<number> {
  const { json, out } = context;
  if (json) await printJson(context, result.rows);
  else if (result.rows.length > 0) await out.print(renderPs(result.rows, { width: out.width(), paint: await out.paint() }));
  await reportFailures(context, result.failures, what);
  return result.failures.length === 0 ? 0 : 1;
}

/**
 * Ends a command that takes something down: waits for the processes that end with it, then prints the rows if they are to be JSON, on standard error
 * what has been done and what failed.
 *
 * @returns the exit code: 0, or 1 when something failed.
 */
export async function printTakenDown(context: Context, result: ResultLine, notes: readonly string[]): Promise<number> {
  await untilEnded(result.ends);
  if (context.json) await printJson(context, result.rows);
  await context.err.print(notes);
  await reportFailures(context, result.failures, 'stop');
  return result.failures.length === 0 ? 0 : 1;
}

/** "example: stopped 2 services" (that ran), one line an application; when nothing had to be stopped, that it was down already. */
export function stoppedNotes(result: ResultLine): readonly string[] {
  const counts = new Map<string, number>();
  for (const row of result.rows.filter(isService)) counts.set(row.app, (counts.get(row.app) ?? 0) + (row.pid === null ? 0 : 1));
  if (counts.size === 0) return [`${result.app === null ? '' : `${result.app}: `}nothing was running`];
  return [...counts].map(([app, count]) =>
    count === 0
      ? `${app}: taken down; none of its services was running`
      : `${app}: stopped ${count} ${count === 1 ? 'service' : 'services'}`,
  );
}

const isService = (row: PsRow): boolean => row.kind === 'service';
