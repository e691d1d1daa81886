import { nearest } from '../base/nearest.js';
import { type Finding, foundText } from './finding.js';
import { type ConfigNode, fieldsOf, logKeysOf, schemaOf } from './kinds.js';
import { keysAt } from './known-keys.js';
import { type ConfigPath, isMapping, valueAt } from './path.js';
import { limitKeys } from './process-schema.js';
import { ENV_NAME_EXPECTED } from './schema.js';
import { UNREADABLE } from './source.js';

interface Issue {
  readonly code?: string;
  readonly path: readonly PropertyKey[];
  readonly message: string;
  readonly keys?: readonly string[];
  readonly issues?: readonly { readonly message: string }[];
  readonly errors?: readonly (readonly Issue[])[];
}

/** What is wrong with the fields of one supervisor or service, each taken by itself; its children are not looked at. */
export function fieldFindings(node: ConfigNode): readonly Finding[] {
  const checked = schemaOf[node.kind].safeParse(node.value);
  const findings = checked.success ? [] : checked.error.issues.flatMap((issue) => findingsOf(node, issue as Issue, []));
  return [...findings, ...prototypeFindings(node)];
}

/** `above`: where in the node the path of the issue begins. */
function findingsOf(node: ConfigNode, issue: Issue, above: ConfigPath): readonly Finding[] {
  const below = [...above, ...issue.path.map((part) => (typeof part === 'number' ? part : String(part)))];
  const path = [...node.path, ...below];
  if (issue.code === 'unrecognized_keys') return (issue.keys ?? []).map((key) => unknownKey(node, below, key));
  if (issue.code === 'invalid_key') return [{ type: 'name', path, expected: issue.issues?.[0]?.message ?? issue.message }];
  const found = valueAt(node.value, below);
  if (found === undefined && below.length > 0) return [{ type: 'missing', path, expected: issue.message }];
  if (found === UNREADABLE || (Array.isArray(found) && found.includes(UNREADABLE))) return [];
  const inside = isMapping(found) ? issuesInside(issue) : [];
  if (inside.length > 0) return inside.flatMap((inner) => findingsOf(node, inner, below));
  const isTemplate = node.kind === 'template' && below.length === 0;
  return [
    {
      type: 'value',
      path,
      found: foundText(found, path, below.length > 0),
      expected: isTemplate ? 'a mapping with command (a service)' : issue.message,
    },
  ];
}

/** Of a field that may also be a mapping, and is one: what is wrong in it. */
const issuesInside = ({ errors = [] }: Issue): readonly Issue[] =>
  errors.find((issues) => issues.some(({ code, path }) => path.length > 0 || code === 'unrecognized_keys')) ?? [];

function unknownKey(node: ConfigNode, below: ConfigPath, key: string): Finding {
  const path = [...node.path, ...below, key];
  if (below.length > 0 && below[0] !== 'logs') {
    const keys = keysAt(schemaOf[node.kind], below);
    if (keys === 'any') return { type: 'unknown', path, meant: [], note: '' };
    const twin = TWINS[key];
    if (twin !== undefined && keys.includes(twin)) return { type: 'unknown', path, meant: [twin], note: '' };
    const note = noteInProbe(below, key);
    return { type: 'unknown', path, meant: note === '' ? nearest(key, keys) : [], note };
  }
  const isInLogs = below[0] === 'logs';
  const note = isInLogs ? noteInLogs(node, key) : noteOn(node, key);
  return { type: 'unknown', path, meant: note === '' ? nearest(key, (isInLogs ? logKeysOf : fieldsOf)[node.kind]) : [], note };
}

/** The time before the first try: of `ready` and of `alive`. */
const TWINS: Readonly<Record<string, string>> = { delay: 'grace', grace: 'delay' };

/** What one way to look after a service has, and another has not. */
function noteInProbe(below: ConfigPath, key: string): string {
  const [field, ...rest] = below;
  const isProbe = field === 'watchdogs' ? rest.length === 1 : (field === 'ready' || field === 'alive') && rest.length === 0;
  const owner = isProbe ? ['ready', 'alive'].find((name) => name !== field && keysAt(schemaOf.service, [name]).includes(key)) : undefined;
  return owner === undefined ? '' : ` here; it is a field of "${owner}"`;
}

function noteInLogs({ kind }: ConfigNode, key: string): string {
  if (key === 'none') return '; to keep no output write "logs: none"';
  return logKeysOf.service.includes(key) ? ` in a ${kind === 'root' ? 'supervisor' : kind}; it is a field of a service's logs` : '';
}

const TOP_ONLY = new Set(['on_event', 'on_alarm', 'watchdogs', 'extends', '$schema']);

/** Where a field belongs that is known, but not here. */
function noteOn({ kind, value }: ConfigNode, key: string): string {
  const isService = kind === 'service' || kind === 'template';
  if (kind === 'supervisor' && key === 'command' && isMapping(value) && Object.hasOwn(value, 'services')) {
    return ' beside "services"; a service has "command", a nested supervisor "services"';
  }
  if (isService && fieldsOf.supervisor.includes(key)) return ' in a service; it is a field of supervisors';
  if (!isService && fieldsOf.service.includes(key)) return ' in a supervisor; it is a field of services';
  if (logKeysOf.service.includes(key)) return ' here; it is a field of "logs"';
  if (limitKeys.includes(key)) return ' here; it is a field of "limits"';
  if (TOP_ONLY.has(key)) return ' here; only the top level has it';
  return key === 'name' ? ' here; the name is the key above it, and only the top level has a field "name"' : '';
}

/** zod skips a key called `__proto__` in records; as the name of a variable it is refused here. */
function prototypeFindings({ path, value }: ConfigNode): readonly Finding[] {
  const env = isMapping(value) ? value['env'] : undefined;
  if (!isMapping(env) || !Object.hasOwn(env, '__proto__')) return [];
  return [{ type: 'name', path: [...path, 'env', '__proto__'], expected: ENV_NAME_EXPECTED }];
}
