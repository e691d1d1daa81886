/** Watching real files: what is told, and that nothing is lost whatever becomes of the folders. */
import { execFileSync } from 'node:child_process';
import { EventEmitter } from 'node:events';
import {
  type Dirent,
  type FSWatcher,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/base/system-clock.js';
import { FolderWatch, type FolderWatchOptions } from '../../src/daemon/triggers/folder-watch.js';
import { IgnoreRules } from '../../src/daemon/triggers/ignore-rules.js';
import { manualClock } from '../helpers/manual-clock.js';
import { until } from '../helpers/until.js';

let folder: string;
let watch: FolderWatch | undefined;
let told: (readonly string[])[];

beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'portsup-watch-')));
  told = [];
});

afterEach(() => {
  watch?.close();
  watch = undefined;
  rmSync(folder, { recursive: true, force: true });
});

function write(...names: readonly string[]): void {
  for (const name of names) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), `${Math.random()}`);
  }
}

interface Watched extends Partial<Pick<FolderWatchOptions, 'watchFolder' | 'readFolder' | 'clock' | 'onTrouble'>> {
  readonly ignore?: readonly string[];
  readonly never?: readonly string[];
}

async function watching(paths: readonly string[], { ignore = [], never = [], ...options }: Watched = {}): Promise<FolderWatch> {
  watch = new FolderWatch({
    paths: paths.map((path) => join(folder, path)),
    rules: new IgnoreRules({ folder, patterns: ignore, never: never.map((path) => join(folder, path)) }),
    clock: systemClock,
    onChange: (files) => told.push(files.map((file) => relative(folder, file))),
    onTrouble: (error) => {
      expect(error).toBeNull();
    },
    ...options,
  });
  await watch.begin();
  return watch;
}

/** The next change that is told. */
const next = (): Promise<readonly string[]> => until('a change is told', () => told.shift());

/** Nothing of what was done so far is told: the change of this file, which comes after it, is told alone. */
async function nothingBut(name: string): Promise<void> {
  write(name);
  expect(await next()).toEqual([name]);
  expect(told).toEqual([]);
}

