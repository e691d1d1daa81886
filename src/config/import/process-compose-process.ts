/** One process of process-compose: a service, or a supervisor where it has replicas or a budget of its own. */
import { isMapping, type Mapping } from '../path.js';
import { commandOfWords, fieldsOfShellLine } from './command-line.js';
import { type Translated, translate } from './fields.js';
import { badSource, type ImportSource } from './import-source.js';
import { type ImportedNode, mergeFields, type Note, noteOn, remark } from './imported.js';
import { ordered } from './order.js';
import { type Budget, ownSupervisor, withCommonFields } from './own-supervisor.js';
import {
  availabilityDictionary,
  logConfiguration,
  processDictionary,
  scheduleDictionary,
  shutdownDictionary,
} from './process-compose-fields.js';
import { lifeOf } from './process-compose-life.js';
import { type Dependency, needsOf } from './process-compose-needs.js';
import { FOR_EVER, hasReadiness } from './process-compose-probes.js';
import { filledText, rendered, type TextRules, unknownParts } from './process-compose-text.js';
import { count } from './values.js';

/** What all processes of a conversion have in common. */
export interface ProcessContext {
  readonly source: ImportSource;
  readonly rules: TextRules;
  /** `vars` of the top level. */
  readonly vars: Mapping;
  /** `shell` of the top level: program and option before the line; undefined: sh. */
  readonly shell: readonly string[] | undefined;
  /** All processes by their keys in the file. */
  readonly others: ReadonlyMap<string, Dependency>;
  /** Those of whose end another one waits. */
  readonly awaited: ReadonlySet<string>;
}

/** A process as the file has it, with what it extends. */
export interface ProcessEntry {
  /** In the file. */
  readonly key: string;
  /** In portsup. */
  readonly name: string;
  readonly process: Mapping;
  readonly notes: readonly Note[];
}

const ELSEWHERE = new Set(['command', 'entrypoint', 'availability', 'shutdown', 'schedule', 'replicas', 'log_configuration', 'depends_on']);
const NESTED: Readonly<Record<string, (value: Mapping, process: Mapping) => Translated>> = {
  shutdown: (value) => translate(value, shutdownDictionary, null),
  schedule: (value, process) => translate(value, scheduleDictionary, process),
  log_configuration: logConfiguration,
  availability: (value) => translate(withoutLife(value), availabilityDictionary, null),
};
const MOST = 128;

const withoutLife = ({ restart: _restart, max_restarts: _most, exit_on_end: _end, ...rest }: Mapping): Mapping => rest;

/**
 * Converts one process.
 *
 * @throws PortsupError `CONFIG_INVALID` when it has nothing to run.
 */
export function convertProcess(entry: ProcessEntry, context: ProcessContext): ImportedNode {
  const { name, process } = entry;
  const given = process['replicas'];
  const total = Math.min(MOST, Math.max(1, count(given) ?? 1));
  const life = lifeOf(process['availability']);
  const replicas = Array.from({ length: total }, (_, number) => replicaOf(entry, { number, total, life: life.fields }, context));
  const shared = replicas[0]?.notes ?? [];
  const replicaNotes = given === undefined ? [] : [noteOn('replicas', given, replicasText(given, total))];
  const notes = [...entry.notes, ...life.notes, ...replicaNotes, ...shared];
  if (total > 1) {
    const children = replicas.map((replica, number) => ({ ...replica, name: `${name.slice(0, 58)}-${number}`, notes: [] }));
    return withCommonFields(wrapped({ name, notes, children }, life, total));
  }
  const service = { name, notes, fields: replicas[0]?.fields ?? {} };
  return life.budget === undefined ? service : wrapped({ name, notes: [], children: [service] }, life, 1);
}

function replicasText(given: unknown, total: number): string {
  if (count(given) === undefined) return 'not understood, so there is one; process-compose expects a number';
  return total === 1 ? 'one service' : `${total} services in a supervisor of their own; each has its number as PC_REPLICA_NUM`;
}

const DEFAULT_BUDGET: Budget = { intensity: 3, periodMs: 5_000 };

function wrapped(node: Omit<ImportedNode, 'fields'>, life: ReturnType<typeof lifeOf>, total: number): ImportedNode {
  const budget = life.budget ?? DEFAULT_BUDGET;
  const supervisor = ownSupervisor(node, { ...budget, intensity: budget.intensity * total });
  return { ...supervisor, fields: ordered({ ...supervisor.fields, ...life.supervisor }) };
}

interface Replica {
  readonly number: number;
  readonly total: number;
  readonly life: Mapping;
}

