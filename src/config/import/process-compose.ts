/** process-compose.yaml. Dependencies become the order of the file; what waits for more than a start becomes `needs`. */
import { isMapping, type Mapping } from '../path.js';
import { type Dictionary, translate } from './fields.js';
import { badSource, type ImportSource } from './import-source.js';
import { type Imported, mergeFields, type Note, noteOn, remark } from './imported.js';
import { nameGiver, possibleName } from './names.js';
import { ordered } from './order.js';
import { environmentField, logConfiguration } from './process-compose-fields.js';
import { lifeOf } from './process-compose-life.js';
import { awaitedIn } from './process-compose-needs.js';
import { convertProcess, type ProcessContext, type ProcessEntry } from './process-compose-process.js';
import type { TextRules } from './process-compose-text.js';
import { text, texts } from './values.js';

const HINT = 'a process-compose.yaml has a mapping "processes", each with a command';
const SCREEN = 'only of the screen of process-compose';
const OWN_LOG = 'of process-compose itself; "portsup daemon logs" shows that of portsup';
const ELSEWHERE = new Set(['processes', 'name', 'log_configuration']);

const rootDictionary: Dictionary<TextRules> = {
  origin: 'process-compose',
  table: {
    version: 'portsup has no versions of its configuration',
    environment: (value, rules) => environmentField(value, rules),
    log_location: OWN_LOG,
    log_level: OWN_LOG,
    log_length: SCREEN,
    log_format: OWN_LOG,
    shell: (value) => (shellOf(value) === undefined ? undefined : { say: 'stands in each command that needs a shell' }),
    is_strict: 'a field that portsup does not know is always an error',
    vars: 'portsup has no templates; what they filled in is written out',
    disable_env_expansion: 'what is no variable for portsup is written so that it stays as it is',
    is_tui_disabled: SCREEN,
    extends: 'not read: import that file, too',
    env_cmds: 'portsup runs no commands for variables: set them in the shell that runs "portsup up", or in an env_file',
    ordered_shutdown: 'services always stop in reverse order here',
    mcp_server: 'portsup is no MCP server',
  },
  others: (field) => (field.startsWith('x-') ? { say: 'an extension, which portsup does not read' } : undefined),
};

/**
 * Turns the value of a process-compose.yaml into portsup's configuration.
 *
 * @throws PortsupError `CONFIG_INVALID` when there are no processes, one has nothing to run, or dependencies are unknown or in a circle.
 */
export function convertProcessCompose(value: unknown, source: ImportSource): Imported {
  const processes = isMapping(value) ? value['processes'] : undefined;
  if (!isMapping(value) || !isMapping(processes) || Object.keys(processes).length === 0) {
    throw badSource(source, source.placeOf(['processes']), { message: 'no processes', hint: HINT });
  }
  const rules = { isPlain: value['disable_env_expansion'] === true };
  const vars = isMapping(value['vars']) ? value['vars'] : {};
  const entries = entriesOf(processes, source);
  const others = new Map(entries.map((entry) => [entry.key, entry]));
  const awaited = awaitedIn(entries.map(({ process }) => process));
  const context: ProcessContext = { source, rules, vars, shell: shellOf(value['shell']), others, awaited };
  const sorted = inOrder(entries, source);
  const root = translate(Object.fromEntries(Object.entries(value).filter(([field]) => !ELSEWHERE.has(field))), rootDictionary, rules);
  const logger = loggerOf(value['log_configuration']);
  const hasDotEnv = source.siblings.has('.env');
  const endsAll = entries.some(({ process }) => lifeOf(process['availability']).endsAll);
  const fields = { ...(endsAll ? { auto_shutdown: 'any_significant' } : {}), ...(hasDotEnv ? { env_file: '.env' } : {}) };
  const { name, notes: nameNotes } = nameOf(value['name']);
  return {
    name,
    notes: [...generalNotes(hasDotEnv, context.shell === undefined), ...nameNotes, ...root.notes, ...logger.notes],
    fields: ordered([root.fields, logger.fields, fields].reduce(mergeFields, {})),
    children: sorted.map((entry) => convertProcess(entry, context)),
  };
}

