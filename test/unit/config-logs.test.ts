import { describe, expect, it } from 'vitest';
import { defaultLogs } from '../../src/config/build-logs.js';
import type { LoadedConfig } from '../../src/config/load.js';
import { readSimpleText } from '../../src/config/simple-text.js';
import { readYaml } from '../../src/config/yaml-source.js';
import { DEFAULT_POLICY } from '../../src/logs/policy.js';
import type { ChildSpec, LogSpec, ServiceSpec } from '../../src/supervision/spec.js';
import { loaded, problemsIn } from '../helpers/config-folder.js';
import { logs } from '../helpers/specs.js';

const kb = 1024;
const mb = 1024 ** 2;

/** A child by its path; of a pool its template. */
function at({ root }: LoadedConfig, path: string): ChildSpec {
  let node: ChildSpec = root;
  for (const name of path.split('/')) {
    const next: ChildSpec | null | undefined =
      node.kind === 'supervisor' ? (node.children.find((child) => child.name === name) ?? node.template) : null;
    if (!next) throw new Error(`no ${name} in ${path}`);
    node = next;
  }
  return node;
}

function serviceAt(config: LoadedConfig, path: string): ServiceSpec {
  const node = at(config, path);
  if (node.kind !== 'service') throw new Error(`${path} is no service`);
  return node;
}

const logsOf = (config: LoadedConfig, path: string): LogSpec => serviceAt(config, path).logs;

