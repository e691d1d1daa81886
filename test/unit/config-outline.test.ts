import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { outlineOf } from '../../src/config/outline.js';
import { makeTestFolder, removeTestFolder } from '../helpers/run.js';

const folder = makeTestFolder();
afterAll(() => removeTestFolder(folder));

let count = 0;

/** What an outline says, with paths apart from the names of their files. */
interface Outlined {
  readonly app: string;
  readonly paths: readonly string[];
  readonly profiles: readonly string[];
}

/** The outline of the first of these files, or of these of them, in a folder of their own. */
async function outlined(files: Readonly<Record<string, string>>, named = Object.keys(files).slice(0, 1)): Promise<Outlined | undefined> {
  count += 1;
  const own = join(folder, `shop${count}`);
  mkdirSync(own);
  for (const [name, text] of Object.entries(files)) writeFileSync(join(own, name), text);
  const outline = await outlineOf((named.length === 0 ? [''] : named).map((name) => join(own, name)));
  if (outline === undefined) return undefined;
  const { app, places, profiles } = outline;
  return { app, paths: places.map(({ path, file }) => `${path} ${basename(file)}`), profiles };
}

/** The paths alone. */
async function pathsOf(files: Readonly<Record<string, string>>): Promise<readonly string[] | undefined> {
  return (await outlined(files))?.paths.map((path) => path.split(' ')[0] ?? '');
}

const TREE = 'services:\n  web: { command: x }\n  backend:\n    services:\n      db: { command: x }\n';

describe('the outline of a configuration', () => {
  it('has the name, or that of the folder, and the paths in order', async () => {
    expect(await outlined({ 'portsup.yaml': `name: shop\n${TREE}` })).toEqual({
      app: 'shop',
      paths: ['web portsup.yaml', 'backend portsup.yaml', 'backend/db portsup.yaml'],
      profiles: [],
    });
    expect((await outlined({ 'portsup.yaml': TREE }))?.app).toBe(`shop${count}`);
  });

  it('is the same of JSON, and of YAML that needs the full reader', async () => {
    expect(await pathsOf({ 'portsup.json': '{"services": {"web": {"command": "x"}}}' })).toEqual(['web']);
    const full = 'x: &x { command: "a \\" b" }\nservices:\n  web: *x\n  db: { <<: *x }\n';
    expect(await pathsOf({ 'portsup.yml': full })).toEqual(['web', 'db']);
  });

  it('needs no configuration without mistakes', async () => {
    expect(await pathsOf({ 'portsup.yaml': 'strategy: nonsense\nservices:\n  web: { comand: x }\n  9: {}\n  db:\n' })).toEqual([
      'web',
      'db',
    ]);
  });

  it('collects profiles, and what is extended', async () => {
    const files = {
      'portsup.yaml': 'extends: base.yaml\nservices:\n  web: { command: x, profiles: [dev, test] }\n',
      'base.yaml': 'extends: portsup.yaml\nname: base\nservices:\n  db: { command: x, profiles: [dev] }\n',
    };
    expect(await outlined(files)).toEqual({
      app: 'base',
      paths: ['db base.yaml', 'web portsup.yaml'],
      profiles: ['dev', 'test'],
    });
  });

  it('merges as loading does: every file of a list, nested supervisors, lists replaced, null takes away', async () => {
    const files = {
      'portsup.yaml':
        'extends: [one.yaml, two.yaml, nowhere.yaml]\nservices:\n  db:\n  all: { services: { b: null, c: { command: x } } }\n',
      'one.yaml': 'name: one\nservices:\n  db: { command: x, profiles: [gone] }\n  web: { command: x, profiles: [dev] }\n',
      'two.yaml': 'name: two\nservices:\n  web: { profiles: [test] }\n  all: { services: { a: { command: x }, b: { command: x } } }\n',
    };
    expect(await outlined(files)).toEqual({
      app: 'two',
      paths: ['web two.yaml', 'all portsup.yaml', 'all/a two.yaml', 'all/c portsup.yaml'],
      profiles: ['test'],
    });
    expect((await outlined(files, ['one.yaml', 'two.yaml']))?.app).toBe('two');
    expect((await outlined({ ...files, 'two.yaml': 'services: [' }, ['two.yaml', 'one.yaml']))?.app).toBe('one');
  });

  it.each([
    ['a program', { 'portsup.config.js': 'throw new Error("run")' }],
    ['no mapping', { 'portsup.yaml': '- a\n- b\n' }],
    ['no YAML', { 'portsup.yaml': 'services: [\n' }],
    ['nothing', { 'portsup.yaml': '' }],
    ['no file', {}],
  ])('of %s is not there', async (_what, files: Readonly<Record<string, string>>) => {
    expect(await outlined(files)).toBeUndefined();
  });

  it('of a FIFO is not there, and not waited for', async () => {
    const fifo = join(folder, 'fifo.yaml');
    execFileSync('mkfifo', [fifo]);
    expect(await outlineOf([fifo])).toBeUndefined();
  });
});
