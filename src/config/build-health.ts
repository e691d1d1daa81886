/** Builds what of a service's specification is about its health, its dependencies and its callers; and the watchdogs. */

import { parseAddress } from '../base/net-address.js';
import type { AliveSpec, BackoffSpec, CallSpec, ProbeMethod, ReadySpec, ServiceSpec, WatchdogSpec } from '../supervision/spec.js';
import { DEFAULTS } from './defaults.js';
import type { PortsupConfig, ServiceConfig } from './define-config.js';
import type { ConfigPath } from './path.js';
import { toMs } from './units.js';

/** As a service has it that says nothing about these. */
export const defaultHealth = {
  ready: null,
  alive: null,
  backoff: null,
  needs: [],
  links: [],
  call: null,
  onDemand: false,
  idleMs: null,
  alarm: null,
} as const satisfies Partial<ServiceSpec>;

/** What holds at one level for the services below; `isOff` apart, as a nearer level that turns it on again finds the other keys. */
export interface BackoffLevel {
  readonly isOff: boolean;
  readonly spec: BackoffSpec;
}

/** What holds where no level says anything. */
export const defaultBackoff: BackoffLevel = {
  isOff: true,
  spec: {
    minMs: toMs(DEFAULTS.backoff.min),
    maxMs: toMs(DEFAULTS.backoff.max),
    factor: DEFAULTS.backoff.factor,
    jitter: DEFAULTS.backoff.jitter,
    resetAfterMs: toMs(DEFAULTS.backoff.reset_after),
  },
};

/** What holds at a level that says `own`, below one where `above` holds. */
export function inheritBackoff(above: BackoffLevel, own: ServiceConfig['backoff']): BackoffLevel {
  if (own === undefined) return above;
  if (own === 'none' || own === false) return { ...above, isOff: true };
  const { spec } = above;
  return {
    isOff: false,
    spec: {
      minMs: own.min === undefined ? spec.minMs : toMs(own.min),
      maxMs: own.max === undefined ? spec.maxMs : toMs(own.max),
      factor: own.factor ?? spec.factor,
      jitter: own.jitter ?? spec.jitter,
      resetAfterMs: own.reset_after === undefined ? spec.resetAfterMs : toMs(own.reset_after),
    },
  };
}

/** Texts and commands with their variables put in, and what names mean. */
export interface HealthContext {
  readonly textAt: (path: ConfigPath, written: string) => string;
  readonly wordsOf: (command: ServiceConfig['command'], path: ConfigPath) => readonly string[];
  /** What an entry of `needs` or `links` of the service at this path means: a path from the root, or a watchdog. */
  readonly meant: (service: ConfigPath, entry: string) => string;
}

/** What a service at `path` says of itself, `backoff` as it holds there. */
export function healthSpecOf(
  config: ServiceConfig,
  path: ConfigPath,
  { backoff, context }: { readonly backoff: BackoffLevel; readonly context: HealthContext },
): Pick<ServiceSpec, keyof typeof defaultHealth> {
  const { ready, alive, call, alarm, needs = [], links = [], start, idle } = config;
  const meant = (names: readonly string[]): readonly string[] => [...new Set(names.map((name) => context.meant(path, name)))];
  return {
    ready: ready === undefined ? null : readySpecOf(ready, [...path, 'ready'], context),
    alive: alive === undefined ? null : aliveSpecOf(alive, [...path, 'alive'], context),
    backoff: backoff.isOff ? null : backoff.spec,
    needs: meant(needs),
    links: meant(links),
    call: call === undefined ? null : callSpecOf(call, [...path, 'call'], context),
    onDemand: start === 'on_demand',
    idleMs: idle === undefined ? null : toMs(idle),
    alarm:
      alarm === undefined
        ? null
        : { restarts: alarm.restarts ?? DEFAULTS.alarm.restarts, withinMs: toMs(alarm.within ?? DEFAULTS.alarm.within) },
  };
}

type Ready = NonNullable<ServiceConfig['ready']>;
type Alive = NonNullable<ServiceConfig['alive']>;
type Watchdog = NonNullable<PortsupConfig['watchdogs']>[string];
type Asked = Pick<Ready, 'http' | 'tcp' | 'exec'>;

function readySpecOf(ready: Ready, path: ConfigPath, context: HealthContext): ReadySpec {
  return {
    method: readyMethodOf(ready) ?? probeOf(ready, path, { tryMs: toMs(DEFAULTS.tryTimeout), context }),
    delayMs: toMs(ready.delay ?? DEFAULTS.ready.delay),
    intervalMs: toMs(ready.interval ?? DEFAULTS.ready.interval),
    timeoutMs: toMs(ready.timeout ?? DEFAULTS.ready.timeout),
  };
}

