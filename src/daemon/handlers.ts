import { existsSync } from 'node:fs';
import { isAbsolute } from 'node:path';
import { PortsupError } from '../base/errors.js';
import type { Handlers } from '../control/server.js';
import { remove, run } from './ad-hoc.js';
import { clearAlarm, listAlarms, setAlarm } from './alarms/alarm-queries.js';
import { breaker } from './breaker.js';
import { restart, start, stop } from './by-hand.js';
import { call } from './calling/call.js';
import type { DaemonContext } from './context.js';
import { injectCrash, sendLine, sendSignal } from './crash.js';
import { explainNow } from './explain.js';
import { readHistory, readRun, readRuns } from './history.js';
import { events } from './live.js';
import { flushLogs, logs, reopenLogs } from './log-queries.js';
import { monitor } from './monitor.js';
import { daemonStatus, ps, status } from './queries.js';
import { down, up } from './up.js';
import { wait } from './wait.js';
import { whereis } from './whereis.js';

/** What answers each route of the control socket. */
export const createHandlers = (context: DaemonContext): Handlers => ({
  'GET /v1/daemon': () => Promise.resolve(daemonStatus(context)),
  'POST /v1/daemon/stop': (body, stream) => down(context, { all: true, timeoutMs: body.timeoutMs }, stream),
  'POST /v1/daemon/restart': async (body) => restartDaemon(context, body.program),
  'GET /v1/ps': (query) => ps(context, query),
  'GET /v1/status': (query) => status(context, query),
  'GET /v1/history': (query) => readHistory(context, query),
  'GET /v1/runs': (query) => readRuns(context, query),
  'GET /v1/run': (query) => readRun(context, query),
  'GET /v1/logs': (query, stream) => logs(context, query, stream),
  'POST /v1/logs/flush': async (body) => flushLogs(context, body),
  'POST /v1/logs/reopen': async () => reopenLogs(context),
  'GET /v1/events': (query, stream) => events(context, query, stream),
  'GET /v1/alarms': async (query) => listAlarms(context, query),
  'POST /v1/alarms/set': async (body) => setAlarm(context, body),
  'POST /v1/alarms/clear': async (body) => clearAlarm(context, body),
  'POST /v1/up': (body, stream) => context.asked.answered(body.token, () => up(context, body, stream)),
  'POST /v1/run': (body, stream) => run(context, body, stream),
  'POST /v1/remove': (body, stream) => remove(context, body, stream),
  'POST /v1/down': (body, stream) => down(context, body, stream),
  'POST /v1/start': (body, stream) => context.asked.answered(body.token, () => start(context, body, stream)),
  'POST /v1/stop': (body, stream) => stop(context, body, stream),
  'POST /v1/restart': (body, stream) => context.asked.answered(body.token, () => restart(context, body, stream)),
  'GET /v1/whereis': async (query) => whereis(context, query),
  'GET /v1/wait': (query, stream) => wait(context, query, stream),
  'GET /v1/monitor': (query, stream) => monitor(context, query, stream),
  'GET /v1/explain': async (query) => explainNow(context, query),
  'POST /v1/breaker': (body, stream) => context.asked.answered(body.token, () => breaker(context, body, stream)),
  'POST /v1/kill': async (body) => injectCrash(context, body),
  'POST /v1/signal': async (body) => sendSignal(context, body),
  'POST /v1/send': async (body) => sendLine(context, body),
  'POST /v1/call': (body, gone) => call(context, body, gone),
});

/** Conditions under which only this process has what is to be written. */
const HOLDS_DATA: ReadonlySet<string> = new Set(['journal', 'logs']);

/** Makes room for another daemon, once this has been answered. */
function restartDaemon(context: DaemonContext, program: string | null): { readonly pid: number } {
  if (program !== null && !(isAbsolute(program) && existsSync(program))) {
    throw new PortsupError('USAGE', `there is no program "${program}"`, 'send the absolute path of a dist/daemon.cjs');
  }
  const waiting = context.conditions.all().find(({ id }) => HOLDS_DATA.has(id));
  if (waiting) throw new PortsupError('FAILED', `what waits in the daemon would be lost: ${waiting.text}`, 'try again when it is written');
  context.makeRoom(program);
  return { pid: process.pid };
}
