/** Checks of what comes in over the control socket. Only the daemon loads this; the types serve both sides. */
import * as z from 'zod/mini';
import { MOST_PORT } from '../base/net-address.js';

const count = z.int().check(z.gte(0));
const shutdown = z.union([z.number().check(z.gte(0)), z.literal('infinity'), z.literal('brutal_kill')]);
const restart = z.enum(['permanent', 'transient', 'temporary']);
const text = z.string().check(z.minLength(1, 'it is empty'));

const logs = z.strictObject({
  mode: z.enum(['capture', 'raw', 'none']),
  maxBytes: count,
  keep: count,
  compress: z.boolean(),
  blockMs: z.union([z.number().check(z.gte(0)), z.literal('infinity')]),
  file: z.nullable(text),
});

const ms = z.number().check(z.gte(0));
const port = z.int().check(z.gte(1), z.lte(MOST_PORT));
const probes = [
  z.strictObject({
    by: z.literal('http'),
    url: text,
    statuses: z.nullable(z.array(z.int())),
    body: z.nullable(z.string()),
    tryMs: ms,
  }),
  z.strictObject({ by: z.literal('tcp'), host: text, port, tryMs: ms }),
  z.strictObject({ by: z.literal('exec'), command: z.array(z.string()).check(z.minLength(1)), tryMs: ms }),
] as const;
const notify = z.strictObject({ by: z.literal('notify') });
const ready = z.strictObject({
  method: z.union([
    ...probes,
    z.strictObject({ by: z.literal('log'), pattern: text }),
    z.strictObject({ by: z.literal('exit') }),
    z.strictObject({ by: z.literal('fd'), fd: z.int().check(z.gte(3)) }),
    notify,
  ]),
  delayMs: ms,
  intervalMs: ms,
  timeoutMs: ms,
});
const alive = z.strictObject({
  method: z.union([...probes, notify]),
  intervalMs: ms,
  graceMs: ms,
  failures: z.int().check(z.gte(1)),
  clearAfter: z.int().check(z.gte(1)),
});
const backoff = z.strictObject({
  minMs: ms,
  maxMs: ms,
  factor: z.number().check(z.gte(1)),
  jitter: z.number().check(z.gte(0), z.lte(1)),
  resetAfterMs: ms,
});
const call = z.union([
  z.strictObject({ by: z.literal('xmlrpc'), url: text }),
  z.strictObject({ by: z.literal('http'), url: text }),
  z.strictObject({ by: z.literal('jsonrpc'), url: z.nullable(text) }),
]);
const watchdog = z.strictObject({
  name: text,
  method: z.union(probes),
  cwd: text,
  env: z.record(z.string(), z.string()),
  intervalMs: ms,
  failures: z.int().check(z.gte(1)),
  clearAfter: z.int().check(z.gte(1)),
});

const service = z.strictObject({
  kind: z.literal('service'),
  name: z.string(),
  command: z.array(z.string()).check(z.minLength(1)),
  cwd: text,
  env: z.record(z.string(), z.string()),
  envFiles: z.record(z.string(), text),
  inheritEnv: z.union([z.literal(true), z.array(text)]),
  restart,
  shutdown,
  significant: z.boolean(),
  stopSignal: text,
  successExitCodes: z.array(count),
  stdin: z.enum(['pipe', 'null']),
  autostart: z.boolean(),
  orphans: z.enum(['kill', 'leave']),
  cron: z.nullable(text),
  watch: z.nullable(z.strictObject({ folder: text, paths: z.array(text).check(z.minLength(1)), ignore: z.array(z.string()) })),
  maxMemoryBytes: z.nullable(count),
  logs,
  logTotalBytes: z.nullable(count),
  nice: z.nullable(z.int()),
  umask: z.nullable(text),
  limits: z.strictObject({ nofile: z.nullable(count), core: z.nullable(z.union([count, z.literal('unlimited')])) }),
  user: z.nullable(text),
  group: z.nullable(text),
  ready: z.nullable(ready),
  alive: z.nullable(alive),
  backoff: z.nullable(backoff),
  needs: z.array(text),
  links: z.array(text),
  call: z.nullable(call),
  onDemand: z.boolean(),
  idleMs: z.nullable(ms),
  alarm: z.nullable(z.strictObject({ restarts: z.int().check(z.gte(1)), withinMs: ms })),
});

