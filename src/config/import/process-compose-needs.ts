/** `depends_on` of process-compose. The file is in the order of dependencies already; what waits for more than a start becomes `needs`. */
import { isMapping, type Mapping } from '../path.js';
import type { Translated } from './fields.js';
import { type Note, noteOn } from './imported.js';
import { hasReadiness } from './process-compose-probes.js';

/** Of another process: its name here, and its fields. */
export interface Dependency {
  readonly name: string;
  readonly process: Mapping;
}

const COMPLETION = new Set(['process_completed', 'process_completed_successfully']);

/** The processes of whose end some other one waits. */
export function awaitedIn(processes: readonly Mapping[]): ReadonlySet<string> {
  return new Set(
    processes.flatMap(({ depends_on: wanted }) =>
      Object.entries(isMapping(wanted) ? wanted : {}).flatMap(([key, given]) => (COMPLETION.has(conditionOf(given)) ? [key] : [])),
    ),
  );
}

const conditionOf = (given: unknown): string => {
  const condition = isMapping(given) ? given['condition'] : undefined;
  return condition === undefined ? 'process_started' : String(condition);
};

/** What a process depends on. */
export function needsOf(value: unknown, others: ReadonlyMap<string, Dependency>): Translated {
  if (value === undefined) return { fields: {}, notes: [] };
  if (!isMapping(value))
    return { fields: {}, notes: [noteOn('depends_on', value, 'not understood, so left out; process-compose expects a mapping')] };
  if (Object.keys(value).length === 0) return { fields: {}, notes: [noteOn('depends_on', value, 'empty')] };
  const found = Object.entries(value).map(([key, given]) => needOf({ key, given }, others.get(key) ?? { name: key, process: {} }));
  const needs = found.flatMap(({ need }) => (need === undefined ? [] : [need]));
  const notes = found.flatMap(({ note }) => (note === undefined ? [] : [note]));
  return { fields: needs.length === 0 ? {} : { needs }, notes };
}

interface Need {
  readonly need?: string;
  readonly note?: Note;
}

function needOf({ key, given }: { readonly key: string; readonly given: unknown }, { name, process }: Dependency): Need {
  const say = (text: string): Note => noteOn('depends_on', { [key]: given }, text);
  const condition = conditionOf(given);
  switch (condition) {
    case 'process_started':
      return { note: say(`${name} stands before it in this file, so it starts first and stops last`) };
    case 'process_healthy':
    case 'process_log_ready':
      return hasReadiness(process)
        ? { need: name }
        : { need: name, note: say(`nothing says when ${name} is ready, so it is when it runs`) };
    case 'process_completed':
      return { need: name, note: say(`it waits until ${name} has ended well; a bad end is a start that has failed`) };
    case 'process_completed_successfully':
      return hasReadiness(process)
        ? { need: name, note: say(`${name} is ready in another way, which is what it waits for`) }
        : { need: name };
    default:
      return { note: say(`no condition that portsup knows; ${name} stands before it in this file, so it starts first and stops last`) };
  }
}
