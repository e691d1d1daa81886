import { symlinkSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import { type ConfigSearch, type LoadedConfig, loadConfig } from '../../src/config/load.js';
import { problemLine, problemsOf } from '../../src/config/problems.js';
import { type ConfigFolder, configFolder } from '../helpers/config-folder.js';

let folder: ConfigFolder = configFolder({});

afterEach(() => folder.dispose());

const load = (files: Readonly<Record<string, string>>, search: Partial<ConfigSearch> = {}): Promise<LoadedConfig> => {
  folder.dispose();
  folder = configFolder(files);
  return loadConfig({ cwd: folder.path, env: {}, ...search });
};
const failure = async (...args: Parameters<typeof load>): Promise<unknown> =>
  load(...args).then(
    () => undefined,
    (caught: unknown) => caught,
  );
const lines = async (...args: Parameters<typeof load>): Promise<readonly string[]> => problemsOf(await failure(...args)).map(problemLine);
const at = (folderName: string): string => `${folder.path}/${folderName}`;

const BASE = `name: shop
env: { LEVEL: info, GONE: x }
logs: { keep: 3, max_size: 1mb }
services:
  db: { command: postgres, shutdown: 30s, env: { A: 1 } }
  web:
    intensity: 1
    services:
      api: { command: [node, api.js] }
      old: { command: x }
`;

describe('a configuration over another', () => {
  it('wins key by key; lists are replaced, null takes services and variables away, what is new comes last', async () => {
    const { app, root, file } = await load({
      'base/portsup.yaml': BASE,
      'portsup.yaml': `extends: base/portsup.yaml
env: { LEVEL: debug, GONE: null }
logs: { keep: 9 }
services:
  new: { command: y }
  db: { shutdown: 5s, env: { B: 2 } }
  web: { services: { api: { command: [node, --inspect, api.js] }, old: null } }
`,
    });
    expect({ app, file }).toEqual({ app: 'shop', file: at('portsup.yaml') });
    expect(root.children.map(({ name }) => name)).toEqual(['db', 'web', 'new']);
    expect(root.children[0]).toMatchObject({
      command: ['postgres'],
      shutdown: 5_000,
      env: { LEVEL: 'debug', A: '1', B: '2' },
      logs: { keep: 9, maxBytes: 1024 ** 2 },
    });
    expect(root.children[0]).not.toHaveProperty('env.GONE');
    expect(root.children[1]).toMatchObject({ intensity: 1, children: [{ name: 'api', command: ['node', '--inspect', 'api.js'] }] });
    expect(root.children[1]).toHaveProperty('children.length', 1);
  });

  it('has its paths relative to the file they stand in, and runs in the folder of the main one', async () => {
    const { root, folder: main } = await load({
      'base/.env': 'FROM=base\n',
      'base/portsup.yaml': 'env_file: .env\nservices:\n  a: { command: x, cwd: a }\n  b: { command: x, env: { KEY: { file: key } } }\n',
      'portsup.yaml': 'extends: [base/portsup.yaml]\nservices:\n  b: { cwd: b }\n  c: { command: x, logs: { file: c.log } }\n',
    });
    expect(main).toBe(folder.path);
    expect(root.children).toMatchObject([
      { cwd: at('base/a'), env: { FROM: 'base' } },
      { cwd: at('b'), envFiles: { KEY: at('base/key') } },
      { cwd: folder.path, logs: { file: at('c.log') } },
    ]);
  });

  it('has what is watched where it was named, also if a layer above ignores something of it', async () => {
    const { root } = await load({
      'base/portsup.yaml': 'services: { a: { command: x, watch: { paths: [src] } } }\n',
      'portsup.yaml': 'extends: base/portsup.yaml\nservices: { a: { watch: { ignore: ["*.tmp"] } } }\n',
    });
    expect(root.children).toMatchObject([{ watch: { paths: [at('base/src')], ignore: ['*.tmp'] } }]);
  });

  it('that extends itself through a link, or a hundred others, is refused, and no file is read twice', async () => {
    const files = Object.fromEntries(
      Array.from({ length: 14 }, (_none, index) => [`l${index}.yaml`, `extends: [l${index + 1}.yaml, l${index + 1}.yaml]\n`]),
    );
    expect(await failure({ ...files, 'l14.yaml': 'services: { a: { command: x } }\n' }, { file: 'l0.yaml' })).toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringContaining('more than 100'),
    });
    folder.dispose();
    folder = configFolder({ 's.yaml': 'extends: sub/s.yaml\nservices: { a: { command: x } }\n' });
    symlinkSync('.', at('sub'));
    await expect(loadConfig({ cwd: folder.path, file: 's.yaml' })).rejects.toMatchObject({ message: 's.yaml has a problem' });
  });

  it('may be several with -f, each over those before, in any format, extending others in turn', async () => {
    const files = {
      'one.yaml': 'extends: deep/zero.json\nservices: { a: { shutdown: 1s } }\n',
      'deep/zero.json': '{ "services": { "a": { "command": "zero", "stop_signal": "INT" } } }',
      'two.mjs': `export default { name: 'two', services: { a: { command: ['two', '\${X:-x}'] } } };`,
    };
    const { app, file, root } = await load(files, { file: ['one.yaml', 'two.mjs'] });
    expect({ app, file }).toEqual({ app: 'two', file: at('one.yaml') });
    expect(root.children).toMatchObject([{ command: ['two', 'x'], shutdown: 1_000, stopSignal: 'SIGINT' }]);
  });

  it('has its problems told with the file that they are in', async () => {
    const files = {
      'base.yaml': 'intensity: -1\nperiod: 0\nservices:\n  a: { command: x, comand: y }\n',
      'portsup.yaml': 'extends: base.yaml\nservices:\n  b: {}\n  a: { restart: never }\nperiod: 5s\n',
    };
    expect(await lines(files)).toEqual([
      'portsup.yaml:3:3: services.b.command: missing, expected a command line, or a list of texts and numbers',
      'portsup.yaml:4:17: services.a.restart: found "never", expected permanent, transient or temporary',
      'base.yaml:1:12: intensity: found -1, expected an integer, 0 or more',
      'base.yaml:4:20: services.a.comand: unknown key; did you mean "command"?',
    ]);
  });

  it('refuses what it extends if that is not there, is itself, or no path; and says a file with bad syntax by its name', async () => {
    expect((await lines({ 'portsup.yaml': 'extends: [none.yaml, 3]\nservices: { a: { command: x } }\n' })).join('\n')).toMatch(
      /portsup\.yaml:1:10: extends: found a list[^]*portsup\.yaml:1:11: extends\[0\]: found "none.yaml", which is not there, expected the path/,
    );
    const circle = { 'portsup.yaml': 'extends: b.yaml\nservices: { a: { command: x } }\n', 'b.yaml': 'extends: portsup.yaml\n' };
    expect((await lines(circle)).join('\n')).toMatch(/^b\.yaml:1:10: extends: found "portsup.yaml", which extends this file itself/m);
    expect(await lines({ 'portsup.yaml': 'extends: b.yaml\n', 'b.yaml': 'a: [\n' })).toEqual([expect.stringMatching(/^b\.yaml:/)]);
    expect((await lines({ 'portsup.yaml': 'services: { a: { command: x, extends: b } }\n' })).join()).toMatch(/only the top level has it/);
  });
});

