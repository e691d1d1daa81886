import { chmodSync, existsSync, mkdirSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeFolder, namesIn } from '../../src/base/folders.js';
import { configFolder } from '../helpers/config-folder.js';

let folder: ReturnType<typeof configFolder>;

beforeEach(() => {
  folder = configFolder({ file: '' });
});
afterEach(() => {
  folder.dispose();
});

const at = (...parts: readonly string[]): string => join(folder.path, ...parts);
const modeOf = (path: string): number => statSync(path).mode & 0o777;

describe('making a folder', () => {
  it('makes what is missing above it too, each for us alone', () => {
    makeFolder(at('a', 'b', 'c'));
    expect(['a', 'a/b', 'a/b/c'].map((path) => modeOf(at(path)))).toEqual([0o700, 0o700, 0o700]);
    makeFolder(at('open'), 0o750);
    expect(modeOf(at('open'))).toBe(0o750);
  });

  it('leaves one that is there as it is, also behind a symbolic link', () => {
    mkdirSync(at('there'));
    chmodSync(at('there'), 0o711);
    symlinkSync('there', at('link'));
    makeFolder(at('there'));
    makeFolder(at('link'));
    makeFolder(`${at('link')}/`);
    makeFolder('/');
    makeFolder('.');
    expect(modeOf(at('there'))).toBe(0o711);
  });

  it.each([
    ['a file is in its place', 'file', 'EEXIST'],
    ['a file is above it', 'file/a/b', 'ENOTDIR'],
    ['a link to nowhere is in its place', 'nowhere', 'EEXIST'],
  ])('fails when %s', (_what, path, code) => {
    symlinkSync('not-there', at('nowhere'));
    expect(() => makeFolder(at(path))).toThrow(expect.objectContaining({ code }));
    expect(existsSync(at('not-there'))).toBe(false);
  });

  it.skipIf(process.platform !== 'linux')('ends with ENOENT where the folder above is there and nothing can be made in it', () => {
    for (const path of ['/proc/portsup', '/proc/portsup/run/fifo'])
      expect(() => makeFolder(path)).toThrow(expect.objectContaining({ code: 'ENOENT' }));
  });

  it('makes it again when it has been removed', () => {
    makeFolder(at('a', 'b'));
    rmSync(at('a'), { recursive: true });
    makeFolder(at('a', 'b'));
    writeFileSync(at('a', 'b', 'x'), '');
    expect(modeOf(at('a', 'b'))).toBe(0o700);
  });
});

describe('the names in a folder', () => {
  it('are all of them, and none of a folder that is not there', () => {
    makeFolder(at('a', 'b'));
    writeFileSync(at('a', 'x'), '');
    expect([...namesIn(at('a'))].sort()).toEqual(['b', 'x']);
    expect(namesIn(at('missing'))).toEqual([]);
    expect(() => namesIn(at('a', 'x'))).toThrow(expect.objectContaining({ code: 'ENOTDIR' }));
  });
});
