/**
 * Builds dist/: four ESM bundles, their type declarations and the licences of what is bundled.
 * With names (`node .ci/build.mjs keeper daemon`) only these bundles, for a quick try; anything else in dist/ stays.
 *
 * Everything is made in a folder of its own (.build-*) and then renamed into dist/ file by file, chunks before the entries that
 * import them, so a program that is starting meanwhile, or a second build, always finds a whole set of files.
 */
import { mkdir, mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { declareInto } from './declarations.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const dist = join(root, 'dist');

/** Stale chunks stay this long: a program that started before this build may still be about to import one. */
const STALE_CHUNK_MS = 60_000;

/** Only splitting keeps `import()` lazy; the keeper and the library have nothing to load later. */
const BUNDLES = [
  { name: 'cli', entry: 'src/cli/main.ts', splitting: true },
  { name: 'daemon', entry: 'src/daemon/main.ts', splitting: true },
  { name: 'keeper', entry: 'src/keeper/main.ts', splitting: false },
  { name: 'index', entry: 'src/index.ts', splitting: false },
];

const DECLARATION = "export * from './types/index.js';\n";

async function main(names) {
  const { version, dependencies } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
  const settings = { version, external: Object.keys(dependencies) };
  const work = await mkdtemp(join(root, '.build-'));
  try {
    if (names.length > 0) {
      await allOf(chosen(names).map((bundle) => bundleInto(work, bundle, settings)));
      await publish(work);
    } else {
      const [metafiles] = await allOf([
        allOf(BUNDLES.map((bundle) => bundleInto(work, bundle, settings))),
        declareInto(join(work, 'types')),
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

async function bundleInto(work, { name, entry, splitting }, { version, external }) {
  const { outputFiles, metafile } = await build({
    absWorkingDir: root,
    entryPoints: { [name]: entry },
    outdir: work,
    chunkNames: 'chunks/[name]-[hash]',
    bundle: true,
    splitting,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    external,
    // Identifiers keep their names: a stack in a bug report has to be readable without the map.
    minifyWhitespace: true,
    minifySyntax: true,
    sourcemap: 'linked',
    sourcesContent: false,
    legalComments: 'linked',
    define: { __PORTSUP_VERSION__: JSON.stringify(version) },
    metafile: true,
    write: false,
    logLevel: 'warning',
  });
  for (const { path, text, contents } of withRequire(outputFiles)) {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text ?? contents);
  }
  return metafile;
}

/**
 * Gives `require` to the files that need one: CommonJS packages ask for Node's modules with it, and ESM has none. The
 * others go without, as the import and the call cost start-up time.
 */
function withRequire(outputFiles) {
  // esbuild's stand-in uses a `require` in its own file's scope; only one file of a bundle defines it.
  const standIn = /\b__require=\(/;
  const needy = new Set(outputFiles.filter(({ path, text }) => path.endsWith('.js') && standIn.test(text)).map(({ path }) => path));
  return outputFiles.map(({ path, text, contents }) => {
    if (needy.has(path)) {
      const banner = "import{createRequire}from'node:module';const require=createRequire(import.meta.url);\n";
      return { path, text: banner + text };
    }
    if (!needy.has(path.replace(/\.map$/, ''))) return { path, contents };
    const map = JSON.parse(text);
    return { path, text: JSON.stringify({ ...map, mappings: `;${map.mappings}` }) };
  });
}

/** Name, version and licence text of every package that is bundled. */
async function licences(metafiles) {
  const folders = new Set();
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
  const made = (await readdir(work, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => relative(work, join(entry.parentPath ?? entry.path, entry.name)));
  const entries = new Set(BUNDLES.map(({ name }) => `${name}.js`));
  const ordered = [...made.filter((file) => !entries.has(file)), ...made.filter((file) => entries.has(file))];
  for (const file of ordered) {
    await mkdir(dirname(join(dist, file)), { recursive: true });
    await rename(join(work, file), join(dist, file));
  }
  return new Set(made);
}

/** Removes what this build did not make, unless it is so young that somebody may still need it. */
async function removeStale(made) {
  const present = await readdir(dist, { recursive: true, withFileTypes: true });
  for (const entry of present) {
    const path = join(entry.parentPath ?? entry.path, entry.name);
    const file = relative(dist, path);
    if (!entry.isFile() || made.has(file)) continue;
    const age = Date.now() - ((await stat(path).catch(gone))?.mtimeMs ?? 0);
    if (age > STALE_CHUNK_MS) await rm(path, { force: true });
  }
}

/** ENOENT: another build has moved or removed it first. */
function gone(error) {
  if (error.code === 'ENOENT') return undefined;
  throw error;
}

main(process.argv.slice(2)).catch((error) => {
  // esbuild has printed its own errors already.
  process.stderr.write(`build failed: ${error.message}\n`);
  process.exitCode = 1;
});