describe('a watch', () => {
  it('tells of files that are written, made and removed, at any depth, together once it is quiet', async () => {
    write('src/a.js', 'src/deep/er/b.js');
    await watching(['src']);
    write('src/a.js', 'src/deep/er/b.js', 'src/new/folder/c.js');
    rmSync(join(folder, 'src/a.js'));
    expect(await next()).toEqual(['src/a.js', 'src/deep/er/b.js', 'src/new/folder/c.js']);
    write('src/new/folder/c.js');
    expect(await next()).toEqual(['src/new/folder/c.js']);
  });

  it('is not lost when files are saved by a rename, which is told of the file alone', async () => {
    write('src/a.js');
    await watching(['src']);
    for (let time = 0; time < 3; time += 1) {
      write('src/a.js.tmp123');
      renameSync(join(folder, 'src/a.js.tmp123'), join(folder, 'src/a.js'));
      expect(await next()).toEqual(['src/a.js']);
    }
  });

  it('takes a single file, also one that is replaced, removed and made again', async () => {
    write('conf/.env', 'conf/other');
    await watching(['conf/.env']);
    write('conf/other');
    await nothingBut('conf/.env');
    write('conf/.env.new');
    renameSync(join(folder, 'conf/.env.new'), join(folder, 'conf/.env'));
    expect(await next()).toEqual(['conf/.env']);
    rmSync(join(folder, 'conf/.env'));
    expect(await next()).toEqual(['conf/.env']);
    await nothingBut('conf/.env');
  });

  it('waits for what is not there yet, however much of the way is missing', async () => {
    await watching(['far/away/src', 'later.conf']);
    mkdirSync(join(folder, 'far'));
    await nothingBut('later.conf');
    write('far/away/src/a.js');
    expect(await next()).toEqual(['far/away/src/a.js']);
    await nothingBut('far/away/src/a.js');
  });

  it('goes on in folders that are removed and made anew, moved, and swapped: also in the one that is named', async () => {
    write('src/in/a.js', 'src/b.js');
    const { size } = await watching(['src']);
    rmSync(join(folder, 'src/in'), { recursive: true });
    write('src/in/a.js');
    expect(await next()).toEqual(['src/in/a.js']);
    await nothingBut('src/in/a.js');
    renameSync(join(folder, 'src/in'), join(folder, 'src/out'));
    expect(await next()).toEqual(['src/in/a.js', 'src/out/a.js']);
    await nothingBut('src/out/a.js');
    rmSync(join(folder, 'src'), { recursive: true });
    expect(await next()).toEqual(['src/b.js', 'src/out/a.js']);
    write('src/b.js');
    expect(await next()).toEqual(['src/b.js']);
    write('fresh/b.js');
    renameSync(join(folder, 'src'), join(folder, 'old'));
    renameSync(join(folder, 'fresh'), join(folder, 'src'));
    expect(await next()).toEqual(['src/b.js']);
    await nothingBut('src/b.js');
    rmSync(folder, { recursive: true });
    expect(await next()).toEqual(['src/b.js']);
    write('src/in/c.js');
    expect(await next()).toEqual(['src/in/c.js']);
    await nothingBut('src/in/c.js');
    expect(watch?.size).toBe(size);
  });

  it('tells nothing of what editors, git and programs do beside the files, nor of reading, nor of temporary files', async () => {
    write('src/a.js', 'src/.git/HEAD', 'src/node_modules/x/index.js');
    await watching(['src']);
    write(
      'src/.a.js.swp',
      'src/a.js~',
      'src/#a.js#',
      'src/.#a.js',
      'src/a.js___jb_tmp___',
      'src/.git/index',
      'src/node_modules/x/index.js',
    );
    write('src/4913', 'src/lock.tmp');
    rmSync(join(folder, 'src/4913'));
    rmSync(join(folder, 'src/lock.tmp'));
    mkdirSync(join(folder, 'src/empty'));
    readFileSync(join(folder, 'src/a.js'));
    utimesSync(join(folder, 'src'), 1, 1);
    await nothingBut('src/a.js');
  });

  it('follows no link below what is named, but the one that is named', async () => {
    write('elsewhere/a.js', 'src/b.js');
    symlinkSync(join(folder, 'elsewhere'), join(folder, 'src/link'));
    symlinkSync(join(folder, 'src'), join(folder, 'named'));
    await watching(['named']);
    write('elsewhere/a.js', 'src/b.js');
    expect(await next()).toEqual(['named/b.js']);
    expect(told).toEqual([]);
  });

  it('takes one watch of the kernel for each folder and one for each name, none for files', async () => {
    write(...Array.from({ length: 300 }, (_, index) => `src/d${index % 3}/f${index}`));
    expect((await watching(['src', 'src/d0/f0'])).size).toBe(4 + 2);
  });
});

describe('what is ignored', () => {
  it('is what .gitignore files say, the inner one last, from the repository down; also what they say from now on', async () => {
    write('.git/HEAD', 'app/src/a.js');
    writeFileSync(join(folder, '.gitignore'), '*.log\n/app/build/\n');
    writeFileSync(join(folder, 'app/src/.gitignore'), '!keep.log\ngenerated\n');
    await watching(['app']);
    write('app/x.log', 'app/src/y.log', 'app/build/o.js', 'app/src/generated/g.js');
    await nothingBut('app/src/keep.log');
    writeFileSync(join(folder, 'app/src/.gitignore'), 'a.js\n');
    expect(await next()).toEqual(['app/src/.gitignore']);
    write('app/src/a.js');
    await nothingBut('app/src/generated/g.js');
  });

  it('is not what is named itself, though a .gitignore says so', async () => {
    write('dist/a.js', 'src/b.js');
    writeFileSync(join(folder, '.gitignore'), 'dist\n');
    await watching(['dist', 'src']);
    await nothingBut('dist/a.js');
  });

  it('is what the configuration says in the same manner, and files of portsup’s own', async () => {
    write('src/a.js', 'src/state/x', 'src/web.log', 'src/home/y');
    await watching(['src'], { ignore: ['src/state', '*.test.js'], never: ['src/web.log', 'src/home'] });
    write('src/state/x', 'src/b.test.js', 'src/web.log', 'src/web.log.1', 'src/home/y');
    await nothingBut('src/a.js');
  });

  it('takes named pipes and giants for none, and is held up by none of them', async () => {
    write('src/a.js', 'src/giant/b.js', 'src/repository/c.js', 'src/submodule/d.js');
    writeFileSync(join(folder, '.gitignore'), 'src/submodule/d.js\n');
    writeFileSync(join(folder, 'src/giant/.gitignore'), `b.js\n${'#'.repeat(1024 * 1024)}`);
    mkdirSync(join(folder, 'src/repository/.git'));
    execFileSync('mkfifo', ['.gitignore', 'repository/.git/HEAD', 'submodule/.git'], { cwd: join(folder, 'src') });
    await watching(['src', 'src/repository/c.js', 'src/submodule/e.js']);
    await nothingBut('src/a.js');
    await nothingBut('src/giant/b.js');
    write('src/submodule/d.js');
    await nothingBut('src/repository/c.js');
  }, 10_000);

  it('is found without a repository from the configuration’s folder on only', () => {
    write('app/src/a.js');
    writeFileSync(join(folder, '.gitignore'), 'a.js\n');
    const rules = new IgnoreRules({ folder: join(folder, 'app'), patterns: [], never: [] });
    expect(rules.above(join(folder, 'app/src'))).toEqual([]);
  });
});

