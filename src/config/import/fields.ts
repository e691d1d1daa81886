/**
 * Goes through the fields of a mapping by a table: each field meets the translator of its name, and a field that has
 * none, or whose translator does not understand the value, becomes a comment. So no field can get lost by being forgotten.
 */
import { fieldFindings } from '../fields.js';
import type { ConfigNode } from '../kinds.js';
import { type Mapping, pathText } from '../path.js';
import { ruleFindings } from '../rules.js';
import { mergeFields, type Note, noteOn, type Outcome } from './imported.js';

/** What becomes of a field: advice for a comment, or a function of its value that gives undefined for what it does not understand. */
export type Translator<Given> = string | ((value: unknown, given: Given) => Outcome | undefined);

/** Translators by the names of fields. */
export type Table<Given> = Readonly<Record<string, Translator<Given>>>;

/** What to look fields up in, and how to speak of the program they come from. */
export interface Dictionary<Given> {
  /** "PM2". */
  readonly origin: string;
  readonly table: Table<Given>;
  /** Translates what the table does not name; undefined: nobody knows it. */
  readonly others?: (field: string, value: unknown, given: Given) => Outcome | undefined;
}

/** The fields of portsup that a mapping means, and the notes on the rest. */
export interface Translated {
  readonly fields: Mapping;
  readonly notes: readonly Note[];
}

/** Translates every field of a mapping. */
export function translate<Given>(mapping: Mapping, dictionary: Dictionary<Given>, given: Given): Translated {
  let fields: Mapping = {};
  const notes: Note[] = [];
  for (const [field, value] of Object.entries(mapping)) {
    const outcome = outcomeOf({ field, value }, dictionary, given);
    if (outcome.set !== undefined) fields = mergeFields(fields, outcome.set);
    if (outcome.say !== undefined) notes.push(noteOn(field, value, outcome.say));
  }
  return { fields, notes };
}

interface Field {
  readonly field: string;
  readonly value: unknown;
}

function outcomeOf<Given>({ field, value }: Field, { origin, table, others }: Dictionary<Given>, given: Given): Outcome {
  const translator = Object.hasOwn(table, field) ? table[field] : undefined;
  if (typeof translator === 'string') return { say: translator };
  const outcome = typeof translator === 'function' ? translator(value, given) : undefined;
  const refusal = refusalOf(outcome?.set);
  if (refusal !== undefined) return { say: `left out; as \`${refusal.field}\` portsup expects ${refusal.expected}` };
  if (outcome) return outcome;
  if (translator !== undefined) return { say: `not understood, so left out; ${origin} expects another value` };
  return others?.(field, value, given) ?? { say: `no field of ${origin} that portsup knows; left out` };
}

/** The first field of a service that portsup would refuse with this value. */
function refusalOf(set: Mapping | undefined): { readonly field: string; readonly expected: string } | undefined {
  const node: ConfigNode = { kind: 'service', path: [], value: { command: 'x', ...set }, parent: undefined };
  const findings = set === undefined ? [] : [...fieldFindings(node), ...ruleFindings(node)];
  const finding = findings.find(({ type, path }) => type === 'value' && Object.hasOwn(set ?? {}, String(path[0])));
  return finding?.type === 'value' ? { field: pathText(finding.path), expected: finding.expected } : undefined;
}
