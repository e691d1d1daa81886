import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { homeLayout } from '../../src/base/home.js';
import { grammar } from '../../src/cli/command-list.js';
import { type NamedKind, type Surroundings, surroundingsOf } from '../../src/cli/completion/surroundings.js';
import { readUnfinished } from '../../src/cli/completion/unfinished.js';
import { makeTestFolder, removeTestFolder } from '../helpers/run.js';

const folder = makeTestFolder();
/** There is no daemon in it. */
const layout = homeLayout({ env: { PORTSUP_HOME: join(folder, 'home') }, userHome: folder, isOurFolder: () => false });

beforeAll(() => {
  mkdirSync(join(folder, 'shop'));
  mkdirSync(join(folder, 'program'));
  writeFileSync(join(folder, 'shop/portsup.yaml'), 'name: shop\nservices:\n  web: { command: x, profiles: [dev] }\n  db: { command: x }\n');
  writeFileSync(join(folder, 'shop/more.yaml'), 'name: more\nservices:\n  web: { profiles: [test] }\n  db: null\n  mail: { command: x }\n');
  writeFileSync(join(folder, 'program/portsup.config.js'), 'process.exit(7);\n');
});
afterAll(() => removeTestFolder(folder));

function surroundings(kind: NamedKind, line: string, place: string): Promise<Surroundings> {
  return surroundingsOf(readUnfinished(line.split(' '), grammar), kind, {
    layout,
    cwd: join(folder, place),
    signal: new AbortController().signal,
  });
}

describe('what can be named where no daemon runs', () => {
  it('is what the configuration of the folder declares, or that of -f', async () => {
    const declared = {
      places: [
        { app: 'shop', path: '', text: 'in portsup.yaml' },
        { app: 'shop', path: 'web', text: 'in portsup.yaml' },
        { app: 'shop', path: 'db', text: 'in portsup.yaml' },
      ],
      home: 'shop',
      profiles: ['dev'],
    };
    expect(await surroundings('name', 'stop', 'shop')).toEqual(declared);
    expect(await surroundings('application', '', 'shop')).toEqual(declared);
    expect(await surroundings('name', '-f ../shop/portsup.yaml stop', 'program')).toEqual(declared);
  });

  it('is of several files what they come to: later ones are laid over earlier ones', async () => {
    const { places, home, profiles } = await surroundings('profile', '-f portsup.yaml -f more.yaml up', 'shop');
    expect(places.map(({ app, path, text }) => `${app} ${path} ${text}`)).toEqual([
      'more  in portsup.yaml',
      'more web in more.yaml',
      'more mail in more.yaml',
    ]);
    expect(home).toBe('more');
    expect(profiles).toEqual(['test']);
  });

  it.each(['-f nowhere.yaml stop', '-f .. stop', 'up'])('is nothing for "%s" where nothing can be read', async (line) => {
    expect(await surroundings('name', line, 'program')).toEqual({ places: [], home: undefined, profiles: [] });
  });
});
