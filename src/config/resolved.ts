import { stringify } from 'yaml';
import { withoutLogins } from '../base/url-logins.js';
import type { ChildSpec, LogSpec, ServiceSpec, Shutdown, SupervisorSpec } from '../supervision/spec.js';
import type { LoadedConfig } from './load.js';
import { alarmHookFields, healthFieldsOf, watchdogFieldsOf } from './resolved-health.js';
import { durationText, literal } from './written-text.js';

const MASK = '***';
const SIZE_UNITS: readonly (readonly [number, string])[] = [
  [1024 ** 3, 'gb'],
  [1024 ** 2, 'mb'],
  [1024, 'kb'],
];

/** With `showValues`, what may be secret is shown; default: masked. */
interface ResolvedOptions {
  readonly showValues?: boolean;
}

/** The configuration of {@link resolvedFields} as YAML. */
export const resolvedYaml = (config: LoadedConfig, options: ResolvedOptions = {}): string =>
  stringify(resolvedFields(config, options), { lineWidth: 0, aliasDuplicateObjects: false });

/**
 * The configuration as portsup understands it, by the fields of a file: every default filled in, paths absolute, command lines
 * split, durations and sizes as people write them, files and profiles merged, variables put in. Values of `env`, names and passwords in URLs and all of a webhook but
 * its host are masked unless `showValues`; with them it is a configuration that loads to the same tree (a `$` is written `$$`).
 */
export function resolvedFields({ app, root: given, onEvent, onAlarm }: LoadedConfig, { showValues = false }: ResolvedOptions = {}): Fields {
  const valueOf = showValues ? literal : (): string => MASK;
  const root = showValues ? given : withoutLogins(given);
  return {
    name: app,
    ...(onEvent && { on_event: onEvent.command.map(literal) }),
    ...(onAlarm && { on_alarm: alarmHookFields(onAlarm, showValues ? literal : maskedWebhook) }),
    ...watchdogFieldsOf(root, valueOf),
    ...supervisorFields(root, valueOf),
  };
}

/** Path and query of a webhook are what keeps others from using it. */
const maskedWebhook = (url: string): string => `${new URL(url).protocol}//${new URL(url).host}/${MASK}`;

type ValueOf = (value: string) => string;

type Fields = Readonly<Record<string, unknown>>;

function supervisorFields(spec: SupervisorSpec, valueOf: ValueOf): Fields {
  return {
    strategy: spec.strategy,
    intensity: spec.intensity,
    period: durationText(spec.periodMs),
    auto_shutdown: spec.autoShutdown,
    ...(spec.resetAfterMs === null ? {} : { reset_after: durationText(spec.resetAfterMs) }),
    ...(spec.logTotalBytes === null ? {} : { logs: totalField(spec.logTotalBytes) }),
    ...(spec.template === null
      ? { services: Object.fromEntries(spec.children.map((child) => [child.name, childFields(child, valueOf)])) }
      : { template: serviceFields(spec.template, valueOf) }),
  };
}

function childFields(spec: ChildSpec, valueOf: ValueOf): Fields {
  if (spec.kind === 'service') return serviceFields(spec, valueOf);
  const { restart, shutdown, significant } = spec;
  return { restart, shutdown: shutdownText(shutdown), significant, ...supervisorFields(spec, valueOf) };
}

function serviceFields(spec: ServiceSpec, valueOf: ValueOf): Fields {
  return {
    command: spec.command.map(literal),
    cwd: literal(spec.cwd),
    env: {
      ...Object.fromEntries(Object.entries(spec.env).map(([name, value]) => [name, valueOf(value)])),
      ...Object.fromEntries(Object.entries(spec.envFiles).map(([name, file]) => [name, { file: literal(file) }])),
    },
    inherit_env: spec.inheritEnv,
    restart: spec.restart,
    shutdown: shutdownText(spec.shutdown),
    stop_signal: spec.stopSignal,
    significant: spec.significant,
    success_exit_codes: spec.successExitCodes,
    stdin: spec.stdin,
    orphans: spec.orphans,
    ...healthFieldsOf(spec),
    ...(spec.cron === null ? {} : { cron: spec.cron }),
    ...(spec.watch === null ? {} : { watch: { paths: spec.watch.paths, ignore: spec.watch.ignore } }),
    ...(spec.maxMemoryBytes === null ? {} : { max_memory: sizeText(spec.maxMemoryBytes) }),
    ...processFields(spec),
    logs: spec.logs.mode === 'none' ? 'none' : { ...logFields(spec.logs), ...totalField(spec.logTotalBytes) },
  };
}

/** What is not said is as portsup has it, wherever that is started: there is no value to show. */
function processFields({ nice, umask, limits, user, group }: ServiceSpec): Fields {
  const core = typeof limits.core === 'number' ? sizeText(limits.core) : limits.core;
  return said({ nice, umask, limits: limits.nofile === null && core === null ? null : said({ nofile: limits.nofile, core }), user, group });
}

const said = (fields: Fields): Fields => Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null));

const logFields = ({ mode, maxBytes, keep, compress, blockMs, file }: LogSpec): Fields => ({
  max_size: sizeText(maxBytes),
  keep,
  compress,
  block: blockMs === 'infinity' ? blockMs : durationText(blockMs),
  raw: mode === 'raw',
  ...(file === null ? {} : { file }),
});

const totalField = (bytes: number | null): Fields => (bytes === null ? {} : { total: sizeText(bytes) });

const shutdownText = (shutdown: Shutdown): string => (typeof shutdown === 'number' ? durationText(shutdown) : shutdown);

/** Exact, unlike `formatSize`: in the largest unit of which it is a multiple, or in bytes. */
function sizeText(bytes: number): string {
  const [size, unit] = SIZE_UNITS.find(([each]) => bytes >= each && bytes % each === 0) ?? [1, 'b'];
  return `${bytes / size}${unit}`;
}
