/**
 * Builds dist/: the programs' bundles and the library, their type declarations and the licences of what is bundled.
 * With names (`node .ci/build.mjs keeper daemon`) only these bundles, for a quick try; anything else in dist/ stays.
 *
 * Everything is made in a folder of its own (.build-*) and then renamed into dist/ file by file, so a program that is
 * starting meanwhile, or a second build, always finds whole files.
 */
import { cp, mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { declareInto } from './declarations.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const dist = join(root, 'dist');

/** CommonJS has no import.meta; only where it is used, as the module costs 1 ms. */
const MODULE_URL = "const __moduleUrl=require('node:url').pathToFileURL(__filename).href;";

/**
 * The programs are one CommonJS file each: Node starts it 4 ms sooner than an ES module, 10 ms sooner than one with its
 * chunks. What is imported by `import()` stays lazy in it: read, but not run.
 */
const BUNDLES = [
  { name: 'cli', entry: 'src/cli/main.ts', format: 'cjs', banner: MODULE_URL },
  { name: 'quick', entry: 'src/cli/quick.ts', format: 'cjs' },
  { name: 'complete', entry: 'src/cli/complete.ts', format: 'cjs' },
  { name: 'daemon', entry: 'src/daemon/main.ts', format: 'cjs' },
  { name: 'keeper', entry: 'src/keeper/main.ts', format: 'cjs', banner: MODULE_URL },
  // What a program loads of the library is in parts: a configuration takes only `index`. The thread that reads configurations shares them.
  { name: 'index', entry: 'src/index.ts', format: 'esm', beside: { 'load-worker': 'src/client/load-worker.ts' } },
];

/** A module cannot `require`: of packages that have both, the ES module is taken. */
const IN_PARTS = {
  splitting: true,
  chunkNames: 'library-[hash]',
  platform: 'neutral',
  mainFields: ['module', 'main'],
  external: ['node:*'],
};

/** Machine code: it lies where npm has installed it, or is not there. */
const OPTIONAL = ['node-unix-socket'];

const DECLARATION = "export * from './types/index.js';\n";

async function main(names) {
  const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
  const settings = { version };
  const work = await mkdtemp(join(root, '.build-'));
  try {
    if (names.length > 0) {
      await allOf(chosen(names).map((bundle) => bundleInto(work, bundle, settings)));
      await publish(work);
    } else {
      const [metafiles] = await allOf([
        allOf(BUNDLES.map((bundle) => bundleInto(work, bundle, settings))),
        declareInto(join(work, 'types')),
        schemaInto(work),
        copyJiti(work),
      ]);
      await writeFile(join(work, 'index.d.ts'), DECLARATION);
      await writeFile(join(work, 'THIRD-PARTY-LICENSES.txt'), await licences(metafiles));
      await removeStale(await publish(work));
    }
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

function chosen(names) {
  const unknown = names.filter((name) => !BUNDLES.some((bundle) => bundle.name === name));
  if (unknown.length > 0)
    throw new Error(`no bundle is called ${unknown.join(', ')}; there are ${BUNDLES.map(({ name }) => name).join(', ')}`);
  return BUNDLES.filter(({ name }) => names.includes(name));
}

/** As Promise.all, but ends after the last of them even when one fails: `work` must not be removed under the others' feet. */
async function allOf(promises) {
  await Promise.allSettled(promises);
  return Promise.all(promises);
}

async function bundleInto(work, { name, entry, format, banner = '', beside = {} }, { version }) {
  const { outputFiles, metafile } = await build({
    absWorkingDir: root,
    entryPoints: { [name]: entry, ...beside },
    outdir: work,
    ...(format === 'esm' ? IN_PARTS : { platform: 'node', external: OPTIONAL }),
    outExtension: format === 'cjs' ? { '.js': '.cjs' } : {},
    banner: { js: banner },
    bundle: true,
    format,
    target: 'node20',
    plugins: [jitiBeside],
    // Identifiers keep their names: a stack in a bug report has to be readable without the map.
    minifyWhitespace: true,
    minifySyntax: true,
    sourcemap: 'linked',
    sourcesContent: false,
    legalComments: 'linked',
    define: { __PORTSUP_VERSION__: JSON.stringify(version), ...(format === 'cjs' ? { 'import.meta.url': '__moduleUrl' } : {}) },
    metafile: true,
    write: false,
    logLevel: 'warning',
  });
  await Promise.all(outputFiles.map(({ path, contents }) => writeFile(path, contents)));
  return metafile;
}

/** What editors check configurations by: made by the same code as `portsup check --schema`. */
async function schemaInto(work) {
  const { outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: ['src/config/json-schema.ts'],
    bundle: true,
    format: 'esm',
    platform: 'node',
    write: false,
  });
  const made = join(work, 'json-schema.mjs');
  await writeFile(made, outputFiles[0].contents);
  const { jsonSchema } = await import(made);
  await rm(made);
  await writeFile(join(work, 'portsup.schema.json'), `${JSON.stringify(jsonSchema(), null, 2)}\n`);
}

/** jiti loads its own files by path, so it lies beside the bundles as it is. */
const jitiBeside = {
  name: 'jiti-beside',
  setup: ({ onResolve }) => onResolve({ filter: /^jiti$/ }, () => ({ path: './jiti/lib/jiti.mjs', external: true })),
};

async function copyJiti(work) {
  for (const file of ['lib/jiti.mjs', 'lib/jiti.cjs', 'dist/jiti.cjs', 'dist/babel.cjs']) {
    await cp(join(root, 'node_modules/jiti', file), join(work, 'jiti', file));
  }
}

/** Name, version and licence text of every package that is bundled. */
async function licences(metafiles) {
  const folders = new Set([join(root, 'node_modules/jiti')]);
  for (const { inputs } of metafiles) {
    for (const path of Object.keys(inputs)) {
      const folder = /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0];
      if (folder !== undefined) folders.add(join(root, folder));
    }
  }
  const parts = await Promise.all([...folders].sort((left, right) => left.localeCompare(right)).map(licence));
  const head = 'portsup contains code of these packages:\n';
  return [head, ...parts].join(`\n${'-'.repeat(80)}\n\n`);
}

async function licence(folder) {
  const { name, version, license } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'));
  const file = (await readdir(folder)).find((entry) => /^(licen[cs]e|copying)/i.test(entry));
  const text = file === undefined ? '(the package brings no licence text)' : (await readFile(join(folder, file), 'utf8')).trim();
  return `${name} ${version} (${license})\n\n${text}\n`;
}

/** Renames what was made over what is there; gives back the names, relative to dist/. */
async function publish(work) {
  const made = await filesBelow(work);
  for (const file of made) {
    await mkdir(dirname(join(dist, file)), { recursive: true });
    await rename(join(work, file), join(dist, file));
  }
  return made;
}

/** Removes what this build did not make. */
async function removeStale(made) {
  for (const file of await filesBelow(dist)) if (!made.includes(file)) await rm(join(dist, file), { force: true });
}

async function filesBelow(folder) {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => relative(folder, join(entry.parentPath ?? entry.path, entry.name)));
}

main(process.argv.slice(2)).catch((error) => {
  // esbuild has printed its own errors already.
  process.stderr.write(`build failed: ${error.message}\n`);
  process.exitCode = 1;
});
