/** One [program:x] or [fcgi-program:x]: one service, or several where numprocs says so. */
import { splitCommand } from '../command.js';
import type { Mapping } from '../path.js';
import { translate } from './fields.js';
import { badSource, type ImportSource } from './import-source.js';
import { type ImportedNode, mergeFields, type Note, noteOn } from './imported.js';
import type { IniSection } from './ini.js';
import { type NewName, nameGiver } from './names.js';
import { ordered } from './order.js';
import { type Budget, ownSupervisor, withCommonFields } from './own-supervisor.js';
import { programDictionary } from './supervisord-fields.js';
import { type Expansions, environmentOf, expand } from './supervisord-values.js';
import { count } from './values.js';

/** A program's section, and what is known about where it stands. */
export interface Program {
  readonly name: string;
  readonly section: IniSection;
  readonly file: string;
  /** Of its file. */
  readonly folder: string;
  /** Programs and groups start by this, the smallest first. */
  readonly priority: number;
}

/** What all programs of a conversion have in common. */
export interface ProgramContext {
  readonly source: ImportSource;
  /** Fields that hold unless a program says otherwise. */
  readonly defaults: Mapping;
}

/** supervisord's own: after 3 more tries that each ended within a second a program is given up. */
const RETRIES = 3;
const START_SECONDS = 1;
/** Made here; the rest is for the table. */
const ELSEWHERE = new Set(['command', 'process_name', 'numprocs', 'numprocs_start', 'startsecs', 'startretries']);
const MOST = 128;

/** What supervisord grants each program that says nothing about it. */
export const DEFAULT_BUDGET: Budget = { intensity: RETRIES, periodMs: RETRIES * START_SECONDS * 1_000 };

/**
 * A program as a service; as a supervisor where it has a budget of its own or several processes.
 *
 * @param giveName - of the level that it will stand at.
 * @param group - the name of its group; its own where it has none.
 * @throws PortsupError `CONFIG_INVALID` when its command is missing or cannot be read.
 */
export function convertProgram(program: Program, { giveName, group }: Level, context: ProgramContext): ImportedNode {
  const entries = Object.fromEntries(program.section.entries.map(({ key, value }) => [key, value]));
  const { name, notes: nameNotes } = giveName(program.name);
  const own = budgetOf(entries);
  const numbers = numbersOf(entries);
  const giveProcessName = nameGiver();
  const services = numbers.list.map((number) => {
    const expansions = expansionsOf(entries, { program, group, number, total: numbers.list.length, source: context.source });
    return serviceOf(entries, { expansions, program, context, giveProcessName });
  });
  const notes = [...nameNotes, ...own.notes, ...numbers.notes];
  const [only] = services;
  if (services.length === 1 && only !== undefined) {
    // One process is what its program is called, whatever it calls itself.
    const service = { ...only, name, notes: [...notes, ...only.notes] };
    return own.budget === undefined ? service : ownSupervisor({ name, notes: [], children: [service] }, own.budget);
  }
  const { intensity, periodMs } = own.budget ?? DEFAULT_BUDGET;
  const bare = services.map((service) => ({ ...service, notes: service.notes.filter(({ field }) => field === 'process_name') }));
  const shared = (only?.notes ?? []).filter(({ field }) => field !== 'process_name');
  return withCommonFields(
    ownSupervisor({ name, notes: [...notes, ...shared], children: bare }, { intensity: intensity * services.length, periodMs }),
  );
}

/** Where a program stands. */
export interface Level {
  readonly giveName: (wanted: string, field?: string) => NewName;
  readonly group: string;
}

interface Numbered {
  readonly program: Program;
  readonly group: string;
  readonly number: number;
  readonly total: number;
  readonly source: ImportSource;
}

function expansionsOf(entries: Readonly<Record<string, string>>, { program, group, number, total, source }: Numbered): Expansions {
  const common = {
    here: program.folder,
    program_name: program.name,
    group_name: group,
    host_node_name: source.hostname,
    process_num: number,
    numprocs: total,
  };
  // A program's own variables count as the environment's; those that hang on others are left for portsup to fill in.
  const own = [...(environmentOf(entries['environment'] ?? '') ?? [])].filter(([, value]) => !/[%$]/.test(value));
  return { ...Object.fromEntries(own.map(([name, value]) => [`ENV_${name}`, value])), ...common };
}

interface ServiceParts {
  readonly expansions: Expansions;
  readonly program: Program;
  readonly context: ProgramContext;
  readonly giveProcessName: Level['giveName'];
}

