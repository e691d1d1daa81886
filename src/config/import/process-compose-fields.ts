/** What the fields of a process of process-compose become. Command, replicas and budgets are made in `process-compose-process.ts`. */
import { posix } from 'node:path';
import { parseSignal } from '../../base/signals.js';
import { isMapping, type Mapping } from '../path.js';
import { type Dictionary, type Table, translate } from './fields.js';
import type { Outcome } from './imported.js';
import { aliveOfProbe, readyOfLine, readyOfProbe } from './process-compose-probes.js';
import { filledText, fixedText, type TextRules } from './process-compose-text.js';
import { count, exitCodes, flag, text, texts } from './values.js';

/** The process that a field stands in. */
export interface ProcessGiven {
  readonly process: Mapping;
  readonly rules: TextRules;
}

const TERMINAL = 'portsup gives programs no terminal; "portsup send NAME TEXT" writes a line to their standard input';
const SCREEN = 'only of the screen of process-compose';

const table: Table<ProcessGiven> = {
  working_dir: (value, { rules }) => filled('cwd', value, rules),
  env_file: (value, { rules }) => filled('env_file', value, rules),
  environment: (value, { rules }) => environmentField(value, rules),
  success_exit_codes: (value) => {
    const codes = exitCodes(value);
    const others = codes?.filter((code) => code !== 0);
    if (codes === undefined || others === undefined) return undefined;
    const say = codes.length === others.length ? undefined : '0 is a clean end, as always here';
    if (others.length === 0) return { say: say ?? 'none besides 0' };
    return { set: { success_exit_codes: others }, ...(say === undefined ? {} : { say }) };
  },
  disabled: (value, { process }) => (flag(value) === undefined ? undefined : { set: { autostart: startsByItself(process) } }),
  is_disabled: (value, { process }) => (flag(value) === undefined ? undefined : { set: { autostart: startsByItself(process) } }),
  is_foreground: (value) =>
    flag(value) === true
      ? { set: { autostart: false }, say: `started by hand only; ${TERMINAL}` }
      : { say: 'it runs in the background, as all do here' },
  is_daemon: (value) => ({
    say:
      flag(value) === true
        ? 'portsup supervises the process that it starts: give the program its option to stay in the foreground'
        : 'programs stay in the foreground, as always here',
  }),
  launch_timeout_seconds: 'of daemons (is_daemon); portsup supervises the process that it starts',
  is_tty: TERMINAL,
  is_interactive: TERMINAL,
  is_elevated: 'portsup does not ask for passwords: run portsup as root, with "user" for the others, or put sudo before the command',
  log_location: (value, { process, rules }) => logFile(value, process, rules),
  readiness_probe: (value, { rules }) => readyOfProbe(value, rules),
  liveness_probe: (value, { rules }) => aliveOfProbe(value, rules),
  ready_log_line: (value, { process }) => readyOfLine(value, process),
  description: 'a description',
  namespace: 'portsup groups services by nested supervisors, so that "portsup restart GROUP" works: see README',
  disable_ansi_colors: 'output is kept as it is; "portsup logs --no-color" has no colours of its own',
  is_dotenv_disabled: 'an env_file at the top level is for all services; name it only where it is wanted',
  is_template_disabled: 'portsup has no templates',
  vars: 'portsup has no templates; what they filled in is written out',
  watch: (value, { process, rules }) => watchOf(value, process, rules),
  truncate_log: 'logs are kept, within the limits of "logs"; "portsup logs --run" shows those of one run',
  monitor_for: SCREEN,
  monitor_silence_threshold: SCREEN,
  mcp: 'portsup is no MCP server',
  extends: 'its fields are written out here',
};

/** The fields of a process. */
export const processDictionary: Dictionary<ProcessGiven> = {
  origin: 'process-compose',
  table,
  others: (field) => (field.startsWith('x-') ? { say: 'an extension, which portsup does not read' } : undefined),
};

