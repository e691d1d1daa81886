/** Turns a configuration that passed every check into the specification of its tree: defaults, inheritance, units. */
import { parseSignal } from '../base/signals.js';
import type { ChildSpec, RestartType, ServiceSpec, Shutdown, SupervisorSpec } from '../supervision/spec.js';
import { type BackoffLevel, defaultBackoff, type HealthContext, healthSpecOf, inheritBackoff, watchdogSpecsOf } from './build-health.js';
import { defaultLogs, defaultRootLogTotal, inheritLogs, type LogLevel, logSpecOf, logTotalOf } from './build-logs.js';
import { type AccountLevel, defaultProcess, inheritAccount, processSpecOf } from './build-process.js';
import { watchSpecOf } from './build-watch.js';
import { DEFAULTS } from './defaults.js';
import type { PortsupConfig, ServiceConfig, SupervisorConfig } from './define-config.js';
import { childKind } from './kinds.js';
import type { ConfigPath } from './path.js';
import { isAnythingThere, isThere } from './profiles.js';
import { toBytes, toMs } from './units.js';
import type { Resolved } from './variables.js';

/** What the value alone does not tell. */
export interface BuildContext {
  /** The configuration's folder, absolute. */
  readonly folder: string;
  /** The profiles that were asked for. */
  readonly profiles: readonly string[];
  /** Makes the path that stands at `at` absolute. */
  readonly resolvePath: (path: string, at: ConfigPath) => string;
  readonly variables: Pick<Resolved, 'textAt' | 'wordsAt' | 'fileVariablesAt'>;
  /** A number or boolean as it is written in the file: `1.10` is text for a program, not 1.1. */
  readonly written: (path: ConfigPath) => string | undefined;
  /** What a name in the `needs` or `links` of the service at this path means. */
  readonly meant: HealthContext['meant'];
}

interface Inherited {
  readonly env: Readonly<Record<string, DeclaredValue>>;
  readonly inheritEnv: ServiceSpec['inheritEnv'];
  readonly cwd: string;
  readonly logs: LogLevel;
  readonly account: AccountLevel;
  readonly backoff: BackoffLevel;
}

/** What a variable is, or the file that it is read from (absolute). */
type DeclaredValue = string | { readonly file: string };

/** A command that is run for events. */
export interface Hook {
  readonly command: readonly string[];
  /** The configuration's folder. */
  readonly cwd: string;
  /** What is declared at the top of the configuration. */
  readonly env: Readonly<Record<string, string>>;
  /** Files of which each holds the value of the variable it stands for; absolute. */
  readonly envFiles: Readonly<Record<string, string>>;
}

/** Who is told of alarms. */
export interface AlarmHook {
  /** Null: nothing is run. */
  readonly command: Hook | null;
  /** Null: nothing is posted. */
  readonly webhook: string | null;
}

/** What a checked configuration wants to be run for its application's events; null: nothing. */
export const buildHook = (config: PortsupConfig, context: BuildContext): Hook | null =>
  config.on_event === undefined ? null : hookOf(config.on_event, ['on_event'], { config, context });

/** Whom a checked configuration wants to be told of its application's alarms; null: nobody. */
export function buildAlarmHook(config: PortsupConfig, context: BuildContext): AlarmHook | null {
  const { on_alarm: hook } = config;
  if (hook === undefined) return null;
  if (typeof hook === 'string' || !('command' in hook || 'webhook' in hook)) {
    return { command: hookOf(hook as Command, ['on_alarm'], { config, context }), webhook: null };
  }
  const { command, webhook } = hook;
  return {
    command: command === undefined ? null : hookOf(command, ['on_alarm', 'command'], { config, context }),
    webhook: webhook === undefined ? null : context.variables.textAt(['on_alarm', 'webhook'], webhook),
  };
}

type Command = ServiceConfig['command'];

interface Built {
  readonly config: PortsupConfig;
  readonly context: BuildContext;
}

function hookOf(command: Command, path: ConfigPath, { config, context }: Built): Hook {
  const { env } = inherit({ env: config.env }, outermost(context));
  return { command: wordsOf(command, path, context), cwd: context.folder, ...splitEnv(env) };
}

