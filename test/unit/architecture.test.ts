import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { cycles, isPure, NAMED_FILES, violations } from '../helpers/architecture.js';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** All that may stand at the root besides dotfiles and what tools make (dist, node_modules, coverage, a packed tarball). */
const TOP_LEVEL = [
  'ARCHITECTURE.md',
  'CHANGELOG.md',
  'LICENSE',
  'README.md',
  'bin',
  'package-lock.json',
  'package.json',
  'portsup.yaml',
  'services',
  'src',
  'test',
  'tsconfig.json',
];
const MADE = /^(?:dist|node_modules|coverage|.*\.tgz)$/;

function readSources(): ReadonlyMap<string, string> {
  const files = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
  return new Map(files.map((file) => [`src/${file}`, readFileSync(join(root, 'src', file), 'utf8')]));
}

const found = (path: string, text: string): readonly string[] => violations(new Map([[path, text]]));

describe('the sources', () => {
  it('keep the import table, the purity of the core and are free of cycles', () => {
    const sources = readSources();
    expect(sources.size).toBeGreaterThan(5);
    expect(violations(sources)).toEqual([]);
  });

  it('are all there that a law names, here or for the linter', () => {
    const forLinter = [...readFileSync(join(root, '.oxlintrc.json'), 'utf8').matchAll(/"(src\/[\w/-]+\.ts)"/g)].map(([, file]) => file);
    expect([...NAMED_FILES, ...forLinter].filter((file) => !readSources().has(file ?? ''))).toEqual([]);
  });

  it('stand among nothing but what the project needs', () => {
    const present = readdirSync(root).filter((name) => !name.startsWith('.') && !MADE.test(name));
    expect(present.filter((name) => !TOP_LEVEL.includes(name))).toEqual([]);
  });
});

