/** The TypeScript types of a configuration, written from its JSON Schema: so both come from the schema that validates. */

interface Schema {
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly anyOf?: readonly Schema[];
  readonly allOf?: readonly Schema[];
  readonly $ref?: string;
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: Schema | boolean;
  readonly description?: string;
  readonly default?: unknown;
  readonly definitions?: Readonly<Record<string, Schema>>;
}

const NAMES: Readonly<Record<string, string>> = { service: 'ServiceConfig', supervisor: 'SupervisorConfig' };

const HEAD = `/**
 * The types of a configuration, for editors: written from the schema by \`test/unit/config-types.test.ts\`, which fails when they are not what the
 * schema says; \`npx vitest run --config test/vitest.config.ts test/unit/config-types.test.ts -u\` writes them anew. They stand here so that the published
 * declarations need no other package.
 */
`;

/** The text of the file with these types. */
export function configTypeText(schema: object): string {
  const root = schema as Schema;
  const { service = {}, supervisor = {} } = root.definitions ?? {};
  return [
    HEAD,
    interfaceText('ServiceConfig', 'A program to supervise.', service),
    interfaceText('SupervisorConfig', 'A supervisor below the root.', supervisor),
    interfaceText('PortsupConfig', "A whole configuration: the root supervisor and the application's name.", root),
  ].join('\n');
}

function interfaceText(name: string, what: string, schema: Schema): string {
  const fields = fieldsOf(schema).map(([field, value, isRequired]) => {
    const type = typeText(value);
    return `  /** ${commentOf(value)} */\n  readonly ${field}${isRequired ? `: ${type}` : `?: ${type} | undefined`};\n`;
  });
  return `/** ${what} */\nexport interface ${name} {\n${fields.join('')}}\n`;
}

function commentOf({ description = '', default: usual }: Schema): string {
  const [said = '', expected = ''] = description.split(' Expected: ');
  const meant = expected === '' ? '' : ` Expected: ${expected}`;
  // A cron expression may hold what ends a comment.
  return `${said}${usual === undefined ? '' : ` Default ${JSON.stringify(usual)}.`}${meant}`.replaceAll('*/', '*\\/');
}

const fieldsOf = ({ properties = {}, required = [] }: Schema): readonly (readonly [string, Schema, boolean])[] =>
  Object.entries(properties).map(([name, value]) => [name, value, required.includes(name)]);

function typeText(schema: Schema): string {
  const { $ref, anyOf, allOf, const: only, type } = schema;
  if ($ref !== undefined) return NAMES[$ref.split('/').at(-1) ?? ''] ?? 'unknown';
  const several = anyOf ?? allOf;
  if (several) return [...new Set(several.map(typeText))].join(' | ');
  if (only !== undefined) return literal(only);
  if (schema.enum) return schema.enum.map(literal).join(' | ');
  return (Array.isArray(type) ? (type as readonly string[]) : [type as string | undefined])
    .map((one) => namedType(one, schema))
    .join(' | ');
}

function namedType(type: string | undefined, schema: Schema): string {
  switch (type) {
    case 'string':
    case 'boolean':
    case 'null':
      return type;
    case 'number':
    case 'integer':
      return 'number';
    case 'array': {
      const item = typeText(schema.items ?? {});
      return `readonly ${item.includes(' ') ? `(${item})` : item}[]`;
    }
    case 'object':
      return objectType(schema);
    default:
      throw new Error(`this type is not known: ${JSON.stringify(schema)}`);
  }
}

function objectType(schema: Schema): string {
  const { additionalProperties } = schema;
  if (typeof additionalProperties === 'object') return `Readonly<Record<string, ${typeText(additionalProperties)}>>`;
  const fields = fieldsOf(schema).map(([name, value, isRequired]) => {
    const type = typeText(value).replaceAll('\n', '\n  ');
    const field = `readonly ${name}${isRequired ? `: ${type}` : `?: ${type} | undefined`}`;
    return value.description === undefined ? field : `\n    /** ${commentOf(value)} */\n    ${field};`;
  });
  const isLong = fields.some((field) => field.startsWith('\n'));
  return isLong ? `{${fields.join('')}\n  }` : `{ ${fields.join('; ')} }`;
}

const literal = (value: unknown): string => (typeof value === 'string' ? `'${value}'` : JSON.stringify(value));
