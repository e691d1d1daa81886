import { nearest } from '../base/nearest.js';
import { serviceLogKeys, supervisorLogKeys } from './logs-schema.js';
import { type ConfigPath, isMapping } from './path.js';
import { rootSchema, serviceSchema, supervisorSchema } from './schema.js';

/** What a mapping of the configuration describes. */
export type NodeKind = 'root' | 'supervisor' | 'service' | 'template';

/** One supervisor or service of the configuration as it is written; `value` may be anything. */
export interface ConfigNode {
  readonly kind: NodeKind;
  readonly path: ConfigPath;
  readonly value: unknown;
  /** The supervisor above; undefined for the root. */
  readonly parent: ConfigNode | undefined;
}

/** The schema of each kind. */
export const schemaOf = {
  root: rootSchema,
  supervisor: supervisorSchema,
  service: serviceSchema,
  template: serviceSchema,
} as const satisfies Record<NodeKind, unknown>;

/** The names of the fields of each kind. */
export const fieldsOf: Readonly<Record<NodeKind, readonly string[]>> = {
  root: Object.keys(rootSchema.shape),
  supervisor: Object.keys(supervisorSchema.shape),
  service: Object.keys(serviceSchema.shape),
  template: Object.keys(serviceSchema.shape),
};

/** The keys of the field `logs` of each kind. */
export const logKeysOf: Readonly<Record<NodeKind, readonly string[]>> = {
  root: supervisorLogKeys,
  supervisor: supervisorLogKeys,
  service: serviceLogKeys,
  template: serviceLogKeys,
};

const onlyOf = (kind: NodeKind, other: NodeKind): readonly string[] => fieldsOf[kind].filter((name) => !fieldsOf[other].includes(name));
const SUPERVISOR_ONLY = onlyOf('supervisor', 'service');
const SERVICE_ONLY = onlyOf('service', 'supervisor');

/**
 * What a child is meant to be: `services` makes a supervisor and `command` a service (both: a supervisor, and
 * `command` is too much); without either, the fields that only one kind has decide, and at last misspelt ones.
 */
export function childKind(value: unknown): 'supervisor' | 'service' {
  if (!isMapping(value)) return 'service';
  const has = (name: string): boolean => Object.hasOwn(value, name);
  if (has('services')) return 'supervisor';
  if (has('command')) return 'service';
  if (SUPERVISOR_ONLY.some(has)) return 'supervisor';
  if (SERVICE_ONLY.some(has)) return 'service';
  return Object.keys(value).some((key) => nearest(key, ['services', 'template']).length > 0) ? 'supervisor' : 'service';
}

/** Every supervisor and service of a configuration, parents before children, in the order of the file. */
export function* nodesOf(root: unknown): Generator<ConfigNode> {
  yield* nodesBelow({ kind: 'root', path: [], value: root, parent: undefined });
}

function* nodesBelow(node: ConfigNode): Generator<ConfigNode> {
  yield node;
  if (!isMapping(node.value) || node.kind === 'service' || node.kind === 'template') return;
  const { services, template } = node.value;
  if (isMapping(services)) {
    for (const [name, value] of Object.entries(services)) {
      yield* nodesBelow({ kind: childKind(value), path: [...node.path, 'services', name], value, parent: node });
    }
  }
  if (template !== undefined) yield { kind: 'template', path: [...node.path, 'template'], value: template, parent: node };
}
