/** Checks of the query strings that come in over the control socket, by a table. Pure. */
import { PortsupError } from '../base/errors.js';
import type { InputOf } from './contract.js';
import type { QueryRoute } from './routes.js';

/** How a parameter is read: a list is repeated parameters, an array of words is a choice of one. */
type Kind = 'text' | 'required-text' | 'list' | 'count' | 'flag' | readonly string[];

// One kind for each field of each query, checked against the contract: a field cannot be forgotten here.
type KindOf<T> = [T] extends [boolean]
  ? 'flag'
  : [T] extends [readonly string[]]
    ? 'list'
    : [T] extends [string]
      ? 'required-text'
      : [T] extends [number | undefined]
        ? 'count'
        : [string | undefined] extends [T]
          ? 'text'
          : readonly string[];
type Fields<R extends QueryRoute> = { readonly [F in keyof InputOf<R>]-?: KindOf<InputOf<R>[F]> };

const logFilter = { since: 'text', until: 'text', grep: 'text', ignoreCase: 'flag', invert: 'flag' } as const;
const scope = { app: 'text', here: 'text' } as const;
const queries: { readonly [R in QueryRoute]: Fields<R> } = {
  'GET /v1/daemon': {},
  'GET /v1/ps': { ...scope, names: 'list', all: 'flag', usage: 'flag' },
  'GET /v1/status': { ...scope, name: 'required-text' },
  'GET /v1/history': { ...scope, names: 'list', lines: 'count', since: 'text' },
  'GET /v1/runs': { ...scope, names: 'list', lines: 'count', since: 'text', run: 'count', failed: 'flag', others: 'flag' },
  'GET /v1/run': { ...scope, name: 'required-text', run: 'count' },
  'GET /v1/logs': {
    ...scope,
    names: 'list',
    lines: 'count',
    follow: 'flag',
    stream: ['out', 'err'],
    run: 'count',
    previous: 'flag',
    ...logFilter,
  },
  'GET /v1/alarms': { ...scope, all: 'flag' },
  'GET /v1/events': { ...scope, all: 'flag' },
  'GET /v1/whereis': { ...scope, name: 'required-text' },
  'GET /v1/explain': { ...scope, name: 'required-text' },
  'GET /v1/wait': { ...scope, names: 'list', until: ['ready', 'stopped', 'exit', 'gone'], places: 'list' },
  'GET /v1/monitor': { ...scope, names: 'list', places: 'list', since: 'text' },
};

/**
 * The query of a route out of a query string (without "?"). A flag that is not given is false, a list empty,
 * anything else undefined.
 *
 * @throws {@link PortsupError} `USAGE` for a parameter that is unknown, missing, given twice, or of another kind.
 */
export function decodeQuery<R extends QueryRoute>(route: R, text: string): InputOf<R> {
  const given = new URLSearchParams(text);
  const fields = Object.entries<Kind>(queries[route]);
  for (const name of given.keys()) {
    if (!fields.some(([field]) => field === name))
      throw refused(`unknown parameter "${name}"`, `known are: ${fields.map(([field]) => field).join(', ') || 'none'}`);
  }
  const values = fields.map(([name, kind]) => [name, decodeField(name, kind, given.getAll(name))] as const);
  // The table's type says that each field is read as what the contract wants there.
  return Object.fromEntries(values.filter(([, value]) => value !== undefined)) as InputOf<R>;
}

function decodeField(name: string, kind: Kind, given: readonly string[]): string | number | boolean | readonly string[] | undefined {
  if (kind === 'list') return given;
  if (given.length > 1) throw refused(`parameter "${name}" is given ${given.length} times`, 'give it once');
  const [value] = given;
  if (kind === 'flag') return decodeFlag(name, value);
  if (kind === 'required-text' && !value) throw refused(`parameter "${name}" is missing`, `add ${name}=...`);
  if (value === undefined || kind === 'text' || kind === 'required-text') return value;
  if (kind === 'count') return decodeCount(name, value);
  if (!kind.includes(value)) throw refused(`parameter "${name}" is "${value}"`, `expected ${kind.join(' or ')}`);
  return value;
}

function decodeFlag(name: string, value: string | undefined): boolean {
  if (value === undefined || value === 'false') return false;
  if (value === 'true') return true;
  throw refused(`parameter "${name}" is "${value}"`, 'expected true or false');
}

function decodeCount(name: string, value: string): number {
  if (/^\d{1,15}$/.test(value)) return Number(value);
  throw refused(`parameter "${name}" is "${value}"`, 'expected an integer of at least 0');
}

const refused = (message: string, hint: string): PortsupError => new PortsupError('USAGE', message, hint);