/** `availability` without what decides about supervisors: `restart`, `max_restarts`, `exit_on_end`. */
export const availabilityDictionary: Dictionary<null> = {
  origin: 'process-compose',
  table: {
    backoff_seconds: (value) => {
      const seconds = count(value);
      if (seconds === undefined) return undefined;
      if (seconds === 0) return { say: 'restarts are immediate here, too' };
      return { set: { backoff: { min: `${seconds}s`, max: `${seconds}s`, factor: 1, jitter: 0 } } };
    },
    exit_on_skipped: 'no service is skipped here: nothing waits for the end of another',
  },
};

/** `shutdown`. */
export const shutdownDictionary: Dictionary<null> = {
  origin: 'process-compose',
  table: {
    command:
      'portsup ends programs by a signal (stop_signal) and by closing their standard input; a program that needs a command can trap the signal',
    timeout_seconds: (value) => (count(value) === undefined ? undefined : { set: { shutdown: `${count(value) ?? 0}s` } }),
    signal: (value) => {
      const signal = typeof value === 'number' || typeof value === 'string' ? parseSignal(String(value)) : undefined;
      return signal === undefined
        ? { say: 'not the same signal on every system: write its name as stop_signal' }
        : { set: { stop_signal: signal } };
    },
    parent_only: (value) => ({
      say:
        flag(value) === true
          ? 'portsup always signals the whole process group; what shall live on has to leave it (setsid), with "orphans: leave"'
          : 'the whole process group is signalled, as always here',
    }),
    send_keys: TERMINAL,
  },
};

/** `schedule`; given the process that it stands in. */
export const scheduleDictionary: Dictionary<Mapping> = {
  origin: 'process-compose',
  table: {
    cron: (value, process) => (text(value) === undefined ? undefined : { set: { cron: value, autostart: startsByItself(process) } }),
    interval: (_value, process) => ({
      set: { autostart: startsByItself(process) },
      say: 'portsup has times (cron: "*/5 * * * *"), no intervals',
    }),
    run_on_start: (value, process) => (flag(value) === undefined ? undefined : { set: { autostart: startsByItself(process) } }),
    timezone: "times are those of the machine's time zone",
    max_concurrent: 'a service runs once at a time',
  },
};

/** `log_configuration` and, in it, `rotation`. */
const loggerDictionary: Dictionary<null> = {
  origin: 'process-compose',
  table: {
    max_size_mb: (value) => ((count(value) ?? 0) === 0 ? undefined : { set: { logs: { max_size: `${count(value) ?? 0}mb` } } }),
    max_backups: (value) => (count(value) === undefined ? undefined : { set: { logs: { keep: count(value) } } }),
    compress: (value) => (flag(value) === undefined ? undefined : { set: { logs: { compress: flag(value) } } }),
    rotation: 'nothing in it that portsup could read',
    max_age_days: 'logs are limited by size, not by age',
    directory: 'portsup keeps logs below its home; "logs: { file: PATH }" writes plain lines elsewhere',
    filename: 'portsup keeps logs below its home; "logs: { file: PATH }" writes plain lines elsewhere',
    fields_order: 'lines are kept as the program printed them',
    disable_json: '"portsup logs" prints lines as they are, with --json as JSON',
    timestamp_format: 'every line is kept with its time; "portsup logs -t" shows it',
    add_timestamp: 'every line is kept with its time; "portsup logs -t" shows it',
    no_color: 'output is kept as it is',
    no_metadata: '"portsup logs --no-prefix" prints no names',
    flush_each_line: 'every line is written at once, as always here',
  },
};

/** `log_configuration` as a whole, its rotation included. */
export function logConfiguration(value: Mapping): ReturnType<typeof translate> {
  const { rotation, ...rest } = value;
  const own = translate(rest, loggerDictionary, null);
  if (!isMapping(rotation) || Object.keys(rotation).length === 0)
    return rotation === undefined ? own : translate(value, loggerDictionary, null);
  const inner = translate(rotation, loggerDictionary, null);
  const notes = [...own.notes, ...inner.notes.map((note) => ({ ...note, field: `rotation.${note.field}` }))];
  return { fields: inner.fields, notes };
}

