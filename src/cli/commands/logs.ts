import type { LogLine, LogsQuery } from '../../control/contract.js';
import { isGiven, numberOf } from '../arguments.js';
import { ask, follow, followOn } from '../call.js';
import type { Context } from '../context.js';
import { listenForInterrupt } from '../interrupt.js';
import { type LogLook, logLineRenderer, logName } from '../render/log-line.js';
import { scopeOf } from '../scope.js';
import { localTime } from '../time.js';
import { openTold } from '../told.js';

const DEFAULT_LINES = 50;

/** `logs [NAME...]`: the last lines, ordered by time; with -f what follows, until Ctrl-C. */
export async function logs(context: Context): Promise<number> {
  const query = queryOf(context);
  const render = context.json ? JSON.stringify : logLineRenderer(await lookOf(context, query));
  const interruption = listenForInterrupt();
  try {
    for await (const line of linesOf(context, query, interruption.signal)) await context.out.print([render(line)]);
  } finally {
    interruption.release();
  }
  return 0;
}

/** Lines that a daemon may have missed to tell while it was replaced, and that are asked for again. */
const GAP_LINES = 1_000;

async function* linesOf(context: Context, query: LogsQuery, signal: AbortSignal): AsyncGenerator<LogLine, void, void> {
  const question = { route: 'GET /v1/logs', signal } as const;
  if (!query.follow) {
    yield* follow(context, question, query);
    return;
  }
  const told = openTold(new Date().toISOString());
  const again = (): LogsQuery => {
    told.repeat();
    return { ...query, lines: GAP_LINES };
  };
  for await (const line of followOn(context, question, { input: query, again })) if (told.isNew(line)) yield line;
}

function queryOf(context: Context): LogsQuery {
  const { line } = context;
  const lines = numberOf(line, 'lines') ?? DEFAULT_LINES;
  const out = isGiven(line, 'out');
  return {
    ...scopeOf(context),
    names: line.operands,
    lines: lines < 0 ? undefined : lines,
    follow: isGiven(line, 'follow'),
    stream: out === isGiven(line, 'err') ? undefined : out ? 'out' : 'err',
    run: numberOf(line, 'run'),
  };
}

/** Asks who is going to speak, so that the names get one width and one colour each from the first line on. */
async function lookOf(context: Context, query: LogsQuery): Promise<LogLook> {
  const { line, out } = context;
  const prefix = !isGiven(line, 'no-prefix');
  const { app, here, names } = query;
  const rows = prefix ? await ask(context, 'GET /v1/ps', { app, here, names, all: false, usage: false }) : [];
  const services = rows.filter(({ kind }) => kind === 'service');
  const severalApps = new Set(services.map((row) => row.app)).size > 1;
  return {
    paint: await out.paint(),
    isTerminal: out.isTerminal,
    colour: out.hasColour,
    prefix,
    showTime: isGiven(line, 'timestamps') ? localTime : undefined,
    names: services.map((row) => logName(row, severalApps)),
    severalApps,
  };
}
