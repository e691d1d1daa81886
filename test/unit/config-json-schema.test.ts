import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { jsonSchema } from '../../src/config/json-schema.js';
import { fieldsOf, logKeysOf } from '../../src/config/kinds.js';
import { loaded, problemsIn } from '../helpers/config-folder.js';

const validate = new Ajv({ allowUnionTypes: true, strictTypes: false }).compile(jsonSchema());

type Json = Readonly<Record<string, unknown>>;
const at = (value: unknown, ...path: readonly string[]): Json => path.reduce<unknown>((part, key) => (part as Json)[key], value) as Json;

const WHOLE = `name: shop
extends: []
env_file: [.env, { path: other, required: false }]
env: { A: 1, B: text, C: true, KEY: { file: secrets/key } }
inherit_env: [HOME, PATH]
intensity: 5
period: 1m30s
logs: { max_size: 50mb, total: 2gb, block: infinity }
on_event: [sh, -c, cat, 1]
services:
  db: { command: postgres, stop_signal: 2, shutdown: infinity, success_exit_codes: [3], stdin: null, profiles: [dev] }
  backend:
    strategy: rest_for_one
    shutdown: 10
    services: { api: { command: [node, 1] } }
  jobs: { strategy: simple_one_for_one, template: { command: ./job, logs: none } }
`;

describe('the JSON Schema for editors', () => {
  it('takes what portsup takes: every kind of value of every kind of field', async () => {
    expect(validate(parse(WHOLE)) || validate.errors).toBe(true);
    expect(await problemsIn(WHOLE.replace('required: false', 'required: 7'))).toHaveLength(3);
    const readme = readFileSync('README.md', 'utf8').matchAll(/```yaml\n([^]*?)```/g);
    const whole = [...readme].map(([, text = '']) => parse(text) as Json).filter((value) => 'services' in value);
    expect(whole.length).toBeGreaterThan(2);
    for (const value of whole) expect(validate(value) || validate.errors).toBe(true);
  });

  it.each([
    'services: { a: { comand: x } }',
    'services: { a: { command: x, shutdown: 5 parsecs } }',
    'services: { a: { command: x, shutdown: -1 } }',
    'services: { a: { command: x, restart: always } }',
    'services: { "9": { command: x } }',
    'services: { a: { command: x, logs: { max_size: 1kb, kep: 3 } } }',
    'services: { a: { command: x, logs: { max_size: 12 parsecs } } }',
    'intensity: 1.5\nservices: { a: { command: x } }',
    'period: 0\nservices: { a: { command: x } }',
    'services: { a: { command: x, env: { A: [1] } } }',
    'services: { a: { command: x, env_file: { file: x } } }',
    'sevices: { a: { command: x } }',
  ])('refuses what portsup refuses: %s', async (text) => {
    expect(await problemsIn(text)).not.toEqual([]);
    expect(validate(parse(text))).toBe(false);
  });

  it('has every field, with a description, its units and its default', () => {
    const schema = jsonSchema();
    const nodes = { root: schema, service: at(schema, 'definitions', 'service'), supervisor: at(schema, 'definitions', 'supervisor') };
    for (const [kind, node] of Object.entries(nodes)) {
      const properties = at(node, 'properties');
      expect(Object.keys(properties).sort()).toEqual([...fieldsOf[kind as keyof typeof nodes]].sort());
      for (const [name, field] of Object.entries(properties))
        expect([name, (field as Json)['description']]).toEqual([name, expect.any(String)]);
    }
    const logs = (at(nodes.service, 'properties', 'logs')['anyOf'] as readonly Json[]).find(({ type }) => type === 'object');
    expect(Object.keys(at(logs, 'properties'))).toEqual(logKeysOf.service);
    const shutdown = at(nodes.service, 'properties', 'shutdown');
    expect(shutdown).toMatchObject({ default: '5s', description: expect.stringMatching(/10 \(seconds\).*500ms/) });
  });

  it('is the one in the package', () => {
    expect(JSON.parse(readFileSync('dist/portsup.schema.json', 'utf8'))).toEqual(jsonSchema());
  });

  it('is of a configuration that loads', async () => {
    const { root } = await loaded(WHOLE.replace('env_file: [.env, ', 'env_file: ['));
    expect(root.children).toHaveLength(2);
  });
});
