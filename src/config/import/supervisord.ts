/** supervisord.conf. Programs become services, groups become supervisors; the sections about supervisord itself become comments. */
import { badSource, type ImportSource } from './import-source.js';
import { type Imported, type ImportedNode, mergeFields, type Note, noteOn, remark } from './imported.js';
import { type IniSection, readIni } from './ini.js';
import { nameGiver } from './names.js';

import { ownSupervisor } from './own-supervisor.js';
import { convertProgram, DEFAULT_BUDGET, type Program, type ProgramContext } from './supervisord-program.js';
import { daemonSettings, sectionNotes } from './supervisord-sections.js';
import { expand } from './supervisord-values.js';
import { durationText } from './values.js';

/** A file of the configuration; the first one is that which was named, the others are those it includes. */
export interface IniFile {
  /** As people named it, for messages. */
  readonly file: string;
  /** Absolute path of its folder. */
  readonly folder: string;
  readonly text: string;
}

const PRIORITY = 999;

interface PlacedSection {
  readonly section: IniSection;
  readonly file: string;
  readonly folder: string;
}

/**
 * The patterns of the files that a configuration includes, in its order; relative ones count from its folder.
 *
 * @throws PortsupError `CONFIG_INVALID` when the text cannot be read.
 */
export function includedBy(file: IniFile, source: Pick<ImportSource, 'hostname'>): readonly string[] {
  const include = sectionsOf(file).find(({ section }) => section.name === 'include');
  const files = include?.section.entries.find(({ key }) => key === 'files')?.value ?? '';
  const expanded = expand(files, { here: file.folder, host_node_name: source.hostname }, false);
  return expanded.ok ? expanded.text.split(/\s+/).filter((pattern) => pattern !== '') : [];
}

/**
 * Turns supervisord's configuration, with the files that it includes, into portsup's.
 *
 * @throws PortsupError `CONFIG_INVALID` for a line that cannot be read, a program without a command, a group of programs that
 * do not exist, and when there is no program at all.
 */
export function convertSupervisord(files: readonly IniFile[], source: ImportSource): Imported {
  const sections = files.flatMap(sectionsOf);
  const programs = sections.filter(({ section }) => /^(?:fcgi-)?program:/.test(section.name)).map(programOf);
  if (programs.length === 0) {
    throw badSource(source, undefined, {
      message: 'no programs',
      hint: 'a supervisord.conf has sections such as [program:web] with command=...',
    });
  }
  const groups = sections.filter(({ section }) => section.name.startsWith('group:')).map((placed) => groupOf(placed, programs));
  const settings = daemonSettings(
    sections.map(({ section }) => section).filter(({ name }) => name === 'supervisord'),
    source,
  );
  const context = { source, defaults: settings.defaults };
  const notes = [
    remark(
      'supervisord gives each program 3 more tries when it ends within 1s, and stops it alone. Here the programs at the top level share',
    ),
    remark(
      'such a budget, and the application ends when it is used up; a program with startretries has a supervisor, and so a budget, of its own.',
    ),
    remark(
      'Restarts are immediate; supervisord waits 1s, 2s, 3s between its tries, as "backoff: { min: 1s }" does here in its own manner.',
    ),
    ...settings.notes,
    ...sections.flatMap(({ section }) =>
      sectionNotes(
        section,
        files.slice(1).map(({ file }) => file),
      ),
    ),
  ];
  const fields = mergeFields({ intensity: DEFAULT_BUDGET.intensity, period: durationText(DEFAULT_BUDGET.periodMs) }, settings.fields);
  return { name: '', notes, fields, children: childrenOf(programs, groups, context) };
}

function sectionsOf({ file, folder, text }: IniFile): readonly PlacedSection[] {
  const read = readIni(text);
  if (read.ok) return read.sections.map((section) => ({ section, file, folder }));
  throw badSource(
    { file },
    { line: read.line },
    { message: read.message, hint: 'a supervisord.conf has [sections] with key=value below them' },
  );
}

function programOf({ section, file, folder }: PlacedSection): Program {
  return { name: section.name.slice(section.name.indexOf(':') + 1).trim(), section, file, folder, priority: priorityOf(section) };
}

const priorityOf = ({ entries }: IniSection): number => {
  const value = entries.find(({ key }) => key === 'priority')?.value ?? '';
  return /^-?\d+$/.test(value.trim()) ? Number(value) : PRIORITY;
};

interface Group {
  readonly name: string;
  readonly priority: number;
  readonly programs: readonly Program[];
  readonly notes: readonly Note[];
}

function groupOf({ section, file }: PlacedSection, programs: readonly Program[]): Group {
  const name = section.name.slice('group:'.length).trim();
  const entry = section.entries.find(({ key }) => key === 'programs');
  const names = (entry?.value ?? '')
    .split(',')
    .map((each) => each.trim())
    .filter((each) => each !== '');
  const members = names.map((wanted) => {
    const program = programs.find((one) => one.name === wanted);
    if (program !== undefined) return program;
    const hint = 'every name under "programs" has a section [program:NAME], perhaps in a file that [include] names';
    throw badSource(
      { file },
      { line: entry?.line ?? section.line },
      { message: `[${section.name}] names the unknown program ${wanted}`, hint },
    );
  });
  const notes = section.entries.flatMap(({ key, value }) => {
    if (key === 'programs') return [noteOn(key, value, 'the services of this supervisor')];
    return [
      noteOn(
        key,
        value,
        key === 'priority'
          ? 'supervisors and services stand in this file by priority'
          : 'no field of supervisord that portsup knows; left out',
      ),
    ];
  });
  return { name, priority: priorityOf(section), programs: members, notes };
}

/** Groups and the programs that are in none, the smallest priority first; what is equal stays in the order of the file. */
function childrenOf(programs: readonly Program[], groups: readonly Group[], context: ProgramContext): readonly ImportedNode[] {
  const grouped = new Set(groups.flatMap((group) => group.programs));
  const giveName = nameGiver();
  const entries: readonly (Group | Program)[] = [
    ...groups.filter((group) => group.programs.length > 0),
    ...programs.filter((program) => !grouped.has(program)),
  ];
  const sorted = [...entries].sort((left, right) => left.priority - right.priority);
  return sorted.map((entry) => {
    if ('section' in entry) return convertProgram(entry, { giveName, group: entry.name }, context);
    const { name, notes } = giveName(entry.name);
    const giveMemberName = nameGiver();
    const members = [...entry.programs].sort((left, right) => left.priority - right.priority);
    const children = members.map((program) => convertProgram(program, { giveName: giveMemberName, group: entry.name }, context));
    const budget = { ...DEFAULT_BUDGET, intensity: DEFAULT_BUDGET.intensity * children.length };
    return ownSupervisor({ name, notes: [...notes, ...entry.notes], children }, budget);
  });
}
