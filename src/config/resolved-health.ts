/** The fields about health, dependencies and calls, as a file would have them. */
import type { BackoffSpec, CallSpec, ProbeMethod, ServiceSpec, SupervisorSpec, WatchdogSpec } from '../supervision/spec.js';
import type { AlarmHook } from './build.js';
import { durationText, literal } from './written-text.js';

type Fields = Readonly<Record<string, unknown>>;

/** What a service says of these; what it does not say is left out. */
export function healthFieldsOf(spec: ServiceSpec): Fields {
  const { ready, alive, backoff, needs, links, call, onDemand, autostart, idleMs, alarm } = spec;
  return {
    ...(onDemand ? { start: 'on_demand' } : { autostart }),
    ...(idleMs === null ? {} : { idle: durationText(idleMs) }),
    ...(ready === null ? {} : { ready: readyFields(ready) }),
    ...(alive === null ? {} : { alive: aliveFields(alive) }),
    ...(backoff === null ? {} : { backoff: backoffFields(backoff) }),
    ...(needs.length === 0 ? {} : { needs }),
    ...(links.length === 0 ? {} : { links }),
    ...(call === null ? {} : { call: callFields(call) }),
    ...(alarm === null ? {} : { alarm: { restarts: alarm.restarts, within: durationText(alarm.withinMs) } }),
  };
}

function readyFields({ method, delayMs, intervalMs, timeoutMs }: NonNullable<ServiceSpec['ready']>): Fields {
  const timeout = durationText(timeoutMs);
  switch (method.by) {
    case 'log':
      return { log: method.pattern, timeout };
    case 'exit':
      return { exit: 0, timeout };
    case 'fd':
      return { fd: method.fd, timeout };
    case 'notify':
      return { notify: true, timeout };
    case 'http':
    case 'tcp':
    case 'exec':
      return { ...probeFields(method), delay: durationText(delayMs), interval: durationText(intervalMs), timeout };
    default:
      return method satisfies never;
  }
}

function aliveFields({ method, graceMs, ...asking }: NonNullable<ServiceSpec['alive']>): Fields {
  const way = method.by === 'notify' ? { notify: true } : timedProbeFields(method);
  return { ...way, grace: durationText(graceMs), ...askingFields(asking) };
}

const askingFields = ({ intervalMs, failures, clearAfter }: Pick<WatchdogSpec, 'intervalMs' | 'failures' | 'clearAfter'>): Fields => ({
  interval: durationText(intervalMs),
  failures,
  clear_after: clearAfter,
});

/** With the time for one try where it belongs to the way of asking: `timeout` of `tcp` is that of what it stands in. */
function probeFields(method: ProbeMethod): Fields {
  const timeout = durationText(method.tryMs);
  switch (method.by) {
    case 'http': {
      const { url, statuses, body } = method;
      return {
        http: { url: literal(url), ...(statuses === null ? {} : { status: statuses }), ...(body === null ? {} : { body }), timeout },
      };
    }
    case 'tcp':
      return { tcp: `${method.host.includes(':') ? `[${method.host}]` : method.host}:${method.port}` };
    case 'exec':
      return { exec: { command: method.command.map(literal), timeout } };
    default:
      return method satisfies never;
  }
}

/** Of what has a `timeout` for one try itself. */
const timedProbeFields = (method: ProbeMethod): Fields => ({
  ...probeFields(method),
  ...(method.by === 'tcp' && { timeout: durationText(method.tryMs) }),
});

const backoffFields = ({ minMs, maxMs, factor, jitter, resetAfterMs }: BackoffSpec): Fields => ({
  min: durationText(minMs),
  max: durationText(maxMs),
  factor,
  jitter,
  reset_after: durationText(resetAfterMs),
});

function callFields(call: CallSpec): Fields {
  return { [call.by]: call.url === null ? 'stdio' : literal(call.url) };
}

/** What the root says of watchdogs; commands of theirs run in the folder and with the variables of the top level. */
export function watchdogFieldsOf({ watchdogs }: Pick<SupervisorSpec, 'watchdogs'>, valueOf: (value: string) => string): Fields {
  if (watchdogs.length === 0) return {};
  const command = watchdogs.find(({ method }) => method.by === 'exec');
  const env = Object.entries(command?.env ?? {}).map(([name, value]) => [name, valueOf(value)] as const);
  return {
    ...(command && { cwd: literal(command.cwd) }),
    ...(env.length > 0 && { env: Object.fromEntries(env) }),
    watchdogs: Object.fromEntries(
      watchdogs.map(({ name, method, ...asking }) => [name, { ...timedProbeFields(method), ...askingFields(asking) }]),
    ),
  };
}

/** `on_alarm`; `urlOf`: its webhook as it may be shown. */
export const alarmHookFields = ({ command, webhook }: AlarmHook, urlOf: (url: string) => string): Fields => ({
  ...(command && { command: command.command.map(literal) }),
  ...(webhook !== null && { webhook: urlOf(webhook) }),
});
