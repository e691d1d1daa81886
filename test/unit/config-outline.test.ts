import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { type Outline, outlineOf } from '../../src/config/outline.js';
import { makeTestFolder, removeTestFolder } from '../helpers/run.js';

const folder = makeTestFolder();
afterAll(() => removeTestFolder(folder));

let count = 0;

/** The outline of the first of these files, in a folder of its own. */
function outlined(files: Readonly<Record<string, string>>): Promise<Outline | undefined> {
  count += 1;
  const own = join(folder, `shop${count}`);
  mkdirSync(own);
  for (const [name, text] of Object.entries(files)) writeFileSync(join(own, name), text);
  return outlineOf(join(own, Object.keys(files)[0] ?? ''));
}

const TREE = 'services:\n  web: { command: x }\n  backend:\n    services:\n      db: { command: x }\n';

describe('the outline of a configuration', () => {
  it('has the name, or that of the folder, and the paths in order', async () => {
    expect(await outlined({ 'portsup.yaml': `name: shop\n${TREE}` })).toEqual({
      app: 'shop',
      paths: ['web', 'backend', 'backend/db'],
      profiles: [],
    });
    expect((await outlined({ 'portsup.yaml': TREE }))?.app).toBe(`shop${count}`);
  });

  it('is the same of JSON, and of YAML that needs the full reader', async () => {
    expect((await outlined({ 'portsup.json': '{"services": {"web": {"command": "x"}}}' }))?.paths).toEqual(['web']);
    const full = 'x: &x { command: "a \\" b" }\nservices:\n  web: *x\n  db: { <<: *x }\n';
    expect((await outlined({ 'portsup.yml': full }))?.paths).toEqual(['web', 'db']);
  });

  it('needs no configuration without mistakes', async () => {
    expect((await outlined({ 'portsup.yaml': 'strategy: nonsense\nservices:\n  web: { comand: x }\n  9: {}\n  db:\n' }))?.paths).toEqual([
      'web',
      'db',
    ]);
  });

  it('collects profiles, and what is extended', async () => {
    const files = {
      'portsup.yaml': 'extends: base.yaml\nservices:\n  web: { command: x, profiles: [dev, test] }\n',
      'base.yaml': 'extends: portsup.yaml\nname: base\nservices:\n  db: { command: x, profiles: [dev] }\n',
    };
    expect(await outlined(files)).toEqual({ app: 'base', paths: ['web', 'db'], profiles: ['dev', 'test'] });
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
    expect(await outlineOf(fifo)).toBeUndefined();
  });
});
