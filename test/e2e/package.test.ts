import { execFile } from 'node:child_process';
import { copyFileSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type TestHome, temporaryHome } from '../helpers/home.js';
import { processesWith } from '../helpers/processes.js';

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
    expect(JSON.parse(stdout)).toEqual(['ActionError', 'PortsupClient', 'PortsupError', 'defineConfig']);
  });

  it.each([
    ['nodenext', 'nodenext', []],
    ['node16', 'node16', []],
    ['esnext', 'bundler', []],
    // With the platform's own AbortSignal, as most programs have it.
    ['nodenext', 'nodenext', ['node']],
  ])('declares its types with nothing that is not installed with it: %s, %s, with types %j', async (module, moduleResolution, types) => {
    copyFileSync(join(root, 'test/fixtures/library-types/uses.mts'), home.path('project', 'uses.mts'));
    const strict = { strict: true, exactOptionalPropertyTypes: true, noUncheckedIndexedAccess: true, skipLibCheck: false, noEmit: true };
    const place = { target: 'es2023', lib: ['es2023'], module, moduleResolution, types, typeRoots: [join(root, 'node_modules/@types')] };
    writeFileSync(home.path('project', 'tsconfig.json'), JSON.stringify({ compilerOptions: { ...strict, ...place }, files: ['uses.mts'] }));
    await compile();
  });

  it('takes the signal that a platform has', async () => {
    const uses = "import { PortsupClient } from 'portsup';\nvoid new PortsupClient().ps({ signal: new AbortController().signal });\n";
    writeFileSync(
      home.path('project', 'signal.mts'),
      `${uses}void new PortsupClient({ env: process.env }).ps({ signal: AbortSignal.timeout(5) });\n`,
    );
    const options = { strict: true, exactOptionalPropertyTypes: true, noEmit: true, target: 'es2023', module: 'nodenext', types: ['node'] };
    const typeRoots = [join(root, 'node_modules/@types')];
    writeFileSync(
      home.path('project', 'tsconfig.json'),
      JSON.stringify({ compilerOptions: { ...options, typeRoots }, files: ['signal.mts'] }),
    );
    await compile();
    writeFileSync(home.path('project', 'dom.mts'), uses);
    const dom = { ...options, types: [], lib: ['es2023', 'dom'] };
    writeFileSync(home.path('project', 'tsconfig.json'), JSON.stringify({ compilerOptions: dom, files: ['dom.mts'] }));
    await compile();
  });

  it('runs the example of README as it stands there', async () => {
    const readme = readFileSync(join(root, 'README.md'), 'utf8');
    const section = readme.split('\n## As a library\n')[1]?.split('\n## ')[0] ?? '';
    const [, example = ''] = /```js\n([^]*?)```/.exec(section) ?? [];
    const [, output = ''] = /```console\n\$ node example\.mjs\n([^]*?)```/.exec(section) ?? [];
    expect(example).toContain("from 'portsup'");
    writeFileSync(home.path('project', 'example.mjs'), example);
    const { stdout, stderr } = await run(process.execPath, ['example.mjs'], { env: home.env, cwd: home.path('project'), timeout: 20_000 });
    expect({ stdout, stderr }).toEqual({ stdout: output, stderr: '' });
    expect(processesWith(home.home)).toEqual([]);
  });

  /** Compiles the project; a mistake is in the error, with what the compiler says. */
  async function compile(): Promise<void> {
    const project = home.path('project', 'tsconfig.json');
    const said = await run(join(root, 'node_modules/.bin/tsc'), ['-p', project]).catch((error: { readonly stdout: string }) => error);
    expect(said.stdout).toBe('');
  }
});
