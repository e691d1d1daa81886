import type { ChildSpec, LogSpec, ServiceSpec, SupervisorSpec } from '../../src/supervision/spec.js';

/** Logs with every default of the configuration. */
export const logs = (fields: Partial<LogSpec> = {}): LogSpec => ({
  mode: 'capture',
  maxBytes: 10 * 1024 ** 2,
  keep: 5,
  compress: true,
  blockMs: 5_000,
  file: null,
  ...fields,
});

/** A service with every default of the configuration. */
export const service = (name: string, fields: Partial<ServiceSpec> = {}): ServiceSpec => ({
  kind: 'service',
  name,
  command: [`/bin/${name}`],
  cwd: '/srv',
  env: {},
  envFiles: {},
  inheritEnv: true,
  restart: 'permanent',
  shutdown: 5_000,
  significant: false,
  stopSignal: 'SIGTERM',
  successExitCodes: [],
  stdin: 'pipe',
  autostart: true,
  orphans: 'kill',
  cron: null,
  watch: null,
  maxMemoryBytes: null,
  logs: logs(),
  logTotalBytes: null,
  nice: null,
  umask: null,
  limits: { nofile: null, core: null },
  user: null,
  group: null,
  ready: null,
  alive: null,
  backoff: null,
  needs: [],
  links: [],
  call: null,
  onDemand: false,
  idleMs: null,
  alarm: null,
  ...fields,
});

/** A nested supervisor with every default; a child that is only a name is a service with every default. */
export const supervisor = (
  name: string,
  children: readonly (ChildSpec | string)[],
  fields: Partial<Omit<SupervisorSpec, 'children'>> = {},
): SupervisorSpec => ({
  kind: 'supervisor',
  name,
  strategy: 'one_for_one',
  intensity: 3,
  periodMs: 5_000,
  autoShutdown: 'never',
  resetAfterMs: null,
  restart: 'permanent',
  shutdown: 'infinity',
  significant: false,
  template: null,
  logTotalBytes: null,
  watchdogs: [],
  ...fields,
  children: children.map((child) => (typeof child === 'string' ? service(child) : child)),
});

/** An application's root. */
export const root = (children: readonly (ChildSpec | string)[], fields: Partial<Omit<SupervisorSpec, 'children'>> = {}): SupervisorSpec =>
  supervisor('', children, fields);

/** A simple_one_for_one supervisor. */
export const pool = (name: string, template: Partial<ServiceSpec> = {}, fields: Partial<SupervisorSpec> = {}): SupervisorSpec =>
  supervisor(name, [], { strategy: 'simple_one_for_one', template: service('template', template), ...fields });
