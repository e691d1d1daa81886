/** `instances` of a PM2 app: as many services, each with its number in its environment. */
import type { Mapping } from '../path.js';
import type { ImportSource } from './import-source.js';
import { type ImportedNode, mergeFields, type Note, noteOn } from './imported.js';
import { ordered } from './order.js';
import { flag } from './values.js';

/** What is needed to make them. */
export interface InstanceParts {
  readonly name: string;
  readonly app: Mapping;
  /** The fields that all of them have. */
  readonly fields: Mapping;
  readonly source: ImportSource;
}

/** More would make a file that nobody can read. */
const MOST = 128;

/** The services of an app, at least one. One alone has the app's own name. */
export function instancesOf({ name, app, fields, source }: InstanceParts): {
  readonly instances: readonly ImportedNode[];
  readonly notes: readonly Note[];
} {
  const { instances: given } = app;
  const wanted = given === undefined ? 1 : howMany(given, source.processors);
  const total = Math.min(wanted ?? 1, MOST);
  const instances = Array.from({ length: total }, (_, number) => ({
    name: total === 1 ? name : `${name.slice(0, 58)}-${number + 1}`,
    notes: [],
    fields: ordered(fieldsOf(number, { total, app, fields })),
  }));
  return { instances, notes: [...totalNotes(given, wanted, total), ...variableNotes(app)] };
}

/** "max" and 0 are the number of processors, -1 is one less. */
function howMany(given: unknown, processors: number): number | undefined {
  if (given === 'max') return processors;
  const number = typeof given === 'string' && /^-?\d+$/.test(given) ? Number(given) : given;
  if (typeof number !== 'number' || !Number.isSafeInteger(number)) return undefined;
  return number > 0 ? number : Math.max(1, processors + number);
}

function totalNotes(given: unknown, wanted: number | undefined, total: number): readonly Note[] {
  if (given === undefined) return [];
  if (wanted === undefined) return [noteOn('instances', given, 'not understood, so there is one; PM2 expects a number or max')];
  if (wanted > total)
    return [noteOn('instances', given, `only ${total} are written here; "strategy: simple_one_for_one" is for pools of any size`)];
  if (total === 1) return [noteOn('instances', given, 'one service')];
  const machine = typeof given === 'number' && given > 0 ? '' : ', by the processors of the machine that this was made on';
  return [
    noteOn(
      'instances',
      given,
      `${total} services${machine}, in a supervisor of their own; each is a program of its own, and two cannot listen on one port`,
    ),
  ];
}

function variableNotes(app: Mapping): readonly Note[] {
  return (['instance_var', 'increment_var'] as const).flatMap((field) => {
    const value = app[field];
    if (value === undefined) return [];
    return [
      noteOn(
        field,
        value,
        isVariable(value)
          ? `${value} is set in env, counted from ${field === 'instance_var' ? '0' : 'its value there'}`
          : 'not understood, so left out',
      ),
    ];
  });
}

const isVariable = (value: unknown): value is string =>
  typeof value === 'string' && /^[A-Za-z_]\w*$/.test(value) && !/^PORTSUP_(?:APP|SERVICE|RUN)$/.test(value);

interface Shared {
  readonly total: number;
  readonly app: Mapping;
  readonly fields: Mapping;
}

function fieldsOf(number: number, { total, app, fields }: Shared): Mapping {
  const { instance_var: numbered, increment_var: growing } = app;
  const own: [string, unknown][] = [];
  if (total > 1 || isVariable(numbered)) own.push([isVariable(numbered) ? numbered : 'NODE_APP_INSTANCE', number]);
  if (isVariable(growing)) own.push([growing, (Number((fields['env'] as Mapping | undefined)?.[growing]) || 0) + number]);
  const withNumber = own.length === 0 ? fields : mergeFields(fields, { env: Object.fromEntries(own) });
  return total === 1 || flag(app['merge_logs']) === true ? withNumber : withFileOfItsOwn(withNumber, number);
}

/** Unless logs are merged, PM2 puts the instance's number before the extension. */
function withFileOfItsOwn(fields: Mapping, number: number): Mapping {
  const { logs } = fields;
  const file = typeof logs === 'object' && logs !== null && 'file' in logs ? logs.file : undefined;
  if (typeof file !== 'string') return fields;
  return mergeFields(fields, {
    logs: { file: /\.[^./]+$/.test(file) ? file.replace(/(\.[^./]+)$/, `-${number}$1`) : `${file}-${number}` },
  });
}
