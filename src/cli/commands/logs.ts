import { existsSync } from 'node:fs';
import { PortsupError } from '../../base/errors.js';
import { followLogs } from '../../client/follow-logs.js';
import type { InputOf, LogsQuery, PsRow } from '../../control/contract.js';
import { isGiven } from '../arguments.js';
import { ask, callerOf } from '../call.js';
import type { Context } from '../context.js';
import { listenForInterrupt } from '../interrupt.js';
import { logsQueryOf, whyNoLines } from '../logs-query.js';
import { noteNothing } from '../note.js';
import { type LogLook, logLineRenderer, logName } from '../render/log-line.js';
import { localTime } from '../time.js';

/** `logs [NAME...]`: the last lines, ordered by time; with -f what follows, until Ctrl-C; or what becomes of the files. */
export async function logs(context: Context): Promise<number> {
  const { line } = context;
  if (isGiven(line, 'flush') || isGiven(line, 'reopen')) return (await import('../log-files.js')).logFiles(context);
  const query = logsQueryOf(context);
  const interruption = listenForInterrupt();
  try {
    const render = context.json ? JSON.stringify : logLineRenderer(await lookOf(context, query));
    let shown = 0;
    for await (const lines of followLogs(callerOf(context), query, interruption.signal)) {
      shown += lines.length;
      await context.out.print(lines.map((one) => render(one)));
    }
    if (shown === 0 && !query.follow) await noteNothing(context, whyNoLines(query));
  } catch (error) {
    throw withPlace(error, context);
  } finally {
    interruption.release();
  }
  return 0;
}

/** None where what is asked for is not up: its log may be there all the same, and else the answer says so. */
async function rowsNow(context: Context, query: InputOf<'GET /v1/ps'>): Promise<readonly PsRow[]> {
  try {
    return await ask(context, 'GET /v1/ps', query);
  } catch (error) {
    if (error instanceof PortsupError && error.code === 'NOT_FOUND') return [];
    throw error;
  }
}

/** Files outlive the daemon. */
function withPlace(error: unknown, { layout }: Context): unknown {
  if (!(error instanceof PortsupError) || error.code !== 'DAEMON_NOT_RUNNING' || !existsSync(layout.logs)) return error;
  const hint = `${error.hint}; the logs are in ${layout.logs}, and "portsup daemon start" lets "portsup logs -p NAME" read them`;
  return new PortsupError(error.code, error.message, hint, { cause: error });
}

/** Asks who is going to speak, so that the names get one width and one colour each from the first line on. */
async function lookOf(context: Context, query: LogsQuery): Promise<LogLook> {
  const { line, out } = context;
  const prefix = !isGiven(line, 'no-prefix');
  const { app, here, names } = query;
  const rows = prefix ? await rowsNow(context, { app, here, names, all: false, usage: false }) : [];
  const services = rows.filter(({ kind }) => kind === 'service');
  const severalApps = new Set(services.map((row) => row.app)).size > 1;
  return {
    paint: await out.paint(),
    isTerminal: out.isTerminal && !isGiven(line, 'raw'),
    colour: out.hasColour,
    prefix,
    showTime: isGiven(line, 'timestamps') ? localTime : undefined,
    names: services.map((row) => logName(row, severalApps)),
    severalApps,
  };
}