function replicaOf({ key, name, process: written }: ProcessEntry, { number, total, life }: Replica, context: ProcessContext): ImportedNode {
  const { rules } = context;
  const process = templated(written, { ...context.vars, PC_REPLICA_NUM: number });
  const rest = Object.fromEntries(Object.entries(process).filter(([field]) => !ELSEWHERE.has(field)));
  const translated = translate(rest, processDictionary, { process, rules });
  const command = commandOf(key, process, context);
  const nested = Object.entries(NESTED).map(([field, convert]) => nestedField(field, process[field], (value) => convert(value, process)));
  const numbered = total > 1 ? { env: { PC_REPLICA_NUM: number } } : {};
  const needs = needsOf(process['depends_on'], context.others);
  const end = endOf(key, { process, life }, context);
  const all = [end.fields, translated.fields, ...nested.map((each) => each.fields), life, command.fields, needs.fields, numbered];
  const fields = all.reduce(mergeFields, {});
  const notes = [
    ...command.notes,
    ...needs.notes,
    ...end.notes,
    ...nested.flatMap((each) => each.notes),
    ...translated.notes,
    ...unknownNotes(process, rules),
  ];
  return { name, notes, fields: ordered(fields) };
}

/** Another one waits for its end, so that is when it is ready; what is always started again has none. */
function endOf(
  key: string,
  { process, life }: { readonly process: Mapping; readonly life: Mapping },
  { awaited }: ProcessContext,
): Translated {
  if (!awaited.has(key) || hasReadiness(process)) return { fields: {}, notes: [] };
  if (life['restart'] === 'permanent')
    return {
      fields: {},
      notes: [remark('Another one waits for its end, but it is always started again: so that waits only until it runs.')],
    };
  return { fields: { ready: { exit: 0, timeout: FOR_EVER } }, notes: [] };
}

/** A process with its templates filled in from its own variables, then from those of all. */
function templated(process: Mapping, vars: Mapping): Mapping {
  if (process['is_template_disabled'] === true) return process;
  const own = isMapping(process['vars']) ? process['vars'] : {};
  const known = { ...vars, ...own };
  return Object.fromEntries(Object.entries(process).map(([field, value]) => [field, field === 'vars' ? value : rendered(value, known)]));
}

function nestedField(field: string, value: unknown, convert: (value: Mapping) => Translated): Translated {
  if (value === undefined) return { fields: {}, notes: [] };
  if (!isMapping(value))
    return { fields: {}, notes: [noteOn(field, value, 'not understood, so left out; process-compose expects a mapping')] };
  const { fields, notes } = convert(value);
  const isEmpty = Object.keys(value).length === 0;
  return { fields, notes: isEmpty ? [noteOn(field, value, 'empty')] : notes.map((note) => ({ ...note, field: `${field}.${note.field}` })) };
}

function commandOf(key: string, process: Mapping, { source, rules, shell }: ProcessContext): Translated {
  const { command, entrypoint } = process;
  if (typeof command === 'string' && command.trim() !== '' && !command.includes('\0')) {
    const notes =
      entrypoint === undefined ? [] : [noteOn('entrypoint', entrypoint, 'left out, as process-compose does where there is a command')];
    return { fields: lineFields(command, rules, shell), notes };
  }
  const words = Array.isArray(entrypoint) ? entrypoint.filter((word) => typeof word === 'string' && !word.includes('\0')) : [];
  if (Array.isArray(entrypoint) && words.length === entrypoint.length && words.length > 0 && words[0] !== '') {
    const filled = (words as readonly string[]).map((word) => filledText(word, rules));
    const notes = command === undefined ? [] : [noteOn('command', command, 'left out: not text')];
    return { fields: { command: filled.some((word) => word.includes('$')) ? filled : commandOfWords(words as readonly string[]) }, notes };
  }
  const hint = 'a process of process-compose has a command, or an entrypoint';
  throw badSource(source, source.placeOf(['processes', key]), { message: `the process ${key} has no command`, hint });
}

function lineFields(line: string, rules: TextRules, shell: readonly string[] | undefined): Mapping {
  const fields = fieldsOfShellLine(line);
  if (fields['shell'] !== true) return fields;
  const filled = filledText(line.trim(), rules);
  return shell === undefined ? { command: filled, shell: true } : { command: [...shell, filled] };
}

function unknownNotes(process: Mapping, rules: TextRules): readonly Note[] {
  const { vars: _vars, ...rest } = process;
  return unknownParts(rest, rules).map((part) => remark(`portsup does not know ${part}; it stands here as it is`));
}
