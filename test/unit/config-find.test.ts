import { chmodSync, chownSync, mkdirSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import { PortsupError } from '../../src/base/errors.js';
import { findConfig } from '../../src/config/find.js';
import { loadConfig } from '../../src/config/load.js';
import { type ConfigFolder, configFolder } from '../helpers/config-folder.js';

let folder: ConfigFolder | undefined;
const files = (content: Readonly<Record<string, string>>): string => {
  folder?.dispose();
  folder = configFolder(content);
  return folder.path;
};
afterEach(() => {
  folder?.dispose();
});

describe('finding a configuration', () => {
  it('prefers YAML to JSON to programs in one folder', () => {
    const path = files({ 'portsup.config.js': '', 'portsup.json': '', 'portsup.yml': '', 'portsup.yaml': '' });
    expect(findConfig(path)).toBe(`${path}/portsup.yaml`);
  });

  it('takes the nearest folder above before a preferred name further up', () => {
    const path = files({ 'portsup.yaml': '', 'a/portsup.config.js': '', 'a/b/c/x': '' });
    expect(findConfig(`${path}/a/b/c`)).toBe(`${path}/a/portsup.config.js`);
  });

  it('passes over a folder of that name', () => {
    const path = files({ 'portsup.yml': '' });
    mkdirSync(`${path}/portsup.yaml`);
    expect(findConfig(path)).toBe(`${path}/portsup.yml`);
  });

  it('finds nothing where there is nothing', () => {
    expect(findConfig(files({ x: '' }))).toBeUndefined();
  });

  it('takes a named file of any name, relative to the current folder', () => {
    const path = files({ 'conf/other.yaml': '' });
    expect(findConfig(path, 'conf/other.yaml')).toBe(`${path}/conf/other.yaml`);
  });

  it.each([
    ['nope.yaml', 'no configuration at'],
    ['conf', 'is a folder'],
    ['conf/other.yaml/below', 'no configuration at'],
  ])('refuses -f %s', (name, message) => {
    const path = files({ 'conf/other.yaml': '' });
    expect(() => findConfig(path, name)).toThrow(
      expect.objectContaining({ code: 'CONFIG_MISSING', message: expect.stringContaining(message) }),
    );
  });

  // Only root can give a file to somebody else.
  it.skipIf(process.getuid?.() !== 0)('leaves alone what somebody else put above us into a folder for everybody', () => {
    const path = files({ 'shared/portsup.yaml': '', 'shared/mine/x': '' });
    chownSync(`${path}/shared/portsup.yaml`, 65_534, 65_534);
    expect(findConfig(`${path}/shared/mine`)).toBe(`${path}/shared/portsup.yaml`);
    chmodSync(`${path}/shared`, 0o1777);
    expect(findConfig(`${path}/shared/mine`)).toBeUndefined();
    expect(findConfig(`${path}/shared`)).toBe(`${path}/shared/portsup.yaml`);
  });

  it('says what to do when there is none', async () => {
    const path = files({ x: '' });
    const error: unknown = await loadConfig({ cwd: path }).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(PortsupError);
    expect(error).toMatchObject({ code: 'CONFIG_MISSING', hint: 'create portsup.yaml, or name a file with -f' });
  });
});
