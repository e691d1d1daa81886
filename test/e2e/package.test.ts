import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type TestHome, temporaryHome } from '../helpers/home.js';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../..', import.meta.url));
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { readonly version: string };

interface Packed {
  readonly filename: string;
  readonly files: readonly { readonly path: string }[];
}

/** npm needs its own settings (registry, cache, proxy), so it gets the whole environment and not a home's clean one. */
async function pack(into: string): Promise<Packed> {
  // Scripts would build a second time; the build before the tests is the one to pack.
  const { stdout } = await run('npm', ['pack', '--ignore-scripts', '--json', '--pack-destination', into], { cwd: root });
  const [packed] = JSON.parse(stdout) as readonly Packed[];
  if (packed === undefined) throw new Error('npm pack told of no package');
  return packed;
}

describe('the packed package', () => {
  let home: TestHome;
  let files: readonly string[] = [];

  beforeAll(async () => {
    home = temporaryHome();
    const packed = await pack(home.home);
    files = packed.files.map(({ path }) => path);
    const flags = ['--global', '--prefix', home.path('prefix'), '--prefer-offline', '--no-audit', '--no-fund'];
    await run('npm', ['install', ...flags, home.path(packed.filename)], { cwd: home.home });
    mkdirSync(home.path('project', 'node_modules'), { recursive: true });
    symlinkSync(home.path('prefix', 'lib', 'node_modules', 'portsup'), home.path('project', 'node_modules', 'portsup'));
  }, 120_000);

  afterAll(async () => {
    await home.dispose();
  });

  it('gives a working portsup when installed globally', async () => {
    const { stdout } = await run(home.path('prefix', 'bin', 'portsup'), ['--version'], { env: home.env, cwd: home.home });
    expect(stdout.trim()).toBe(version);
  });

  it('holds what is run and read, and no sources, tests or tools', () => {
    const tops = new Set(files.map((path) => path.split('/')[0]));
    expect(tops).toEqual(new Set(['CHANGELOG.md', 'LICENSE', 'README.md', 'bin', 'dist', 'package.json']));
    expect(files).toEqual(expect.arrayContaining(['dist/index.d.ts', 'dist/THIRD-PARTY-LICENSES.txt']));
  });

  it('can be imported by its name, with what a configuration and a client need', async () => {
    const script = "import('portsup').then((library) => console.log(JSON.stringify(Object.keys(library))))";
    const { stdout } = await run(process.execPath, ['-e', script], { env: home.env, cwd: home.path('project') });
    expect(JSON.parse(stdout)).toEqual(['PortsupError', 'defineConfig']);
  });

  it('declares its types without anything that is not installed with it', async () => {
    writeFileSync(
      home.path('project', 'portsup.config.mts'),
      "import { defineConfig } from 'portsup';\nexport default defineConfig({ services: { web: { command: 'node web.js' } } });\n",
    );
    const flags = ['--noEmit', '--strict', '--target', 'es2023', '--module', 'nodenext', '--types', 'node'];
    const roots = ['--typeRoots', join(root, 'node_modules/@types')];
    await run(join(root, 'node_modules/.bin/tsc'), [...flags, ...roots, 'portsup.config.mts'], { cwd: home.path('project') });
  });
});
