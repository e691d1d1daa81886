/** The JSON Schema of configurations, for editors: made from the schema that validates them, whose descriptions and defaults it has. */
import { type $ZodType, toJSONSchema } from 'zod/v4/core';
import { NAME_PATTERN } from '../base/names.js';
import { rootSchema, serviceSchema, supervisorSchema } from './schema.js';

type Json = Readonly<Record<string, unknown>>;

const ADDRESS = 'http://json-schema.org/draft-07/schema#';

/**
 * Draft 7, which every editor knows, of one file of a configuration. It cannot be told from the file whether others are laid over it or under it (`-f` names
 * them), so a file that is only a layer must pass: nothing is required where mappings are merged, not even `command`, and `null` takes away a service or a
 * variable. A service or supervisor without any field is refused all the same, and so is an empty mapping that would be merged: as a layer it says nothing.
 */
export function jsonSchema(): Json {
  const { definitions, ...root } = wholeSchema();
  const children = Object.entries(definitions as Readonly<Record<string, Json>>);
  return {
    ...asLayer(root),
    definitions: Object.fromEntries(children.map(([kind, schema]) => [kind, { ...asLayer(schema), minProperties: 1 }])),
  };
}

/** The same of a configuration that is complete in itself. Children are checked one by one, each by the schema of its kind, so they are put together here, too. */
export function wholeSchema(): Json {
  return {
    $schema: ADDRESS,
    title: 'portsup configuration',
    ...withChildren(schemaOf(rootSchema)),
    definitions: { service: schemaOf(serviceSchema), supervisor: withChildren(schemaOf(supervisorSchema)) },
  };
}

function asLayer({ required: _required, ...schema }: Json): Json {
  const properties = schema['properties'] as Readonly<Record<string, Json>>;
  const { env, services, watchdogs } = properties;
  const parts = MERGED.flatMap((name) => (properties[name] ? [[name, { ...asPart(properties[name]), minProperties: 1 }] as const] : []));
  return {
    ...schema,
    properties: {
      ...properties,
      ...Object.fromEntries(parts),
      env: nullable(env),
      ...(services && { services: nullable(services) }),
      ...(watchdogs && { watchdogs: nullable(asPart(watchdogs)) }),
    },
  };
}

/** Mappings that are merged key by key, so that a layer may hold any part of them. */
const MERGED = ['watch', 'ready', 'alive', 'call'];

function asPart({ required: _required, oneOf, anyOf, properties, additionalProperties, ...schema }: Json): Json {
  const parts = (list: unknown): readonly Json[] => (list as readonly Json[]).map(asPart);
  return {
    ...schema,
    ...(anyOf !== undefined && { anyOf: parts(anyOf) }),
    // One of several things, or none: then it is said elsewhere which.
    ...(oneOf !== undefined && { oneOf: [...(oneOf as readonly Json[]), { not: { anyOf: oneOf } }] }),
    ...(properties !== undefined && {
      properties: Object.fromEntries(
        Object.entries(properties as Readonly<Record<string, Json>>).map(([name, value]) => [name, asPart(value)]),
      ),
    }),
    ...(additionalProperties !== undefined && {
      additionalProperties: typeof additionalProperties === 'object' ? asPart(additionalProperties as Json) : additionalProperties,
    }),
  };
}

/** A mapping from which `null` takes away what another file has put there. */
const nullable = (mapping: Json = {}): Json => ({ ...mapping, additionalProperties: { anyOf: [mapping['additionalProperties'], NULL] } });

const NULL: Json = { type: 'null' };

function schemaOf(schema: $ZodType): Json {
  const { $schema: _address, ...whole } = toJSONSchema(schema, {
    target: 'draft-7',
    io: 'input',
    override: ({ zodSchema, jsonSchema: made }) => {
      const expected = expectedBy(zodSchema);
      // With its description a field says what it must be, in which units: the very words of the message for a value that is not.
      if (expected !== '' && made.description !== undefined) made.description += ` Expected: ${expected}.`;
    },
  });
  return whole;
}

/** What a message puts after "expected"; "" for what has no words of its own. */
function expectedBy({ _zod: { def } }: $ZodType): string {
  const say = def.error as ((issue: object) => unknown) | undefined;
  const said = say?.({ code: 'custom', path: [] });
  return typeof said === 'string' ? said : '';
}

function withChildren(schema: Json): Json {
  const properties = schema['properties'] as Readonly<Record<string, Json>>;
  const child = { anyOf: [{ $ref: '#/definitions/service' }, { $ref: '#/definitions/supervisor' }] };
  return {
    ...schema,
    properties: {
      ...properties,
      services: {
        ...properties['services'],
        type: 'object',
        propertyNames: { pattern: NAME_PATTERN.source },
        additionalProperties: child,
      },
      template: { ...properties['template'], allOf: [{ $ref: '#/definitions/service' }] },
    },
  };
}