describe('the field logs', () => {
  it('defaults to what the capture defaults to, where no plan has reached it', () => {
    expect(defaultLogs).toMatchObject(DEFAULT_POLICY);
  });

  it('takes every key of a service', async () => {
    const config = await loaded(`services:
  a:
    command: x
    logs: { max_size: 1.5MB, keep: 0, compress: false, block: 1m30s, raw: false, total: 64kb, file: out/a.log }
`);
    expect(logsOf(config, 'a')).toEqual({
      mode: 'capture',
      maxBytes: 1.5 * mb,
      keep: 0,
      compress: false,
      blockMs: 90_000,
      file: `${config.folder}/out/a.log`,
    });
    expect(serviceAt(config, 'a').logTotalBytes).toBe(64 * kb);
  });

  it.each([
    ['0', 0],
    ['7', 7_000],
    ['500ms', 500],
    ['infinity', 'infinity'],
  ])('reads block: %s', async (written, expected) => {
    expect(logsOf(await loaded(`services: { a: { command: x, logs: { block: ${written} } } }`), 'a').blockMs).toBe(expected);
  });

  it('is inherited downwards key by key, the nearest level winning', async () => {
    const config = await loaded(`logs: { max_size: 1mb, keep: 1, block: infinity, raw: true }
services:
  one: { command: x, logs: { keep: 2 } }
  group:
    logs: { max_size: 20kb, compress: false, raw: false }
    services:
      two: { command: x, logs: { max_size: 4096 } }
      three: { command: x }
  pool: { strategy: simple_one_for_one, logs: { keep: 3 }, template: { command: x, logs: { block: 1 } } }
`);
    const above = { maxBytes: mb, keep: 1, blockMs: 'infinity' } as const;
    expect(logsOf(config, 'one')).toEqual(logs({ ...above, mode: 'raw', keep: 2 }));
    expect(logsOf(config, 'group/two')).toEqual(logs({ ...above, maxBytes: 4 * kb, compress: false }));
    expect(logsOf(config, 'group/three')).toEqual(logs({ ...above, maxBytes: 20 * kb, compress: false }));
    expect(logsOf(config, 'pool/template')).toEqual(logs({ ...above, mode: 'raw', keep: 3, blockMs: 1_000 }));
  });

  it.each(['none', '"none"'])('turns capture off with "logs: %s"', async (written) => {
    const config = await loaded(`services:\n  a:\n    command: x\n    logs: ${written}\n  b: { command: x }\n`);
    expect(logsOf(config, 'a')).toEqual(logs({ mode: 'none' }));
    expect(logsOf(config, 'b')).toEqual(logs());
  });

  it('is turned on again by a mapping at a nearer level, with the keys of the levels above', async () => {
    const config = await loaded(`logs: { keep: 9 }
services:
  quiet:
    logs: none
    services:
      a: { command: x }
      b: { command: x, logs: {} }
      c: { command: x, logs: { file: /var/log/c.log } }
`);
    expect(logsOf(config, 'quiet/a')).toEqual(logs({ mode: 'none' }));
    expect(logsOf(config, 'quiet/b')).toEqual(logs({ keep: 9 }));
    expect(logsOf(config, 'quiet/c')).toEqual(logs({ keep: 9, file: '/var/log/c.log' }));
  });

  it('keeps budgets at the levels that name them: one at the root by default', async () => {
    const config = await loaded(`services:
  a: { command: x, logs: { total: 1mb } }
  group: { logs: { total: 100mb }, services: { b: { command: x } } }
  other: { services: { c: { command: x } } }
`);
    expect(config.root.logTotalBytes).toBe(1024 * mb);
    expect(['a', 'group', 'group/b', 'other', 'other/c'].map((path) => at(config, path).logTotalBytes)).toEqual([
      mb,
      100 * mb,
      null,
      null,
      null,
    ]);
    const own = await loaded('logs: { total: 5gb }\nservices: { a: { command: x } }');
    expect([own.root.logTotalBytes, at(own, 'a').logTotalBytes]).toEqual([5 * 1024 * mb, null]);
    expect((await loaded('logs: none\nservices: { a: { command: x } }')).root.logTotalBytes).toBe(1024 * mb);
  });

  it('takes a file beside raw: false under a raw level', async () => {
    const config = await loaded('logs: { raw: true }\nservices: { a: { command: x, logs: { raw: false, file: a.log } } }');
    expect(logsOf(config, 'a')).toMatchObject({ mode: 'capture', file: `${config.folder}/a.log` });
  });

  it('can be written in JavaScript and JSON', async () => {
    const text = '{ logs: { max_size: 8192, keep: undefined }, services: { a: { command: "x", logs: "none" }, b: { command: "x" } } }';
    const script = await loaded(`export default ${text}`, 'portsup.config.mjs');
    expect([logsOf(script, 'a'), logsOf(script, 'b')]).toEqual([logs({ mode: 'none' }), logs({ maxBytes: 8 * kb })]);
    const json = await loaded('{"services": {"a": {"command": "x", "logs": {"max_size": "8kb", "block": "infinity"}}}}', 'portsup.json');
    expect(logsOf(json, 'a')).toEqual(logs({ maxBytes: 8 * kb, blockMs: 'infinity' }));
  });

  it.each(['max_size: 10mb, keep: 5, block: 5s, file: ./a b.log', 'max_size: 1.5gb, raw: true, compress: false', 'total: 512 KB'])(
    'is read by the fast reader: { %s }',
    (keys) => {
      const block = keys.replaceAll(', ', '\n      ');
      for (const text of [
        `logs: none\nservices: { a: { command: x, logs: { ${keys} } } }\n`,
        `services:\n  a:\n    command: x\n    logs:\n      ${block}\n`,
      ]) {
        expect(readSimpleText(text)).toBeDefined();
        expect(readSimpleText(text)).toEqual(readYaml(text).value);
      }
    },
  );
});

const SIZE = 'expected a size such as 65536 (bytes), "512kb", "10mb" or "1.5gb", at least';
const MAPPING = 'expected none, or a mapping such as { max_size: 10mb, keep: 5 }';