/** `environment`: a list of NAME=VALUE, or a mapping. */
export function environmentField(value: unknown, rules: TextRules): Outcome | undefined {
  const entries = entriesOf(value);
  if (entries === undefined) return undefined;
  const usable = entries.filter(([name]) => /^[^=\0]+$/.test(name) && name !== '__proto__' && !/^PORTSUP_(?:APP|SERVICE|RUN)$/.test(name));
  const env = Object.fromEntries(usable.map(([name, each]) => [name, typeof each === 'string' ? filledText(each, rules) : each]));
  const refused = entries.filter((entry) => !usable.includes(entry)).map(([name]) => name);
  const say = refused.length === 0 ? undefined : `left out: ${refused.join(', ')} (no name of a variable)`;
  if (usable.length === 0) return { say: say ?? 'no variables' };
  return say === undefined ? { set: { env } } : { set: { env }, say };
}

function entriesOf(value: unknown): readonly (readonly [string, string | number | boolean])[] | undefined {
  if (isMapping(value)) {
    const entries = Object.entries(value);
    return entries.every((entry): entry is [string, string | number | boolean] => ['string', 'number', 'boolean'].includes(typeof entry[1]))
      ? entries
      : undefined;
  }
  if (
    !Array.isArray(value) ||
    !value.every((item): item is string => typeof item === 'string' && item.includes('=') && !item.includes('\0'))
  )
    return undefined;
  return value.map((item) => [item.slice(0, item.indexOf('=')), item.slice(item.indexOf('=') + 1)] as const);
}

/** Several fields have a say in it. */
function startsByItself({ disabled, is_disabled: isDisabled, is_foreground: isForeground, schedule }: Mapping): boolean {
  if ([disabled, isDisabled, isForeground].some((value) => flag(value) === true)) return false;
  return !isMapping(schedule) || flag(schedule['run_on_start']) === true;
}

function filled(field: string, value: unknown, rules: TextRules): Outcome | undefined {
  const found = text(value);
  return found === undefined ? undefined : { set: { [field]: filledText(found, rules) } };
}

function logFile(value: unknown, process: Mapping, rules: TextRules): Outcome | undefined {
  const written = text(value);
  if (written === undefined || written.endsWith('/')) return undefined;
  const path = fixedText(written, rules);
  const folder = fixedText(typeof process['working_dir'] === 'string' ? process['working_dir'] : '', rules);
  if (path === undefined || folder === undefined)
    return { say: 'portsup fills in no variables there; write "logs: { file: PATH }" with the whole path' };
  // process-compose opens it from where it was started, not from the working folder of the process.
  return { set: { logs: { file: path } } };
}

function watchOf(value: unknown, process: Mapping, rules: TextRules): Outcome | undefined {
  if (!isMapping(value) || !Array.isArray(value['paths'])) return undefined;
  const list: readonly unknown[] = value['paths'];
  const entries = list.filter(isMapping);
  const folder = fixedText(typeof process['working_dir'] === 'string' ? process['working_dir'] : '', rules);
  const paths = texts(entries.map(({ path }) => (typeof path === 'string' ? fixedText(path, rules) : undefined)));
  if (paths === undefined || folder === undefined || entries.length !== list.length) return undefined;
  const ignore = texts(entries.flatMap(({ exclude }) => texts(exclude) ?? []));
  const watched = paths.map((path) => (posix.isAbsolute(path) ? path : posix.join(folder, path)));
  const say = 'portsup watches whole folders, follows .gitignore, and waits by itself until changes have come to rest';
  return { set: { watch: ignore === undefined ? watched : { paths: watched, ignore } }, say };
}