const generalNotes = (hasDotEnv: boolean, isDefaultShell: boolean): readonly Note[] => [
  remark(
    'process-compose counts restarts for each process, and for ever; here the services at the top level share a budget (intensity, period), and the',
  ),
  remark('application ends when it is used up. It waits for ever for a process to end; portsup kills it after 5s (shutdown).'),
  ...(isDefaultShell ? [remark('Lines that need a shell are run by /bin/sh; process-compose takes bash for all of them.')] : []),
  ...(hasDotEnv ? [remark('process-compose reads .env by itself; here env_file says so.')] : []),
];

function nameOf(value: unknown): { readonly name: string; readonly notes: readonly Note[] } {
  const wanted = text(value);
  if (wanted === undefined) return { name: '', notes: value === undefined ? [] : [{ field: 'name', was: 'no text', text: 'left out' }] };
  return nameGiver()(wanted);
}

function shellOf(value: unknown): readonly string[] | undefined {
  if (!isMapping(value)) return undefined;
  const [program, argument = '-c'] = [value['shell_command'], value['shell_argument']];
  return texts([program, argument]);
}

function loggerOf(value: unknown): ReturnType<typeof logConfiguration> {
  if (value === undefined) return { fields: {}, notes: [] };
  if (!isMapping(value) || Object.keys(value).length === 0) {
    return { fields: {}, notes: [noteOn('log_configuration', value, 'nothing in it that portsup could read')] };
  }
  const { fields, notes } = logConfiguration(value);
  return { fields, notes: notes.map((note) => ({ ...note, field: `log_configuration.${note.field}` })) };
}

function entriesOf(processes: Mapping, source: ImportSource): readonly ProcessEntry[] {
  const giveName = nameGiver();
  // A name that is valid as it is belongs to the one that has it, not to one that has to be renamed.
  const keys = Object.keys(processes).sort((left, right) => Number(possibleName(left) !== left) - Number(possibleName(right) !== right));
  const names = new Map(keys.map((key) => [key, giveName(key)]));
  return Object.keys(processes).map((key) => {
    const process = extended(key, { processes, source }, []);
    const { name, notes } = names.get(key) ?? { name: key, notes: [] };
    return { key, name, process, notes };
  });
}

interface Processes {
  readonly processes: Mapping;
  readonly source: ImportSource;
}

/** A process with the fields of the one that it extends. */
function extended(key: string, given: Processes, trail: readonly string[]): Mapping {
  const { processes, source } = given;
  const process = processes[key];
  const place = source.placeOf(['processes', key]);
  if (!isMapping(process)) throw badSource(source, place, { message: `the process ${key} is no mapping`, hint: HINT });
  const base = process['extends'];
  if (typeof base !== 'string' || !Object.hasOwn(processes, base)) return process;
  if (trail.includes(base))
    throw badSource(source, place, { message: `the process ${key} extends itself`, hint: 'take one "extends" away' });
  return { ...extended(base, given, [...trail, base]), ...process };
}

/** Dependencies before what depends on them, otherwise as in the file. */
function inOrder(entries: readonly ProcessEntry[], source: ImportSource): readonly ProcessEntry[] {
  const byKey = new Map(entries.map((entry) => [entry.key, entry]));
  const done = new Set<ProcessEntry>();
  const visit = (entry: ProcessEntry, trail: readonly string[]): void => {
    const place = source.placeOf(['processes', entry.key, 'depends_on']);
    const circle = trail.indexOf(entry.key);
    if (circle !== -1) {
      const path = [...trail.slice(circle), entry.key].join(' -> ');
      throw badSource(source, place, { message: `dependencies in a circle: ${path}`, hint: 'take one of them out of depends_on' });
    }
    if (done.has(entry)) return;
    const wanted = entry.process['depends_on'];
    for (const name of isMapping(wanted) ? Object.keys(wanted) : []) {
      const next = byKey.get(name);
      if (next === undefined)
        throw badSource(source, place, {
          message: `${entry.key} depends on the unknown process ${name}`,
          hint: 'name a process of this file under depends_on',
        });
      visit(next, [...trail, entry.key]);
    }
    done.add(entry);
  };
  for (const entry of entries) visit(entry, []);
  return [...done];
}
