import type { ActionLine } from '../control/contract.js';
import type { Handlers } from '../control/server.js';
import type { LineStream } from '../control/streams.js';
import { restart, start, stop } from './by-hand.js';
import type { DaemonContext } from './context.js';
import { injectCrash, sendLine, sendSignal } from './crash.js';
import { events, logs } from './live.js';
import { daemonStatus, ps, readHistory, status } from './queries.js';
import { down, isIdle, up } from './up.js';

/** What answers each route of the control socket. */
export const createHandlers = (context: DaemonContext): Handlers => ({
  'GET /v1/daemon': () => Promise.resolve(daemonStatus(context)),
  'POST /v1/daemon/stop': (body, stream) => stopDaemon(context, body.timeoutMs, stream),
  'GET /v1/ps': (query) => ps(context, query),
  'GET /v1/status': (query) => status(context, query),
  'GET /v1/history': (query) => readHistory(context, query),
  'GET /v1/logs': (query, stream) => logs(context, query, stream),
  'GET /v1/events': (query, stream) => events(context, query, stream),
  'POST /v1/up': (body, stream) => up(context, body, stream),
  'POST /v1/down': (body, stream) => down(context, body, stream),
  'POST /v1/start': (body, stream) => start(context, body, stream),
  'POST /v1/stop': (body, stream) => stop(context, body, stream),
  'POST /v1/restart': (body, stream) => restart(context, body, stream),
  'POST /v1/kill': async (body) => injectCrash(context, body),
  'POST /v1/signal': async (body) => sendSignal(context, body),
  'POST /v1/send': async (body) => sendLine(context, body),
});

/** Everything down, then daemon and keeper end. */
async function stopDaemon(context: DaemonContext, timeoutMs: number | undefined, stream: LineStream<ActionLine>): Promise<void> {
  await down(context, { all: true, timeoutMs }, stream);
  if (isIdle(context)) context.end();
}
