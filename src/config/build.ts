/** Turns a configuration that passed every check into the specification of its tree: defaults, inheritance, units. */
import { parseSignal } from '../base/signals.js';
import type { ChildSpec, RestartType, ServiceSpec, Shutdown, SupervisorSpec } from '../supervision/spec.js';
import { defaultLogs, defaultRootLogTotal, inheritLogs, type LogLevel, logSpecOf, logTotalOf } from './build-logs.js';
import { type AccountLevel, defaultProcess, inheritAccount, processSpecOf } from './build-process.js';
import { splitCommand } from './command.js';
import { DEFAULTS } from './defaults.js';
import type { PortsupConfig, ServiceConfig, SupervisorConfig } from './define-config.js';
import { childKind } from './kinds.js';
import type { ConfigPath } from './path.js';
import { toMs } from './units.js';

/** What the value alone does not tell. */
export interface BuildContext {
  /** Makes a path absolute; relative ones count from the configuration's folder. */
  readonly resolvePath: (path: string) => string;
  /** A number or boolean as it is written in the file: `1.10` is text for a program, not 1.1. */
  readonly written: (path: ConfigPath) => string | undefined;
}

interface Inherited {
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  readonly logs: LogLevel;
  readonly account: AccountLevel;
}

/** A command that is run for events. */
export interface Hook {
  readonly command: readonly string[];
  /** The configuration's folder. */
  readonly cwd: string;
  /** What is declared at the top of the configuration. */
  readonly env: Readonly<Record<string, string>>;
}

/** What a checked configuration wants to be run for its application's events; null: nothing. */
export function buildHook(config: PortsupConfig, context: BuildContext): Hook | null {
  if (config.on_event === undefined) return null;
  const { env } = inherit({ env: config.env }, outermost(context));
  return { command: wordsOf(config.on_event, ['on_event'], context), cwd: context.resolvePath('.'), env };
}

/** The root supervisor of a checked configuration. */
export function buildTree(config: PortsupConfig, context: BuildContext): SupervisorSpec {
  const inherited = inherit(config, outermost(context));
  const tree = supervisor(config, { path: [], inherited, context });
  const logTotalBytes = tree.logTotalBytes ?? defaultRootLogTotal;
  return { ...tree, logTotalBytes, name: '', restart: 'permanent', shutdown: 'infinity', significant: false };
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
  return { path: [], inherited: { env: {}, cwd: context.resolvePath('.'), logs, account: { user, group } }, context };
}

type OwnFields = Pick<ServiceConfig, 'env' | 'cwd' | 'logs' | 'user' | 'group'>;

function inherit(own: OwnFields, { path, inherited, context }: Position): Inherited {
  const cwd = own.cwd === undefined ? inherited.cwd : context.resolvePath(own.cwd);
  const logs = inheritLogs(inherited.logs, own.logs);
  const account = inheritAccount(inherited.account, own);
  if (own.env === undefined) return { env: inherited.env, cwd, logs, account };
  const declared = Object.entries(own.env).map(([name, value]) => [name, wordOf(value, [...path, 'env', name], context)]);
  return { env: Object.fromEntries([...Object.entries(inherited.env), ...declared]), cwd, logs, account };
}

/** `position.inherited` is what holds inside the supervisor, its own fields included. */
function supervisor(
  config: Omit<SupervisorConfig, 'restart' | 'shutdown' | 'significant'>,
  position: Position,
): Omit<SupervisorSpec, ChildField> {
  const { path, inherited, context } = position;
  const children = Object.entries(config.services ?? {}).map(([name, value]) =>
    child(name, value, { path: [...path, 'services', name], inherited, context }),
  );
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
  const { env, cwd, logs, account } = inherit(config, position);
  const file = typeof config.logs === 'object' ? config.logs?.file : undefined;
  return {
    kind: 'service',
    name,
    command: commandOf(config, position),
    cwd,
    env,
    ...childSpec(config),
    shutdown: toShutdown(config.shutdown ?? DEFAULTS.shutdown),
    stopSignal: parseSignal(String(config.stop_signal ?? DEFAULTS.stop_signal)) ?? DEFAULTS.stop_signal,
    successExitCodes: config.success_exit_codes ?? DEFAULTS.success_exit_codes,
    stdin: config.stdin === null ? 'null' : (config.stdin ?? DEFAULTS.stdin),
    autostart: config.autostart ?? DEFAULTS.autostart,
    orphans: config.orphans ?? DEFAULTS.orphans,
    logs: logSpecOf(logs, file === undefined ? null : position.context.resolvePath(file)),
    logTotalBytes: logTotalOf(config.logs),
    ...processSpecOf(config, position.context.written([...position.path, 'umask'])),
    ...account,
  };
}

function childSpec(config: ServiceConfig | SupervisorConfig): { readonly restart: RestartType; readonly significant: boolean } {
  return { restart: config.restart ?? DEFAULTS.restart, significant: config.significant ?? DEFAULTS.significant };
}

function commandOf({ command, shell }: ServiceConfig, { path, context }: Position): readonly string[] {
  if (typeof command === 'string' && shell === true) return ['/bin/sh', '-c', command];
  return wordsOf(command, [...path, 'command'], context);
}

function wordsOf(command: ServiceConfig['command'], path: ConfigPath, context: BuildContext): readonly string[] {
  if (typeof command !== 'string') return command.map((word, index) => wordOf(word, [...path, index], context));
  const split = splitCommand(command);
  // The rules refused every command that cannot be split; reaching this is a bug.
  if (!split.ok) throw new Error(`unchecked command: ${split.found}`);
  return split.words;
}

function wordOf(value: string | number | boolean, path: ConfigPath, context: BuildContext): string {
  return typeof value === 'string' ? value : (context.written(path) ?? String(value));
}

function toShutdown(value: string | number): Shutdown {
  return value === 'infinity' || value === 'brutal_kill' ? value : toMs(value);
}
