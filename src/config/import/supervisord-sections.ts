/** The sections of supervisord.conf that are no programs. */
import type { Mapping } from '../path.js';
import { type Dictionary, translate } from './fields.js';
import type { ImportSource } from './import-source.js';
import { mergeFields, type Note, noteOn } from './imported.js';
import type { IniSection } from './ini.js';
import { environmentField, textOf } from './supervisord-fields.js';
import type { Expansions } from './supervisord-values.js';
import { count } from './values.js';

/** What [supervisord] says that concerns its programs. */
export interface DaemonSettings {
  /** Of the top level. */
  readonly fields: Mapping;
  /** Of every service that does not say otherwise. */
  readonly defaults: Mapping;
  readonly notes: readonly Note[];
}

const OWN_LOG = 'of supervisord itself; "portsup daemon logs" shows that of portsup';

const daemon: Dictionary<Expansions> = {
  origin: 'supervisord',
  table: {
    environment: (value, expansions) => environmentField(String(value), expansions),
    user: (value, expansions) => textOf('user', value, { expansions }),
    directory: (value, expansions) => textOf('cwd', value, { expansions }),
    umask: (value) => (/^[0-7]{1,4}$/.test(String(value).trim()) ? { say: 'stands at each service' } : undefined),
    minfds: (value) =>
      count(value) === undefined
        ? undefined
        : { say: `for more open files write "limits: { nofile: ${count(value) ?? ''} }" in a service that needs them` },
    minprocs: 'a limit of the user: see "ulimit -u"',
    logfile: OWN_LOG,
    logfile_maxbytes: OWN_LOG,
    logfile_backups: OWN_LOG,
    loglevel: OWN_LOG,
    pidfile: 'portsup needs no PID file; "portsup daemon status" prints the PID',
    nodaemon: 'portsup always runs in the background; "portsup boot enable" has it started with the machine',
    silent: OWN_LOG,
    nocleanup: 'portsup keeps the logs of programs, within the limits of "logs"',
    childlogdir: 'portsup keeps logs below its home; "logs: { file: PATH }" writes plain lines elsewhere',
    strip_ansi: 'output is kept as it is; on a terminal "portsup logs" makes it harmless',
    identifier: 'the name of an application is "name" at the top level, else that of its folder',
  },
};

/** Reads [supervisord]. */
export function daemonSettings(sections: readonly IniSection[], source: ImportSource): DaemonSettings {
  const entries = Object.fromEntries(sections.flatMap((section) => section.entries).map(({ key, value }) => [key, value]));
  const { fields, notes } = translate(entries, daemon, { here: source.folder, host_node_name: source.hostname });
  const umask = entries['umask']?.trim();
  const isMask = umask !== undefined && /^[0-7]{1,4}$/.test(umask);
  return {
    fields: mergeFields({}, fields),
    defaults: isMask ? { umask: umask.padStart(3, '0') } : {},
    notes: notes.map((note) => ({ ...note, field: `[supervisord] ${note.field}` })),
  };
}

const SERVER = 'portsup is asked over a socket below its home that only you can open';
const ADVICE: Readonly<Record<string, string>> = {
  unix_http_server: SERVER,
  inet_http_server: `${SERVER}; it listens on no port`,
  supervisorctl: 'portsup finds its daemon by PORTSUP_HOME',
  'rpcinterface:': 'portsup speaks HTTP and JSON: see README',
  'ctlplugin:': 'no counterpart',
  'eventlistener:':
    'left out, as it speaks the protocol of supervisord: "on_event" runs a command with events as JSON on its standard input',
};
const SECRET = new Set(['password', 'username']);

/** A note for each field of a section that is neither of programs nor of supervisord; `included` are the files that were read, too. */
export function sectionNotes({ name, entries }: IniSection, included: readonly string[]): readonly Note[] {
  if (/^(?:(?:fcgi-)?program|group):|^supervisord$/.test(name)) return [];
  const kind = Object.keys(ADVICE).find((each) => name === each || (each.endsWith(':') && name.startsWith(each)));
  const advice = kind === undefined ? 'no section of supervisord that portsup knows; left out' : (ADVICE[kind] ?? '');
  const text = name === 'include' ? includeText(included) : advice;
  if (entries.length === 0) return [{ field: `[${name}]`, was: 'empty', text }];
  // What opens a door that is not there any more is nobody's business.
  return entries.map(({ key, value }) => ({ ...noteOn(`[${name}] ${key}`, SECRET.has(key) ? '(not shown)' : value, text) }));
}

const includeText = (included: readonly string[]): string =>
  included.length === 0 ? 'no file was found there' : `read, too: ${included.join(', ')}`;
