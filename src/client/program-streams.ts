/** What a program reads line by line: the methods `logs` and `events` of `PortsupClient`. */
import { PortsupError } from '../base/errors.js';
import type { EventLine, LogLine, LogsQuery } from '../control/contract.js';
import type { DownLine } from '../control/registry-rows.js';
import { followOn } from './call.js';
import { linesDuring, type Reader } from './during.js';
import { followLogs } from './follow-logs.js';
import { monitorRuns } from './monitor.js';
import { namesOf } from './names.js';
import type { EventsOptions, LogsOptions } from './options.js';
import { lastOf, timeOf } from './question-values.js';
import { scopeOf } from './scope.js';
import type { Settings } from './settings.js';

/** See `PortsupClient.logs`. */
export const logs = (settings: Settings, options: LogsOptions, reader: Reader): AsyncGenerator<LogLine, void, void> =>
  linesDuring(settings, reader, (call) => followLogs(call, logsQuery(settings, options), call.signal));

/** See `PortsupClient.events`. */
export const events = (settings: Settings, { all = false }: EventsOptions, reader: Reader): AsyncGenerator<EventLine, void, void> =>
  linesDuring(settings, reader, (call) => {
    const input = { ...(all ? {} : scopeOf(settings)), all };
    return followOn(call, { route: 'GET /v1/events', signal: call.signal }, { input, again: () => input });
  });

/** See `PortsupClient.monitor`. */
export const monitor = (settings: Settings, names: string | readonly string[], reader: Reader): AsyncGenerator<DownLine, void, void> =>
  linesDuring(settings, reader, (call) => monitorRuns(call, { scope: scopeOf(settings), names: namesOf(names), signal: call.signal }));

function logsQuery(settings: Settings, options: LogsOptions): LogsQuery {
  const { names = [], follow = false, stream, run, previous = false, since, until, grep, invert = false, lines } = options;
  return {
    ...scopeOf(settings),
    names: namesOf(names),
    lines: lastOf(lines, since),
    follow,
    stream,
    run,
    previous,
    since: timeOf('since', since),
    until: timeOf('until', until),
    ...(grep === undefined ? { ignoreCase: false } : patternOf(grep)),
    invert,
  };
}

function patternOf(grep: string | RegExp): Pick<LogsQuery, 'grep' | 'ignoreCase'> {
  if (typeof grep === 'string') return { grep, ignoreCase: false };
  const { source, flags } = grep;
  if (flags !== '' && flags !== 'i')
    throw new PortsupError('USAGE', `grep is ${String(grep)}`, 'of the flags of a regular expression only i can be used');
  return { grep: source, ignoreCase: flags === 'i' };
}
