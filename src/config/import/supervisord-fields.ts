/** What the fields of a [program:x] become. Command, names and numbers of processes are made in `supervisord-program.ts`. */
import { posix } from 'node:path';
import { parseSignal } from '../../base/signals.js';
import type { Mapping } from '../path.js';
import type { Dictionary, Table } from './fields.js';
import type { Outcome } from './imported.js';
import { type Expansions, environmentOf, expand, sizeOf, switchOf } from './supervisord-values.js';
import { count, exitCodes, refusal, variables } from './values.js';

/** The section that a field stands in. */
export interface ProgramGiven {
  readonly section: Mapping;
  readonly expansions: Expansions;
}

const STREAMS = '"portsup logs --err" and "--out" show one stream';
const EVENTS = 'no counterpart: "portsup events --json" and on_event tell of services, not of their output';
const SYSLOG = 'no counterpart: pipe "portsup logs -f SERVICE" into logger';

const words = (value: unknown): string => String(value).trim();

const table: Table<ProgramGiven> = {
  directory: (value, given) => textOf('cwd', value, given),
  environment: (value, { expansions }) => environmentField(words(value), expansions),
  priority: 'programs start in the order of this file, and stop in reverse order; they stand here by priority',
  autostart: (value) => (switchOf(words(value)) === undefined ? undefined : { set: { autostart: switchOf(words(value)) } }),
  autorestart: (value) => {
    if (words(value).toLowerCase() === 'unexpected') return { set: { restart: 'transient' } };
    const isOn = switchOf(words(value));
    return isOn === undefined ? undefined : { set: { restart: isOn ? 'permanent' : 'temporary' } };
  },
  exitcodes: (value) => expectedCodes(words(value)),
  stopsignal: (value) => {
    const signal = parseSignal(words(value));
    return signal === undefined ? undefined : { set: { stop_signal: signal } };
  },
  stopwaitsecs: (value) => (count(words(value)) === undefined ? undefined : { set: { shutdown: `${count(words(value)) ?? 0}s` } }),
  stopasgroup: (value) => group(value, 'the stop signal goes to the whole process group, as always here'),
  killasgroup: (value) => group(value, 'SIGKILL goes to the whole process group, as always here'),
  user: (value, given) => textOf('user', value, given),
  umask: (value) => (/^[0-7]{1,4}$/.test(words(value)) ? { set: { umask: words(value).padStart(3, '0') } } : undefined),
  redirect_stderr: 'both streams are kept in one log, each line with the name of its stream',
  stdout_logfile: (value, given) => logFile('stdout', value, given),
  stderr_logfile: (value, given) => logFile('stderr', value, given),
  stdout_logfile_maxbytes: (value) => logSize(words(value)),
  stdout_logfile_backups: (value) => (count(words(value)) === undefined ? undefined : { set: { logs: { keep: count(words(value)) } } }),
  stderr_logfile_maxbytes: 'both streams are kept in one log: max_size of logs counts for both',
  stderr_logfile_backups: 'both streams are kept in one log: keep of logs counts for both',
  stdout_capture_maxbytes: EVENTS,
  stderr_capture_maxbytes: EVENTS,
  stdout_events_enabled: EVENTS,
  stderr_events_enabled: EVENTS,
  stdout_syslog: SYSLOG,
  stderr_syslog: SYSLOG,
  serverurl: 'programs find portsup by PORTSUP_HOME and its command line',
  // Of an fcgi-program.
  socket: 'portsup opens no sockets for programs: have the program listen by itself (php-fpm, uwsgi), or put spawn-fcgi before the command',
  socket_backlog: 'see socket',
  socket_owner: 'see socket',
  socket_mode: 'see socket',
};

/** The fields of [program:x] and [fcgi-program:x]. */
export const programDictionary: Dictionary<ProgramGiven> = { origin: 'supervisord', table };

/** A field of text, in which portsup fills in variables of the environment. */
export function textOf(field: 'cwd' | 'user', value: unknown, { expansions }: Pick<ProgramGiven, 'expansions'>): Outcome | undefined {
  const expanded = expand(words(value), expansions, field === 'cwd');
  if (!expanded.ok) return { say: `left out: ${expanded.unknown} is not known here` };
  return expanded.text === '' || expanded.text.includes('\0') ? undefined : { set: { [field]: expanded.text } };
}