/** The root supervisor of a checked configuration. */
export function buildTree(config: PortsupConfig, context: BuildContext): SupervisorSpec {
  const inherited = inherit(config, outermost(context));
  const tree = supervisor(config, { path: [], inherited, context });
  const logTotalBytes = tree.logTotalBytes ?? defaultRootLogTotal;
  const around = { cwd: inherited.cwd, env: splitEnv(inherited.env).env };
  const watchdogs = watchdogSpecsOf(config.watchdogs, healthContext(context), { folder: context.folder, around });
  return { ...tree, logTotalBytes, watchdogs, name: '', restart: 'permanent', shutdown: 'infinity', significant: false };
}

interface Position {
  readonly path: ConfigPath;
  readonly inherited: Inherited;
  readonly context: BuildContext;
}

/** What nobody has said anything about yet. */
function outermost(context: BuildContext): Position {
  const logs: LogLevel = { isOff: false, spec: defaultLogs };
  const { user, group } = defaultProcess;
  const inherited = { env: {}, inheritEnv: true, cwd: context.folder, logs, account: { user, group }, backoff: defaultBackoff } as const;
  return { path: [], inherited, context };
}

const healthContext = (context: BuildContext): HealthContext => ({
  textAt: context.variables.textAt,
  wordsOf: (command, path) => wordsOf(command, path, context),
  meant: context.meant,
});

type OwnFields = Pick<ServiceConfig, 'env' | 'inherit_env' | 'cwd' | 'logs' | 'user' | 'group' | 'backoff'>;

function inherit(own: OwnFields, { path, inherited, context }: Position): Inherited {
  const { resolvePath, variables } = context;
  const at = [...path, 'cwd'];
  return {
    env: { ...inherited.env, ...Object.fromEntries(variables.fileVariablesAt(path)), ...declaredEnv(own.env, [...path, 'env'], context) },
    inheritEnv: own.inherit_env === undefined ? inherited.inheritEnv : own.inherit_env === false ? [] : own.inherit_env,
    cwd: own.cwd === undefined ? inherited.cwd : resolvePath(variables.textAt(at, own.cwd), at),
    logs: inheritLogs(inherited.logs, own.logs),
    account: inheritAccount(inherited.account, own),
    backoff: inheritBackoff(inherited.backoff, own.backoff),
  };
}

function declaredEnv(env: ServiceConfig['env'], path: ConfigPath, context: BuildContext): Inherited['env'] {
  const { resolvePath, variables } = context;
  const declared = Object.entries(env ?? {}).map(([name, value]): [string, DeclaredValue] => {
    const at = [...path, name];
    if (typeof value !== 'object') return [name, wordOf(value, at, context)];
    return [name, { file: resolvePath(variables.textAt([...at, 'file'], value.file), at) }];
  });
  return Object.fromEntries(declared);
}

/** Variables whose values are known, and those that are read from files. */
function splitEnv(env: Inherited['env']): Pick<ServiceSpec, 'env' | 'envFiles'> {
  const entries = Object.entries(env);
  return {
    env: Object.fromEntries(entries.flatMap(([name, value]) => (typeof value === 'string' ? [[name, value]] : []))),
    envFiles: Object.fromEntries(entries.flatMap(([name, value]) => (typeof value === 'string' ? [] : [[name, value.file]]))),
  };
}

/** `position.inherited` is what holds inside the supervisor, its own fields included. */
function supervisor(
  config: Omit<SupervisorConfig, 'restart' | 'shutdown' | 'significant'>,
  position: Position,
): Omit<SupervisorSpec, ChildField> {
  const { path, inherited, context } = position;
  const there = Object.entries(config.services ?? {}).filter(
    ([, value]) => isThere(value.profiles, context.profiles) && isAnythingThere(value, context.profiles),
  );
  const children = there.map(([name, value]) => child(name, value, { path: [...path, 'services', name], inherited, context }));
  return {
    kind: 'supervisor',
    strategy: config.strategy ?? DEFAULTS.strategy,
    intensity: config.intensity ?? DEFAULTS.intensity,
    periodMs: toMs(config.period ?? DEFAULTS.period),
    autoShutdown: config.auto_shutdown ?? DEFAULTS.auto_shutdown,
    resetAfterMs: config.reset_after === undefined ? null : toMs(config.reset_after),
    children,
    template:
      config.template === undefined ? null : service('template', config.template, { path: [...path, 'template'], inherited, context }),
    logTotalBytes: logTotalOf(config.logs),
    watchdogs: [],
  };
}

