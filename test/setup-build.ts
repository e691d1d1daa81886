import { execFileSync } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Tests of processes drive the built program: builds it when a source, the build itself or package.json is younger. */
export default function setup(): void {
  const built = Math.min(
    ...['cli.cjs', 'quick.cjs', 'complete.cjs', 'daemon.cjs', 'keeper.cjs', 'index.js', 'jiti/lib/jiti.mjs'].map((name) =>
      modified(join(root, 'dist', name)),
    ),
  );
  if (youngestSource() > built) execFileSync(process.execPath, [join(root, '.ci/build.mjs')], { cwd: root, stdio: 'inherit' });
}

function youngestSource(): number {
  const sources = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' }).map((file) => join(root, 'src', file));
  return Math.max(...[...sources, join(root, 'package.json'), join(root, '.ci/build.mjs')].map(modified));
}

/** Milliseconds; 0 for what is not there. */
const modified = (path: string): number => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