describe('profiles', () => {
  const files = {
    'portsup.yaml': `services:
  web: { command: x }
  debug: { command: y, profiles: [dev, test] }
  tools:
    profiles: [dev]
    services:
      mail: { command: z }
      seed: { command: z, profiles: [test] }
  empty: { services: { only: { command: z, profiles: [test] } } }
`,
  };
  const names = async (...profiles: readonly string[]): Promise<string> => {
    const { root } = await load(files, { profiles });
    const name = (child: (typeof root)['children'][number]): string =>
      child.kind === 'service' ? child.name : `${child.name}(${child.children.map(name).join(' ')})`;
    return root.children.map(name).join(' ');
  };

  it('are asked for; without one a service is always there', async () => {
    expect(await names()).toBe('web');
    expect(await names('dev')).toBe('web debug tools(mail)');
    expect(await names('test')).toBe('web debug empty(only)');
    expect(await names('test', 'dev')).toBe('web debug tools(mail seed) empty(only)');
  });

  it('that nothing has are refused, and so is a configuration of which nothing is there', async () => {
    expect(await failure(files, { profiles: ['deb'] })).toMatchObject({ code: 'USAGE', hint: 'did you mean "dev"?' });
    expect(await failure({ 'portsup.yaml': 'services: { a: { command: x, profiles: [p] } }' })).toMatchObject({
      code: 'CONFIG_INVALID',
      hint: 'ask for one: --profile p',
    });
    expect((await lines({ 'portsup.yaml': 'services: { a: { command: x, profiles: [] } }' })).join()).toMatch(
      /profiles: found an empty list/,
    );
    const pool = 'services: { p: { strategy: simple_one_for_one, template: { command: x, profiles: [a] } } }';
    expect((await lines({ 'portsup.yaml': pool })).join()).toMatch(/template\.profiles/);
  });

  it('do not spare a service that is not there its mistakes', async () => {
    expect(await lines({ 'portsup.yaml': 'services:\n  a: { command: x }\n  b: { comand: x, profiles: [p] }\n' })).toHaveLength(1);
  });
});