type ChildField = 'name' | 'restart' | 'shutdown' | 'significant';

function child(name: string, value: ServiceConfig | SupervisorConfig, position: Position): ChildSpec {
  if (!isSupervisor(value)) return service(name, value, position);
  const inner = { ...position, inherited: inherit(value, position) };
  return { ...supervisor(value, inner), name, ...childSpec(value), shutdown: toShutdown(value.shutdown ?? DEFAULTS.supervisorShutdown) };
}

const isSupervisor = (value: ServiceConfig | SupervisorConfig): value is SupervisorConfig => childKind(value) === 'supervisor';

function service(name: string, config: ServiceConfig, position: Position): ServiceSpec {
  const { env, inheritEnv, cwd, logs, account, backoff } = inherit(config, position);
  const file = typeof config.logs === 'object' ? config.logs?.file : undefined;
  return {
    kind: 'service',
    name,
    command: commandOf(config, position),
    cwd,
    ...splitEnv(env),
    inheritEnv,
    ...childSpec(config),
    shutdown: toShutdown(config.shutdown ?? DEFAULTS.shutdown),
    stopSignal: parseSignal(String(config.stop_signal ?? DEFAULTS.stop_signal)) ?? DEFAULTS.stop_signal,
    successExitCodes: config.success_exit_codes ?? DEFAULTS.success_exit_codes,
    stdin: config.stdin === null ? 'null' : (config.stdin ?? DEFAULTS.stdin),
    autostart: config.start === 'on_demand' ? false : (config.autostart ?? DEFAULTS.autostart),
    orphans: config.orphans ?? DEFAULTS.orphans,
    cron: config.cron ?? null,
    watch: watchSpecOf(config.watch, (path) =>
      position.context.resolvePath(path, [...position.path, 'watch', ...pathsKeyOf(config.watch)]),
    ),
    maxMemoryBytes: config.max_memory === undefined ? null : toBytes(config.max_memory),
    logs: logSpecOf(logs, file === undefined ? null : position.context.resolvePath(file, [...position.path, 'logs', 'file'])),
    logTotalBytes: logTotalOf(config.logs),
    ...processSpecOf(config, position.context.written([...position.path, 'umask'])),
    ...account,
    ...healthSpecOf(config, position.path, { backoff, context: healthContext(position.context) }),
  };
}

/** A layer above may name only what is to be ignored. */
const pathsKeyOf = (watch: ServiceConfig['watch']): readonly string[] => (watch !== undefined && 'paths' in watch ? ['paths'] : []);

function childSpec(config: ServiceConfig | SupervisorConfig): { readonly restart: RestartType; readonly significant: boolean } {
  return { restart: config.restart ?? DEFAULTS.restart, significant: config.significant ?? DEFAULTS.significant };
}

function commandOf({ command, shell }: ServiceConfig, { path, context }: Position): readonly string[] {
  const at = [...path, 'command'];
  if (typeof command === 'string' && shell === true) return ['/bin/sh', '-c', context.variables.textAt(at, command)];
  return wordsOf(command, at, context);
}

const wordsOf = (command: ServiceConfig['command'], path: ConfigPath, context: BuildContext): readonly string[] =>
  typeof command === 'string'
    ? context.variables.wordsAt(path, command)
    : command.map((word, index) => wordOf(word, [...path, index], context));

const wordOf = (value: string | number | boolean, path: ConfigPath, { variables, written }: BuildContext): string =>
  typeof value === 'string' ? variables.textAt(path, value) : (written(path) ?? String(value));

function toShutdown(value: string | number): Shutdown {
  return value === 'infinity' || value === 'brutal_kill' ? value : toMs(value);
}