describe('the check of the sources', () => {
  it.each([
    ['src/base/a.ts', "import type { Spec } from '../supervision/spec.js';", 'base may not import src/supervision/spec.ts'],
    ['src/supervision/a.ts', "import { load } from '../config/load.js';", 'supervision may not import src/config/load.ts'],
    ['src/supervision/a.ts', "import * as z from 'zod/mini';", 'supervision may not import the package zod/mini'],
    ['src/config/a.ts', "import { step } from '../supervision/step.js';", 'config may not import src/supervision/step.ts'],
    ['src/keeper/a.ts', "import chalk from 'chalk';", 'keeper may not import the package chalk'],
    ['src/keeper/a.ts', "import { identify } from '../ports/groups.js';", 'keeper may not import src/ports/groups.ts'],
    ['src/ports/a.ts', "import { spawnPort } from '../keeper/spawn.js';", 'ports may not import src/keeper/spawn.ts'],
    ['src/ports/a.ts', "export { tail } from '../../src/logs/tail.js';", 'ports may not import src/logs/tail.ts'],
    ['src/logs/a.ts', "const later = await import('../journal/entry.js');", 'logs may not import src/journal/entry.ts'],
    ['src/control/a.ts', "import '../config/load.js';", 'control may not import src/config/load.ts'],
    ['src/daemon/a.ts', "import { color } from '../cli/render/color.js';", 'daemon may not import src/cli/render/color.ts'],
    ['src/daemon/a.ts', "import { spawnPort } from '../keeper/spawn.js';", 'daemon may not import src/keeper/spawn.ts'],
    ['src/cli/commands/a.ts', "import {\n  boot,\n  lock,\n} from '../../daemon/boot.js';", 'cli may not import src/daemon/boot.ts'],
    ['src/index.ts', "export type { Forest } from './supervision/tree.js';", 'index.ts may not import src/supervision/tree.ts'],
    ['src/daemon/a.ts', "import { ask } from '../client/call.js';", 'daemon may not import src/client/call.ts'],
    ['src/client/a.ts', "import { screenOf } from '../cli/screen.js';", 'client may not import src/cli/screen.ts'],
    ['src/utils/a.ts', 'export const a = 1;', 'a folder that the table does not know'],
    ['src/daemon/a.ts', "import { spawn } from 'node:child_process';", 'starts processes'],
    ['src/daemon/a.ts', 'setTimeout(() => tick(), 5);', 'sets a timer without a Clock'],
    ['src/control/a.ts', "import { setTimeout as wait } from 'node:timers/promises';", 'sets a timer without a Clock'],
    ['src/control/a.ts', 'const signal = AbortSignal.timeout(5);', 'sets a timer without a Clock'],
    ['src/cli/commands/a.ts', 'process.exit(3);', 'calls process.exit outside an entry point'],
    ['src/supervision/a.ts', "import { join } from 'node:path';", 'is pure and uses a module of Node'],
    ['src/supervision/a.ts', 'const now = new Date();', 'is pure and uses the clock'],
    ['src/cli/render/a.ts', 'const now = Date.now();', 'is pure and uses the clock'],
    ['src/cli/render/a.ts', 'const width = process.stdout.columns;', 'is pure and uses process'],
    ['src/base/a.ts', 'const id = Math.random();', 'is pure and uses randomness'],
    ['src/logs/record.ts', 'setImmediate(next);', 'is pure and uses a timer'],
    ['src/daemon/hook-state.ts', 'const now = performance.now();', 'is pure and uses the clock'],
  ])('finds in %s what breaks the law: %j', (path, text, what) => {
    expect(found(path, text)).toEqual([`${path}: ${what}`]);
  });

  it.each([
    ['src/config/a.ts', "import type { SupervisorSpec } from '../supervision/spec.js';\nimport { parse } from 'yaml';"],
    ['src/ports/a.ts', "import type { KeeperOrder } from '../keeper/protocol.js';\nimport { readFile } from 'node:fs/promises';"],
    ['src/daemon/a.ts', "import { step } from '../supervision/step.js';\nimport { tail } from '../logs/tail.js';"],
    ['src/base/launch-keeper.ts', "import { spawn } from 'node:child_process';"],
    ['src/client/pause.ts', 'setTimeout(give, 5);'],
    ['src/cli/system-service.ts', "import { execFile } from 'node:child_process';"],
    ['src/cli/main.ts', 'process.exit(await run());'],
    ['src/keeper/a.ts', "import { spawn } from 'node:child_process';\nsetInterval(look, 5);"],
    ['src/base/system-clock.ts', 'export const now = () => process.hrtime.bigint();\nsetTimeout(act, 5);'],
    ['src/cli/render/a.ts', "const at = new Date(row.startedAt);\nconst text = `${row.processes} in process`;\nimport chalk from 'chalk';"],
    ['src/supervision/a.ts', '// Date.now() stays outside, as does process.env.\n/* setTimeout(1) */\nexport const a = 1;'],
    ['src/control/a.ts', "const address = 'http://localhost/v1';\nclock.setTimeout(5);"],
  ])('finds nothing in %s: %j', (path, text) => {
    expect(found(path, text)).toEqual([]);
  });

  it('finds a cycle over three files, also one of types only', () => {
    const sources = new Map([
      ['src/logs/a.ts', "import { b } from './b.js';"],
      ['src/logs/b.ts', "import type { C } from './c.js';"],
      ['src/logs/c.ts', "export { a } from './a.js';"],
    ]);
    expect(cycles(sources)).toEqual([['src/logs/a.ts', 'src/logs/b.ts', 'src/logs/c.ts', 'src/logs/a.ts']]);
    expect(violations(sources)).toHaveLength(1);
  });

  it('calls no cycle what two files import together', () => {
    const sources = new Map([
      ['src/logs/a.ts', "import './b.js';\nimport './c.js';"],
      ['src/logs/b.ts', "import './d.js';"],
      ['src/logs/c.ts', "import './d.js';"],
      ['src/logs/d.ts', ''],
    ]);
    expect(cycles(sources)).toEqual([]);
  });

  it('holds the core, the rendering and the base to purity, but not the clock itself', () => {
    expect(
      ['src/supervision/step.ts', 'src/cli/render/table.ts', 'src/base/names.ts', 'src/logs/record.ts', 'src/journal/runs.ts'].filter(
        isPure,
      ),
    ).toHaveLength(5);
    expect(['src/base/system-clock.ts', 'src/cli/main.ts', 'src/logs/tail.ts'].filter(isPure)).toEqual([]);
  });
});
