import { PortsupError } from '../base/errors.js';
import { isAlone } from '../client/keeper.js';
import type { CallOptions } from '../control/client.js';
import type { ConditionRow, InputOf, PsRow } from '../control/contract.js';
import { alarmNotes } from './alarm-notes.js';
import { isGiven } from './arguments.js';
import { ask } from './call.js';
import type { Context } from './context.js';
import { exitCodeOfRows, NOT_KNOWN } from './exit-codes.js';
import { conditionNotes, note } from './note.js';
import { printJson } from './print-json.js';
import { renderPs } from './render/ps-table.js';
import { scopeOf } from './scope.js';

/** Prints the table of `ps` once, or JSON, or PIDs, and gives the exit code. Never starts a daemon. */
export async function list(context: Context): Promise<number> {
  const query = psQuery(context);
  let conditions: readonly ConditionRow[] = [];
  let alarms = 0;
  const onConditions = (told: readonly ConditionRow[]): void => {
    conditions = told;
  };
  const onAlarms = (count: number): void => {
    alarms = count;
  };
  const rows = await rowsOf(context, query, { onConditions, onAlarms });
  if (context.json) await printJson(context, rows ?? []);
  else if (rows === undefined) await sayNobody(context);
  else if (isGiven(context.line, 'quiet')) await context.out.print(pidsOf(rows));
  else {
    await printTable(context, rows);
    const notes = await alarmNotes(context, alarms, { query, rows });
    if (notes.length > 0) await context.err.print(notes);
  }
  if (conditions.length > 0) await context.err.print(conditionNotes(conditions));
  if (query.names.length === 0) return 0;
  return rows === undefined ? NOT_KNOWN : exitCodeOfRows(rows);
}

async function sayNobody(context: Context): Promise<void> {
  const names = (await import('../client/remembered.js')).rememberedApps(context.layout).map(({ name }) => name);
  if (names.length === 0) return note(context, 'no daemon is running', 'start it with "portsup up"');
  return note(context, `no daemon is running; up before: ${names.join(', ')}`, '"portsup daemon start" brings that up again');
}

/** What `ps` asks the daemon. */
export function psQuery(context: Context): InputOf<'GET /v1/ps'> {
  const all = isGiven(context.line, 'all');
  const quiet = isGiven(context.line, 'quiet') && !context.json;
  return { ...(all ? {} : scopeOf(context)), names: context.line.operands, all, usage: !quiet };
}

/** Undefined: no daemon runs, and so nothing else. */
async function rowsOf(
  context: Context,
  query: InputOf<'GET /v1/ps'>,
  told: Pick<CallOptions, 'onConditions' | 'onAlarms'>,
): Promise<readonly PsRow[] | undefined> {
  try {
    return await ask(context, { route: 'GET /v1/ps', ...told }, query);
  } catch (error) {
    // Services that run on without a daemon are no empty list.
    if (error instanceof PortsupError && error.code === 'DAEMON_NOT_RUNNING' && !isAlone(context.layout)) return undefined;
    throw error;
  }
}

async function printTable(context: Context, rows: readonly PsRow[]): Promise<void> {
  if (rows.length === 0)
    return note(context, 'nothing is up here', 'start the application with "portsup up", or see all with "portsup ps -A"');
  return context.out.print(renderPs(rows, { width: context.out.width(), paint: await context.out.paint() }));
}

const pidsOf = (rows: readonly PsRow[]): readonly string[] => rows.flatMap(({ pid }) => (pid === null ? [] : [String(pid)]));