describe('problems of logs', () => {
  it.each([
    ['logs: off', `logs: found "off", ${MAPPING}`],
    ['logs: None', `logs: found "None", ${MAPPING}`],
    ['logs: false', `logs: found false, ${MAPPING}`],
    ['logs: [none]', `logs: found a list, ${MAPPING}`],
    ['logs: { none: true }', 'logs.none: unknown key; to keep no output write "logs: none"'],
    ['logs: { maxsize: 1mb }', 'logs.maxsize: unknown key; did you mean "max_size"?'],
    ['logs: { files: a.log }', 'logs.files: unknown key; did you mean "file"?'],
    ['logs: { colour: red }', 'logs.colour: unknown key'],
    ['max_size: 1mb', 'max_size: unknown key here; it is a field of "logs"'],
    ['logs: { max_size: 10m }', `logs.max_size: found "10m", ${SIZE} 4kb`],
    ['logs: { max_size: 4095 }', `logs.max_size: found 4095, ${SIZE} 4kb`],
    ['logs: { max_size: -1kb }', `logs.max_size: found "-1kb", ${SIZE} 4kb`],
    // Whoever has commented out all keys would else lose all output without a word.
    ['logs:', 'logs: found nothing (null), expected none, or a mapping'],
    ['logs: { max_size: }', `logs.max_size: found nothing (null), ${SIZE} 4kb`],
    ['logs: { max_size: [1] }', `logs.max_size: found a list, ${SIZE} 4kb`],
    ['logs: { max_size: { a: 1 } }', `logs.max_size: found a mapping, ${SIZE} 4kb`],
    ['logs: { total: 63kb }', `logs.total: found "63kb", ${SIZE} 64kb`],
    ['logs: { keep: -1 }', 'logs.keep: found -1, expected an integer, 0 or more'],
    ['logs: { keep: "5" }', 'logs.keep: found "5", expected an integer, 0 or more'],
    ['logs: { compress: gzip }', 'logs.compress: found "gzip", expected true or false'],
    ['logs: { raw: yes }', 'logs.raw: found "yes", expected true or false'],
    [
      'logs: { block: never }',
      'logs.block: found "never", expected a duration such as 10 (seconds), "10s", "500ms" or "1m30s", or infinity',
    ],
    ['logs: { block: -1 }', 'logs.block: found -1, expected a duration'],
    ['logs: { file: "" }', 'logs.file: found "", expected the path of a file'],
    ['logs: { file: logs/ }', 'logs.file: found "logs/", expected the path of a file'],
    ['logs: { file: true }', 'logs.file: found true, expected the path of a file'],
    ['logs: { raw: true, file: a.log }', 'logs.file: found a file with raw: true, expected raw: false, or no file: a raw program'],
  ])('{ %s }', async (fields, expected) => {
    const lines = await problemsIn(`services: { a: { command: x, ${fields} } }`);
    expect(lines).toEqual([expect.stringContaining(`services.a.${expected}`)]);
  });

  it('stand at their own place, all at once', async () => {
    expect(
      await problemsIn('logs:\n  keep: 1.5\n  keeps: 5\n  file: x\nservices:\n  a:\n    command: x\n    logs: { total: 1 }\n'),
    ).toEqual([
      'portsup.yaml:2:9: logs.keep: found 1.5, expected an integer, 0 or more',
      'portsup.yaml:3:3: logs.keeps: unknown key; did you mean "keep"?',
      "portsup.yaml:4:3: logs.file: unknown key in a supervisor; it is a field of a service's logs",
      `portsup.yaml:8:20: services.a.logs.total: found 1, ${SIZE} 64kb`,
    ]);
  });

  it('name the level whose raw: true a file meets', async () => {
    const services = 'services: { a: { command: x, logs: { file: a.log } } }';
    expect(await problemsIn(`logs: { raw: true }\n${services}`)).toEqual([
      expect.stringContaining(
        ':2:44: services.a.logs.file: found a file with raw: true (of the top level), expected raw: false, or no file',
      ),
    ]);
    expect(await problemsIn(`services: { group: { logs: { raw: true }, ${services} } }`)).toEqual([
      expect.stringContaining('services.group.services.a.logs.file: found a file with raw: true (of services.group), expected'),
    ]);
  });

  it('are objects of a class', async () => {
    const text = 'export default { services: { a: { command: "x", logs: new Map([["keep", 1]]) } } }';
    expect(await problemsIn(text, 'portsup.config.mjs')).toEqual([
      `portsup.config.mjs: services.a.logs: found an object of a class, ${MAPPING}`,
    ]);
  });

  it('of a pool name its template', async () => {
    const lines = await problemsIn(
      'services: { p: { strategy: simple_one_for_one, template: { command: x, logs: { raw: true, file: a } } } }',
    );
    expect(lines).toEqual([expect.stringContaining('services.p.template.logs.file: found a file with raw: true,')]);
  });
});
