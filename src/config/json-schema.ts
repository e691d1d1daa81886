/** The JSON Schema of configurations, for editors: made from the schema that validates them, whose descriptions and defaults it has. */
import { type $ZodType, toJSONSchema } from 'zod/v4/core';
import { NAME_PATTERN } from '../base/names.js';
import { rootSchema, serviceSchema, supervisorSchema } from './schema.js';

type Json = Readonly<Record<string, unknown>>;

const ADDRESS = 'http://json-schema.org/draft-07/schema#';

/** Draft 7, which every editor knows. Children are checked one by one, each by the schema of its kind, so they are put together here, too. */
export function jsonSchema(): Json {
  const root = schemaOf(rootSchema);
  return {
    $schema: ADDRESS,
    title: 'portsup configuration',
    ...withChildren(root),
    definitions: { service: schemaOf(serviceSchema), supervisor: withChildren(schemaOf(supervisorSchema)) },
  };
}

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