function serviceOf(
  entries: Readonly<Record<string, string>>,
  { expansions, program, context, giveProcessName }: ServiceParts,
): ImportedNode {
  const rest = Object.fromEntries(Object.entries(entries).filter(([key]) => !ELSEWHERE.has(key)));
  const translated = translate(rest, programDictionary, { section: entries, expansions });
  const command = { command: commandOf(program, expansions) };
  const fields = [context.defaults, translated.fields, command].reduce(mergeFields, { restart: 'transient', shutdown: '10s' });
  const { name, notes } = processName(entries['process_name'], { expansions, program, giveProcessName });
  return { name, notes: [...notes, ...translated.notes], fields: ordered(fields) };
}

function commandOf({ section, file }: Program, expansions: Expansions): string {
  const entry = section.entries.find(({ key }) => key === 'command');
  const hint = 'a program of supervisord has a line such as "command=/usr/bin/cat"';
  if (entry === undefined || entry.value.trim() === '')
    throw badSource({ file }, { line: section.line }, { message: `[${section.name}] has no command`, hint });
  const expanded = expand(entry.value.replace(/\s*\n\s*/g, ' ').trim(), expansions, true);
  if (!expanded.ok)
    throw badSource({ file }, { line: entry.line }, { message: `the command holds ${expanded.unknown}, which is not known here`, hint });
  const split = splitCommand(expanded.text);
  const isBroken = !split.ok || (split.words[0] ?? '') === '' || expanded.text.includes('\0');
  if (isBroken)
    throw badSource(
      { file },
      { line: entry.line },
      { message: `the command cannot be split into words${split.ok ? '' : `: ${split.found}`}`, hint },
    );
  return expanded.text;
}

interface NameParts {
  readonly expansions: Expansions;
  readonly program: Program;
  readonly giveProcessName: Level['giveName'];
}

function processName(pattern: string | undefined, { expansions, program, giveProcessName }: NameParts): NewName {
  const expanded = pattern === undefined ? { ok: true as const, text: program.name } : expand(pattern, expansions, false);
  const { name, notes } = giveProcessName(expanded.ok ? expanded.text : program.name, 'process_name');
  if (pattern === undefined || notes.length > 0) return { name, notes: pattern === undefined ? [] : notes };
  const say = Number(expansions['numprocs']) > 1 ? 'the names of the services' : 'one process is called as its program here';
  return { name, notes: [noteOn('process_name', pattern, say)] };
}

function numbersOf(entries: Readonly<Record<string, string>>): { readonly list: readonly number[]; readonly notes: readonly Note[] } {
  const { numprocs, numprocs_start: start } = entries;
  const [total, first] = [count(numprocs ?? 1), count(start ?? 0)];
  const notes: Note[] = [];
  const length = Math.min(MOST, Math.max(1, total ?? 1));
  if (numprocs !== undefined)
    notes.push(noteOn('numprocs', numprocs, total === length ? `${length} ${length === 1 ? 'service' : 'services'}` : `${length} here`));
  if (start !== undefined)
    notes.push(noteOn('numprocs_start', start, first === undefined ? 'not understood, so 0' : 'their numbers begin with it'));
  return { list: Array.from({ length }, (_, index) => (first ?? 0) + index), notes };
}

/** A program whose start fails `startretries` times more is given up; a start has failed when it ends within `startsecs`. */
function budgetOf(entries: Readonly<Record<string, string>>): { readonly budget: Budget | undefined; readonly notes: readonly Note[] } {
  const { startsecs, startretries } = entries;
  const [seconds, retries] = [count(startsecs), count(startretries)];
  const [least, most] = [Math.max(1, seconds ?? START_SECONDS), retries ?? RETRIES];
  const meaning = `here intensity and period of a supervisor of its own: given up after ${most} restarts of runs shorter than ${least}s, without a wait in between`;
  const noteFor = (field: string, value: string | undefined, read: number | undefined): readonly Note[] =>
    value === undefined
      ? []
      : [noteOn(field, value, read === undefined ? 'not understood, so left out; supervisord expects a number' : meaning)];
  const budget =
    seconds === undefined && retries === undefined ? undefined : { intensity: most, periodMs: Math.max(1, most) * least * 1_000 };
  return { budget, notes: [...noteFor('startsecs', startsecs, seconds), ...noteFor('startretries', startretries, retries)] };
}