const supervisor = z.strictObject({
  kind: z.literal('supervisor'),
  name: z.string(),
  strategy: z.enum(['one_for_one', 'one_for_all', 'rest_for_one', 'simple_one_for_one']),
  intensity: count,
  periodMs: z.number().check(z.gt(0)),
  autoShutdown: z.enum(['never', 'any_significant', 'all_significant']),
  resetAfterMs: z.nullable(z.number().check(z.gte(0))),
  restart,
  shutdown,
  significant: z.boolean(),
  get children(): z.ZodMiniArray<z.ZodMiniUnion<[typeof service, typeof supervisor]>> {
    return z.array(z.union([service, supervisor]));
  },
  template: z.nullable(service),
  logTotalBytes: z.nullable(count),
  watchdogs: z.array(watchdog),
});

const hook = z.strictObject({
  command: z.array(z.string()).check(z.minLength(1)),
  cwd: text,
  env: z.record(z.string(), z.string()),
  envFiles: z.optional(z.record(z.string(), text)),
});

export type SupervisorBody = z.infer<typeof supervisor>;

const timeoutMs = z.optional(z.number().check(z.gte(0)));
const token = z.optional(text);
const scope = { app: z.optional(text), here: z.optional(text) };
const selection = { ...scope, names: z.array(text) };

/** The check of each POST route's body, by route. */
export const bodies = {
  'POST /v1/daemon/stop': z.strictObject({ timeoutMs }),
  'POST /v1/daemon/restart': z.strictObject({ program: z.nullable(text) }),
  'POST /v1/up': z.strictObject({
    ...scope,
    token,
    app: text,
    file: text,
    root: supervisor,
    env: z.record(z.string(), z.string()),
    names: z.array(text),
    forceRecreate: z.boolean(),
    updateEnv: z.boolean(),
    dryRun: z.boolean(),
    wait: z.boolean(),
    timeoutMs,
    onEvent: z.optional(z.nullable(hook)),
    onAlarm: z.optional(z.nullable(z.strictObject({ command: z.nullable(hook), webhook: z.nullable(text) }))),
  }),
  'POST /v1/run': z.strictObject({
    app: text,
    root: supervisor,
    env: z.record(z.string(), z.string()),
    wait: z.boolean(),
    timeoutMs,
  }),
  'POST /v1/remove': z.strictObject({ ...selection, stop: z.boolean(), timeoutMs }),
  'POST /v1/down': z.strictObject({ ...scope, all: z.boolean(), timeoutMs }),
  'POST /v1/start': z.strictObject({ ...selection, args: z.optional(z.array(z.string())), timeoutMs, token }),
  'POST /v1/stop': z.strictObject({ ...selection, timeoutMs }),
  'POST /v1/restart': z.strictObject({ ...selection, timeoutMs, token }),
  'POST /v1/alarms/set': z.strictObject({ id: text, app: z.optional(text), text: z.string() }),
  'POST /v1/alarms/clear': z.strictObject({ id: text, app: z.optional(text) }),
  'POST /v1/logs/flush': z.strictObject(selection),
  'POST /v1/logs/reopen': z.strictObject({}),
  'POST /v1/breaker': z.strictObject({ ...selection, verb: z.enum(['melt', 'reset', 'disable', 'enable']), timeoutMs, token }),
  'POST /v1/kill': z.strictObject({ ...selection, signal: text }),
  'POST /v1/signal': z.strictObject({ ...selection, signal: text }),
  'POST /v1/send': z.strictObject({ ...selection, text: z.string() }),
  'POST /v1/call': z.strictObject({ ...scope, name: text, method: text, args: z.array(z.unknown()), timeoutMs: ms }),
};
