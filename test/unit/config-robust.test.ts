import { writeFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { fieldFindings } from '../../src/config/fields.js';
import { nodesOf } from '../../src/config/kinds.js';
import { loadConfig } from '../../src/config/load.js';
import { directoryOf, needFindings } from '../../src/config/needs.js';
import { problemsOf } from '../../src/config/problems.js';
import { ruleFindings } from '../../src/config/rules.js';
import { resolveVariables } from '../../src/config/variables.js';
import { configFolder, loaded } from '../helpers/config-folder.js';

const VALID = `name: shop
env_file: { path: none.env, required: false }
env: &env { A: 1.10, B: "x y \${HOME:-\${X:-x}} $$", KEY: { file: key } }
inherit_env: [PATH]
strategy: rest_for_one
logs: &logs { max_size: 1.5mb, keep: 3, total: 2gb }
auto_shutdown: any_significant
on_alarm: { command: ./tell, webhook: "http://\${HOME:-x}/" }
watchdogs: { database: { tcp: "db:\${PORT:-1}", failures: 2 }, site: { http: { url: "http://x", status: [200], body: "a.*" } } }
backoff: { min: 1s, jitter: 0.5 }
services:
  db: &db
    command: postgres -D 'my data' --port 5432
    shutdown: 1m30s
    env: { <<: *env, C: true }
    logs: { <<: *logs, file: db.log, block: infinity }
  web:
    <<: *db
    restart: transient
    significant: true
    success_exit_codes: [3, 4]
    ready: { exit: 0, timeout: 1m }
    needs: [db, nested/deep, database]
    links: [db]
  pool:
    strategy: simple_one_for_one
    template: { command: [./worker, 1], needs: [db], ready: { log: "^up (now)?$" } }
  nested:
    intensity: 5
    reset_after: 30
    logs: none
    services:
      deep: { command: "a | b", shell: true, cwd: sub, alive: { exec: { command: "check \${HOME:-x}", timeout: 1s }, grace: 0 } }
      idle: { command: x, start: on_demand, idle: 5m, call: { jsonrpc: "http://x/$$" }, alarm: { restarts: 3 }, backoff: none }
`;

const PIECES = [
  '\n',
  ' ',
  '  ',
  '\t',
  ':',
  ': ',
  '- ',
  '{',
  '}',
  '[',
  ']',
  ',',
  '"',
  "'",
  '#',
  '&a ',
  '*a',
  '<<: ',
  '!x ',
  '|',
  '>',
  '\\',
  '\0',
  '---\n',
  '__proto__: ',
  'null',
  '1e999',
  '-1',
  '😀',
  '\r',
  '\u2028',
  '%',
  '@',
  '? ',
  '~',
  '${',
  '${A}',
  'extends: portsup.yaml\n',
  '$$',
  'needs: [db, web]\n',
  'ready: { tcp: 1, log: "(" }',
];

const mutations = fc.array(
  fc.record({ at: fc.nat(VALID.length), remove: fc.nat(12), insert: fc.oneof(fc.constantFrom(...PIECES), fc.string({ maxLength: 6 })) }),
  { minLength: 1, maxLength: 6 },
);

const mutate = (text: string, { at, remove, insert }: { at: number; remove: number; insert: string }): string =>
  text.slice(0, at) + insert + text.slice(at + remove);

describe('whatever a configuration holds', () => {
  it.each([1_000, 4_000, 200_000])('%i brackets or levels are refused, and abort nothing', async (depth) => {
    for (const text of ['['.repeat(depth), `${'['.repeat(depth)}${']'.repeat(depth)}`, '{a: '.repeat(depth), '- '.repeat(depth)]) {
      const error: unknown = await loaded(text).catch((caught: unknown) => caught);
      expect(problemsOf(error)).toHaveLength(1);
    }
  });

  it('loads as it is', async () => {
    expect((await loaded(VALID)).root.children).toHaveLength(4);
  });

  it('a mutated file loads or is refused with located problems, and nothing else ever happens', async () => {
    const folder = configFolder({ 'portsup.yaml': VALID });
    await fc.assert(
      fc.asyncProperty(mutations, async (changes) => {
        writeFileSync(`${folder.path}/portsup.yaml`, changes.reduce(mutate, VALID));
        const error: unknown = await loadConfig({ cwd: folder.path }).then(
          () => undefined,
          (caught: unknown) => caught,
        );
        if (error === undefined) return;
        const problems = problemsOf(error);
        expect(problems.length, String(error)).toBeGreaterThan(0);
        for (const { line, column } of problems) expect([Number.isInteger(line), Number.isInteger(column)]).toEqual([true, true]);
      }),
      { numRuns: 400 },
    );
    folder.dispose();
  }, 30_000);

  it('random JSON and YAML load or are refused with located problems, too', async () => {
    const text = fc.oneof(
      fc.json({ maxDepth: 6 }),
      fc
        .object({
          key: fc.constantFrom('services', 'env', 'extends', 'command', 'a', 'template', 'logs', 'profiles', 'env_file', 'needs', 'ready'),
        })
        .map((value) => stringify(value)),
      fc.array(fc.constantFrom(...PIECES, 'services:', 'a', 'command', 'x'), { maxLength: 30 }).map((pieces) => pieces.join('')),
    );
    const property = fc.asyncProperty(text, async (written) => {
      const error: unknown = await loaded(written).catch((caught: unknown) => caught);
      if (error instanceof Error) expect(problemsOf(error).length, String(error)).toBeGreaterThan(0);
    });
    await fc.assert(property, { numRuns: 400 });
  }, 30_000);

  it('any value is checked without an exception', () => {
    const keys = fc.constantFrom(
      'services',
      'template',
      'command',
      'env',
      'strategy',
      'significant',
      'shell',
      'a',
      '__proto__',
      'constructor',
      'restart',
      'auto_shutdown',
      'ready',
      'alive',
      'http',
      'log',
      'exec',
      'needs',
      'links',
      'call',
      'jsonrpc',
      'backoff',
      'min',
      'max',
      'watchdogs',
      'on_alarm',
      'logs',
      'stdin',
      'start',
    );
    const { tree } = fc.letrec<{ tree: unknown }>((tie) => ({
      tree: fc.oneof(
        { depthSize: 'small' },
        fc.anything({ maxDepth: 0 }),
        fc.constantFrom('simple_one_for_one', true, 'any_significant', "'", '', '(', 'stdio', 'none', 'a', '${X}', '1s', 0),
        fc.array(tie('tree'), { maxLength: 3 }),
        fc.dictionary(keys, tie('tree'), { maxKeys: 5 }),
      ),
    }));
    fc.assert(
      fc.property(tree, (value) => {
        for (const node of nodesOf(value)) expect([...fieldFindings(node), ...ruleFindings(node)]).toBeInstanceOf(Array);
        expect(needFindings(directoryOf(value, []))).toBeInstanceOf(Array);
        const context = {
          env: {},
          profiles: [],
          written: () => undefined,
          resolvePath: (path: string) => path,
          readText: () => ({ text: '' }),
        };
        expect(resolveVariables(value, context).findings).toBeInstanceOf(Array);
      }),
      { numRuns: 400 },
    );
  });
});