describe('a system that is short of something', () => {
  it('cannot open a folder to read it: that is trouble, too, and what is in it is watched when it can again', async () => {
    write('src/in/deep/a.js');
    const clock = manualClock();
    const trouble: unknown[] = [];
    let short: string | undefined = 'EMFILE';
    const read = async (path: string): Promise<readonly Dirent[]> => {
      if (short !== undefined && path.endsWith('/in')) throw Object.assign(new Error('too many open files'), { code: short });
      return readdir(path, { withFileTypes: true });
    };
    const { size } = await watching(['src'], { clock, readFolder: read, onTrouble: (error) => trouble.push(error) });
    expect(trouble).toMatchObject([{ code: 'EMFILE' }]);
    short = 'ENFILE';
    clock.pass(10_000);
    await until('it was tried again', () => trouble.length === 2);
    expect(trouble.at(-1)).toMatchObject({ code: 'ENFILE' });
    short = undefined;
    await until('the second try is done', () => clock.nextInMs() !== null);
    clock.pass(10_000);
    await until('it is over', () => trouble.at(-1) === null);
    expect(watch?.size).toBe(size + 1);
  });

  it('but a folder that is not for us to read is none', async () => {
    write('src/in/a.js');
    const denied = async (path: string): Promise<readonly Dirent[]> => {
      if (path.endsWith('/in')) throw Object.assign(new Error('permission denied'), { code: 'EACCES' });
      return readdir(path, { withFileTypes: true });
    };
    await watching(['src'], { readFolder: denied });
    write('src/b.js');
    expect(await next()).toEqual(['src/b.js']);
  });

  it('tells of nothing any more when it is closed while a folder is being read', async () => {
    write('src/in/a.js');
    const clock = manualClock();
    const trouble: unknown[] = [];
    const closing = async (path: string): Promise<readonly Dirent[]> => {
      if (!path.endsWith('/in')) return readdir(path, { withFileTypes: true });
      watch?.close();
      throw Object.assign(new Error('too many open files'), { code: 'EMFILE' });
    };
    await watching(['src'], { clock, readFolder: closing, onTrouble: (error) => trouble.push(error) });
    expect([trouble, clock.nextInMs()]).toEqual([[], null]);
  });

  it('has no watch left: that is told as trouble, tried again every ten seconds, and told as over', async () => {
    write('src/a.js', 'src/in/b.js');
    const clock = manualClock();
    const trouble: unknown[] = [];
    let isShort = true;
    const open = new Set<string>();
    const fake = (path: string): FSWatcher => {
      if (isShort && path.endsWith('/in')) throw Object.assign(new Error('ENOSPC: no watch left'), { code: 'ENOSPC' });
      open.add(path);
      return Object.assign(new EventEmitter(), {
        close: () => open.delete(path),
        ref: () => fake(path),
        unref: () => fake(path),
      });
    };
    await watching(['src'], { clock, watchFolder: fake, onTrouble: (error) => trouble.push(error) });
    expect(trouble).toMatchObject([{ code: 'ENOSPC' }]);
    clock.pass(10_000);
    await until('it was tried again', () => trouble.length === 2);
    expect(trouble).toMatchObject([{ code: 'ENOSPC' }, { code: 'ENOSPC' }]);
    isShort = false;
    await until('the second try is done', () => clock.nextInMs() !== null);
    clock.pass(10_000);
    await until('it is over', () => trouble.at(-1) === null);
    expect([...open].sort()).toEqual([folder, join(folder, 'src'), join(folder, 'src/in')]);
    watch?.close();
    expect([...open]).toEqual([]);
  });
});