/** Where the service itself tells; undefined: it is asked. */
function readyMethodOf({ log, exit, fd, notify }: Ready): ReadySpec['method'] | undefined {
  if (log !== undefined) return { by: 'log', pattern: log };
  if (exit !== undefined) return { by: 'exit' };
  if (fd !== undefined) return { by: 'fd', fd };
  return notify === undefined ? undefined : { by: 'notify' };
}

function aliveSpecOf(alive: Alive, path: ConfigPath, context: HealthContext): AliveSpec {
  const tryMs = toMs(alive.timeout ?? DEFAULTS.alive.timeout);
  return {
    method: alive.notify === undefined ? probeOf(alive, path, { tryMs, context }) : { by: 'notify' },
    graceMs: toMs(alive.grace ?? DEFAULTS.alive.grace),
    ...askingOf(alive),
  };
}

const askingOf = ({
  interval,
  failures,
  clear_after: clearAfter,
}: Watchdog): Pick<WatchdogSpec, 'intervalMs' | 'failures' | 'clearAfter'> => ({
  intervalMs: toMs(interval ?? DEFAULTS.alive.interval),
  failures: failures ?? DEFAULTS.alive.failures,
  clearAfter: clearAfter ?? DEFAULTS.alive.clear_after,
});

/** Where commands of watchdogs run: as services of the top level would that say nothing of their own. */
export type Surroundings = Pick<WatchdogSpec, 'cwd' | 'env'>;

/** The watchdogs of the root. What is no command has no surroundings, so that a change of these is none of it. */
export function watchdogSpecsOf(
  watchdogs: PortsupConfig['watchdogs'],
  context: HealthContext,
  { folder, around }: { readonly folder: string; readonly around: Surroundings },
): readonly WatchdogSpec[] {
  return Object.entries(watchdogs ?? {}).map(([name, watchdog]) => {
    const tryMs = toMs(watchdog.timeout ?? DEFAULTS.alive.timeout);
    const method = probeOf(watchdog, ['watchdogs', name], { tryMs, context });
    return { name, method, ...(method.by === 'exec' ? around : { cwd: folder, env: {} }), ...askingOf(watchdog) };
  });
}

interface Asking {
  /** Where the way itself says nothing. */
  readonly tryMs: number;
  readonly context: HealthContext;
}

function probeOf({ http, tcp, exec }: Asked, path: ConfigPath, { tryMs, context }: Asking): ProbeMethod {
  if (http !== undefined) return httpOf(http, [...path, 'http'], { tryMs, context });
  if (tcp !== undefined) {
    const address = parseAddress(typeof tcp === 'string' ? context.textAt([...path, 'tcp'], tcp) : tcp);
    if (!address) throw new Error(`unchecked address: ${tcp}`);
    return { by: 'tcp', ...address, tryMs };
  }
  if (exec === undefined) throw new Error('unchecked probe');
  const isMapping = typeof exec === 'object' && 'command' in exec;
  const command = isMapping ? context.wordsOf(exec.command, [...path, 'exec', 'command']) : context.wordsOf(exec, [...path, 'exec']);
  return { by: 'exec', command, tryMs: isMapping && exec.timeout !== undefined ? toMs(exec.timeout) : tryMs };
}

function httpOf(http: NonNullable<Asked['http']>, path: ConfigPath, { tryMs, context }: Asking): ProbeMethod {
  if (typeof http === 'string') return { by: 'http', url: context.textAt(path, http), statuses: null, body: null, tryMs };
  const { url, status, body = null, timeout } = http;
  return {
    by: 'http',
    url: context.textAt([...path, 'url'], url),
    statuses: status === undefined ? null : typeof status === 'number' ? [status] : status,
    body,
    tryMs: timeout === undefined ? tryMs : toMs(timeout),
  };
}

function callSpecOf({ xmlrpc, jsonrpc, http }: NonNullable<ServiceConfig['call']>, path: ConfigPath, { textAt }: HealthContext): CallSpec {
  if (xmlrpc !== undefined) return { by: 'xmlrpc', url: textAt([...path, 'xmlrpc'], xmlrpc) };
  if (http !== undefined) return { by: 'http', url: textAt([...path, 'http'], http) };
  if (jsonrpc === undefined) throw new Error('unchecked call');
  return { by: 'jsonrpc', url: jsonrpc === 'stdio' ? null : textAt([...path, 'jsonrpc'], jsonrpc) };
}
