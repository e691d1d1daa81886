/** The type declarations of the library, made by tsc. */
import { execFile } from 'node:child_process';
import { readdir, readFile, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const root = fileURLToPath(new URL('..', import.meta.url));
const SPECIFIER = /\bfrom\s*['"]([^'"]+)['"]/g;

/**
 * Writes the declarations of src/index.ts below `outDir`. Types are not checked: `npm run check` does that, so that a
 * build stays quick. They may import nothing that is not installed with portsup: bundled packages are not,
 * and what is marked `@internal` is left out.
 */
export async function declareInto(outDir) {
  const tsc = join(root, 'node_modules/.bin/tsc');
  try {
    await promisify(execFile)(tsc, ['-p', join(root, '.ci/tsconfig.types.json'), '--outDir', outDir], { cwd: root });
  } catch (error) {
    throw new Error(`type declarations: ${error.stdout || error.stderr || error.message}`, { cause: error });
  }
  const published = await reachedFrom(outDir, 'index.d.ts');
  for (const file of (await readdir(outDir, { recursive: true })).filter((name) => name.endsWith('.d.ts'))) {
    if (!published.has(file)) await rm(join(outDir, file));
  }
}

/** The declarations that one of them leads to, itself included: what is only of our own concern stays out of the package. */
async function reachedFrom(outDir, first) {
  const reached = new Set([first]);
  for (const file of reached) {
    const code = (await readFile(join(outDir, file), 'utf8')).replace(/\/\*[\s\S]*?\*\//g, '');
    for (const [, name] of code.matchAll(SPECIFIER)) {
      if (!name.startsWith('.')) throw new Error(`type declarations: ${file} imports ${name}, which is not installed with portsup`);
      reached.add(join(dirname(file), name.replace(/\.js$/, '.d.ts')));
    }
  }
  return reached;
}
