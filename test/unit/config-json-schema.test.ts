import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { jsonSchema } from '../../src/config/json-schema.js';
import { fieldsOf, logKeysOf } from '../../src/config/kinds.js';
import { loadConfig } from '../../src/config/load.js';
import { configFolder, loaded, problemsIn } from '../helpers/config-folder.js';

const validate = new Ajv({ allowUnionTypes: true, strictTypes: false }).compile(jsonSchema());

type Json = Readonly<Record<string, unknown>>;
const at = (value: unknown, ...path: readonly string[]): Json => path.reduce<unknown>((part, key) => (part as Json)[key], value) as Json;

const WHOLE = `$schema: portsup.schema.json
name: shop
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
    '$schema: 7\nservices: { a: { command: x } }',
    'services: { a: { command: x, $schema: x } }',
    'name: bad name\nservices: { a: { command: x } }',
    'services: {}',
    'services: { a: {} }',
    'services: { a: { services: {} } }',
    'period: 0s\nservices: { a: { command: x } }',
    'period: 0.0009\nservices: { a: { command: x } }',
    'period: 1m30\nservices: { a: { command: x } }',
    'services: { a: { command: x, shutdown: 1m30 } }',
    'services: { a: { command: x, logs: { block: 1m30 } } }',
    'services: { a: { command: x, nice: 99 } }',
    'services: { a: { command: x, nice: -21 } }',
    'services: { a: { command: x, nice: 1.5 } }',
    'services: { a: { command: x, limits: { nofile: 1 } } }',
    'services: { a: { command: x, limits: { nofile: 4.5 } } }',
    'services: { a: { command: x, limits: { core: x } } }',
    'services: { a: { command: x, limits: { core: -1 } } }',
    'services: { a: { command: x, umask: "999" } }',
    'services: { a: { command: x, umask: "1777" } }',
    'services: { a: { command: x, umask: 1.5 } }',
    'services: { a: { command: x, user: "a b" } }',
    'services: { a: { command: x, group: -1 } }',
    'services: { a: { command: x, success_exit_codes: [256] } }',
    'services: { a: { command: x, success_exit_codes: [1.5] } }',
    'services: { a: { command: x, profiles: [] } }',
    'services: { a: { command: x, profiles: ["a b"] } }',
    'services: { a: { command: x, watch: [] } }',
    'services: { a: { command: x, watch: [""] } }',
    'services: { a: { command: x, watch: { paths: [] } } }',
    'services: { a: { command: x, max_memory: 1kb } }',
    'services: { a: { command: x, max_memory: 1023.5kb } }',
    'services: { a: { command: x, max_memory: "1048575" } }',
    'services: { a: { command: x, max_memory: 0gb } }',
    'services: { a: { command: x, logs: { max_size: 3kb } } }',
    'logs: { total: 63kb }\nservices: { a: { command: x } }',
    'services: { a: { command: x, cwd: "" } }',
    'services: { a: { command: x, ready: 5432 } }',
    'services: { a: { command: x, ready: { http: "http://x", tcp: 1 } } }',
    'services: { a: { command: x, ready: { http: "ftp://x" } } }',
    'services: { a: { command: x, ready: { http: { url: "http://x", status: 99 } } } }',
    'services: { a: { command: x, ready: { tcp: 0 } } }',
    'services: { a: { command: x, ready: { tcp: "a:b" } } }',
    'services: { a: { command: x, ready: { fd: 2 } } }',
    'services: { a: { command: x, restart: temporary, ready: { exit: 1 } } }',
    'services: { a: { command: x, alive: { tcp: 1, failures: 0 } } }',
    'services: { a: { command: x, alive: { log: x } } }',
    'services: { a: { command: x, backoff: { factor: 0.5 } } }',
    'services: { a: { command: x, backoff: true } }',
    'services: { a: { command: x, needs: b } }',
    'services: { a: { command: x, call: { http: x } } }',
    'services: { a: { command: x, call: { http: "http://x", xmlrpc: "http://x" } } }',
    'services: { a: { command: x, call: { http: stdio } } }',
    'services: { a: { command: x, call: {} } }',
    'services: { a: { command: x, ready: {} } }',
    'services: { a: { command: x, start: lazy } }',
    'services: { a: { command: x, call: { jsonrpc: stdio }, start: on_demand, autostart: false } }',
    'services: { a: { command: x, start: auto, autostart: true } }',
    'strategy: simple_one_for_one\ntemplate: { command: x, start: auto, autostart: true }',
    'services: { a: { command: x, alarm: { restarts: 0 } } }',
    'watchdogs: { w: { notify: true } }\nservices: { a: { command: x } }',
    'watchdogs: { "1": { tcp: 1 } }\nservices: { a: { command: x } }',
    'on_alarm: { webhook: x }\nservices: { a: { command: x } }',
  ])('refuses what portsup refuses: %s', async (text) => {
    expect(await problemsIn(text)).not.toEqual([]);
    expect(validate(parse(text))).toBe(false);
  });

  it.each([
    'name: a-b_1\nservices: { a: { command: x } }',
    'period: 0.001\nreset_after: " 1m30s "\nservices: { a: { command: x } }',
    'period: "10"\nservices: { a: { command: x, shutdown: 0, logs: { block: 0s } } }',
    'period: 1.5h\nservices: { a: { command: x, shutdown: brutal_kill } }',
    'services: { a: { command: x, nice: -20, umask: "0777", limits: { nofile: 4, core: unlimited } } }',
    'services: { a: { command: x, nice: 19, umask: 027, limits: { core: 0 } } }',
    'services: { a: { command: x, umask: 0o27, limits: { core: " 1.5 GB " } } }',
    'services: { a: { command: x, success_exit_codes: [0, 255], profiles: [a.b-c_1] } }',
    'services: { a: { command: x, watch: [src] }, b: { command: x, watch: { paths: [src], ignore: [] } } }',
    'services: { a: { command: x, max_memory: 1mb }, b: { command: x, max_memory: 1024kb } }',
    'services: { a: { command: x, max_memory: "1048576" }, b: { command: x, max_memory: 1048576 } }',
    'services: { a: { command: x, max_memory: 0.5 GB }, b: { command: x, max_memory: 2000kb }, c: { command: x, max_memory: 9.5TB } }',
    'logs: { total: 64kb }\nservices: { a: { command: x, logs: { max_size: 4kb } }, b: { command: x, logs: { max_size: 10000b } } }',
    'user: nobody\nservices: { a: { command: x, user: 0, group: users } }',
    'services: { a: { command: x, ready: { http: { url: "HTTPS://x", status: [200, 204], body: x, timeout: 1s } } } }',
    'services: { a: { command: x, ready: { tcp: "[::1]:80" } }, b: { command: x, ready: { tcp: "h:${NOT_THERE:-80}", delay: 0 } } }',
    'services: { a: { command: x, ready: { exec: [a, 1] }, alive: { exec: { command: a, timeout: 1 }, grace: 0 } } }',
    'services: { a: { command: x, restart: temporary, ready: { exit: 0 } }, b: { command: x, ready: { fd: 9 }, alive: { notify: true } } }',
    'services: { a: { command: x, backoff: false }, b: { command: x, backoff: none }, c: { command: x, backoff: { jitter: 0 } } }',
    'services: { a: { command: x, needs: [c], links: [b] }, c: { command: x }, b: { command: x, call: { jsonrpc: stdio }, start: on_demand, idle: 5m, alarm: {} } }',
    'on_alarm: { webhook: "http://x" }\nwatchdogs: { w: { tcp: 1 } }\nservices: { a: { command: x } }',
    'on_alarm: tell me\nwatchdogs: { w: { http: "http://x", clear_after: 1 } }\nservices: { a: { command: x } }',
  ])('takes what portsup takes: %s', async (text) => {
    await loaded(text.replace('profiles: [a.b-c_1]', 'profiles: [a.b-c_1] }, always: { command: x'));
    expect(validate(parse(text)) || validate.errors).toBe(true);
  });

  it('takes files that are only layers, and nothing of them that no file may hold', async () => {
    const over =
      'env: { A: null }\nwatchdogs: { w: null, v: { timeout: 1s } }\nservices:\n  web: null\n  db: { env: { B: null, C: 1 }, watch: { ignore: [x] }, ready: { timeout: 1s }, alive: { http: { status: 200 } }, call: { http: "http://y" }, start: on_demand }\n  all: { services: { a: { restart: transient }, b: null } }\n';
    const base =
      'env: { A: 1 }\nwatchdogs: { w: { tcp: 1 }, v: { tcp: 2 } }\nservices:\n  web: { command: x }\n  db: { command: x, env: { B: 1 }, watch: { paths: [y] }, ready: { tcp: 1 }, alive: { http: { url: "http://x" } }, call: { http: "http://x" } }\n  all: { services: { a: { command: x }, b: { command: x } } }\n';
    for (const text of [over, `extends: base.yaml\n${over}`, base, 'intensity: 7\n'])
      expect(validate(parse(text)) || validate.errors).toBe(true);
    const folder = configFolder({ 'base.yaml': base, 'portsup.yaml': `extends: base.yaml\n${over}` });
    const { root } = await loadConfig({ cwd: folder.path });
    folder.dispose();
    expect(root.children.map(({ name }) => name)).toEqual(['db', 'all']);
    expect(validate(parse('services: { web: 7 }'))).toBe(false);
    expect(validate(parse('services: { web: { comand: null } }'))).toBe(false);
    expect(validate(parse('services: null'))).toBe(false);
  });

  it('describes every key of every mapping, too', () => {
    const undescribed = (value: unknown, path: string): readonly string[] => {
      if (typeof value !== 'object' || value === null) return [];
      const { properties } = value as Json;
      const own = typeof properties === 'object' && properties !== null ? Object.entries(properties) : [];
      return [
        ...own.filter(([, field]) => typeof (field as Json)['description'] !== 'string').map(([name]) => `${path}.${name}`),
        ...Object.entries(value).flatMap(([name, part]) => undescribed(part, `${path}.${name}`)),
      ];
    };
    const old = /\.(file|path|required)$/;
    expect(undescribed(jsonSchema(), '').filter((path) => !old.test(path))).toEqual([]);
  });

  it('is named by a portsup.json itself', async () => {
    const text = '{"$schema": "node_modules/portsup/dist/portsup.schema.json", "services": {"web": {"command": "x"}}}';
    expect((await loaded(text, 'portsup.json')).root.children).toHaveLength(1);
    expect(validate(JSON.parse(text)) || validate.errors).toBe(true);
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