/** `environment` of a program or of supervisord itself. */
export function environmentField(value: string, expansions: Expansions): Outcome | undefined {
  const found = environmentOf(value);
  if (found === undefined) return undefined;
  const unknown: string[] = [];
  const filled = [...found].flatMap(([name, text]) => {
    const expanded = expand(text, expansions, true);
    if (!expanded.ok) unknown.push(`${name} (${expanded.unknown} is not known here)`);
    return expanded.ok ? [[name, expanded.text] as const] : [];
  });
  // They were made literal by `expand`; here only their names are looked at.
  const refused = variables(Object.fromEntries(found))?.refused ?? [];
  const env = Object.fromEntries(filled.filter(([name]) => !refused.includes(name)));
  const say = refusal([...refused, ...unknown]);
  if (Object.keys(env).length === 0) return { say: say ?? 'no variables' };
  return say === undefined ? { set: { env } } : { set: { env }, say };
}

function expectedCodes(value: string): Outcome | undefined {
  const codes = exitCodes(value.split(',').map((code) => code.trim()));
  if (codes === undefined) return undefined;
  const others = codes.filter((code) => code !== 0);
  const say = codes.includes(0) ? undefined : '0 is always a clean end here';
  if (others.length === 0) return { say: say ?? '0 is a clean end, as always here' };
  return say === undefined ? { set: { success_exit_codes: others } } : { set: { success_exit_codes: others }, say };
}

const group = (value: unknown, always: string): Outcome | undefined => {
  const isOn = switchOf(words(value));
  if (isOn === undefined) return undefined;
  return {
    say: isOn
      ? always
      : 'portsup always signals the whole process group; what shall live on has to leave it (setsid), with "orphans: leave"',
  };
};

function logSize(value: string): Outcome | undefined {
  const size = sizeOf(value);
  if (size === undefined) return undefined;
  if (/^0(?:kb|mb|gb)?$/.test(size)) return { say: 'logs are always limited here: see max_size and total of logs' };
  const isTiny = /^\d+$/.test(size) && Number(size) < 4_096;
  return isTiny ? { say: 'max_size of logs is at least 4kb' } : { set: { logs: { max_size: /^\d+$/.test(size) ? Number(size) : size } } };
}

/** portsup keeps the output by itself; a file of supervisord's becomes the file of plain lines beside that. */
function logFile(stream: 'stdout' | 'stderr', value: unknown, { section, expansions }: ProgramGiven): Outcome | undefined {
  const kind = kindOfFile(value);
  if (kind === 'auto') return { say: 'kept by portsup: "portsup logs" shows it' };
  if (kind === 'none')
    return isSilent(section) ? { set: { logs: 'none' } } : { say: `portsup keeps both streams or none ("logs: none"); ${STREAMS}` };
  if (kind === 'syslog') return { say: SYSLOG };
  if (kind === 'device') return { say: 'kept by portsup; "portsup logs -f" prints what comes' };
  if (stream === 'stderr' && isOn(section['redirect_stderr'])) return { say: 'not used, as redirect_stderr is on' };
  const expanded = expand(words(value), expansions, false);
  if (!expanded.ok) return { say: `left out: ${expanded.unknown} cannot be filled in here` };
  const isSecond =
    stream === 'stderr' && kindOfFile(section['stdout_logfile']) === 'file' && words(section['stdout_logfile']) !== words(value);
  if (isSecond) return { say: `both streams go to the file of stdout_logfile; ${STREAMS}` };
  const directory = expand(words(section['directory'] ?? ''), expansions, false);
  const path = posix.isAbsolute(expanded.text) || !directory.ok ? expanded.text : posix.join(directory.text, expanded.text);
  return path.endsWith('/') ? undefined : { set: { logs: { file: path } } };
}

type FileKind = 'auto' | 'none' | 'syslog' | 'device' | 'file';

function kindOfFile(value: unknown): FileKind {
  const word = words(value ?? 'AUTO');
  const upper = word.toUpperCase();
  if (upper === 'AUTO' || word === '') return 'auto';
  if (['NONE', 'OFF'].includes(upper) || word === '/dev/null') return 'none';
  if (upper === 'SYSLOG') return 'syslog';
  return /^\/dev\/|^\/proc\//.test(word) ? 'device' : 'file';
}

const isOn = (value: unknown): boolean => value !== undefined && switchOf(words(value)) === true;

/** Does neither stream go anywhere? */
const isSilent = (section: Mapping): boolean =>
  kindOfFile(section['stdout_logfile']) === 'none' &&
  (kindOfFile(section['stderr_logfile']) === 'none' || isOn(section['redirect_stderr']));
