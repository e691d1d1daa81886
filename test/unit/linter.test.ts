import { execFile } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** A file, what stands in it, and the rule that has to find it (null: no restriction may). */
const LINES: readonly (readonly [file: string, line: string, rule: string | null])[] = [
  ['src/base/one.ts', "import '../supervision/spec.js';", 'no-restricted-imports'],
  ['src/base/two.ts', "import 'node:fs';", 'no-restricted-imports'],
  ['src/base/three.ts', "import './ids.js';", null],
  ['src/base/read-backwards.ts', "import 'node:fs';", null],
  ['src/base/four.ts', 'export const at = Date.now();', 'no-restricted-properties'],
  ['src/base/five.ts', 'export const env = process.env;', 'no-restricted-globals'],
  ['src/supervision/one.ts', "import '../base/ids.js';", null],
  ['src/supervision/two.ts', "import '../config/load.js';", 'no-restricted-imports'],
  ['src/supervision/three.ts', "import 'zod';", 'no-restricted-imports'],
  ['src/supervision/four.ts', 'export const at = Math.random();', 'no-restricted-properties'],
  ['src/supervision/five.ts', 'export const at = performance.now();', 'no-restricted-globals'],
  ['src/supervision/six.ts', 'setTimeout(() => undefined, 1);', 'no-restricted-globals'],
  ['src/supervision/seven.ts', "import 'node:path';", 'no-restricted-imports'],
  ['src/config/one.ts', "import '../supervision/spec.js';", null],
  ['src/config/two.ts', "import '../supervision/step.js';", 'no-restricted-imports'],
  ['src/config/three.ts', "import '../control/contract.js';", 'no-restricted-imports'],
  ['src/config/four.ts', "import 'node:child_process';", 'no-restricted-imports'],
  ['src/config/five.ts', "export const later = (): unknown => import('../daemon/boot.js');", 'no-restricted-imports'],
  ['src/config/six.ts', "export { boot } from '../daemon/boot.js';", 'no-restricted-imports'],
  ['src/keeper/one.ts', "import 'node:child_process';", null],
  ['src/keeper/two.ts', "import '../ports/groups.js';", 'no-restricted-imports'],
  ['src/keeper/three.ts', "import 'chalk';", 'no-restricted-imports'],
  ['src/keeper/four.ts', "import '../base/errors.js';", null],
  ['src/keeper/five.ts', 'setTimeout(() => undefined, 1);', null],
  ['src/keeper/six.ts', 'process.exit(1);', 'no-restricted-properties'],
  ['src/keeper/main.ts', 'process.exit(1);', null],
  ['src/ports/one.ts', "import '../keeper/protocol.js';", null],
  ['src/ports/two.ts', "import '../keeper/spawn.js';", 'no-restricted-imports'],
  ['src/ports/three.ts', "import '../logs/lines.js';", 'no-restricted-imports'],
  ['src/ports/four.ts', "import 'child_process';", 'no-restricted-imports'],
  ['src/ports/five.ts', 'setInterval(() => undefined, 1);', 'no-restricted-globals'],
  ['src/logs/one.ts', "import '../keeper/protocol.js';", 'no-restricted-imports'],
  ['src/logs/two.ts', "import '../journal/entry.js';", 'no-restricted-imports'],
  ['src/logs/three.ts', "import 'node:fs';", null],
  ['src/logs/gap.ts', "import 'node:fs';", 'no-restricted-imports'],
  ['src/journal/one.ts', "import '../control/contract.js';", 'no-restricted-imports'],
  ['src/journal/two.ts', "import 'node:timers/promises';", 'no-restricted-imports'],
  ['src/health/one.ts', "import '../ports/groups.js';", 'no-restricted-imports'],
  ['src/control/one.ts', "import '../supervision/spec.js';", 'no-restricted-imports'],
  ['src/control/two.ts', "import '../base/errors.js';", null],
  ['src/daemon/one.ts', "import '../supervision/step.js';\nimport '../ports/groups.js';\nimport '../control/server.js';", null],
  ['src/daemon/two.ts', "import '../keeper/main.js';", 'no-restricted-imports'],
  ['src/daemon/three.ts', "import '../keeper/protocol.js';", null],
  ['src/daemon/four.ts', "import '../cli/exit-codes.js';", 'no-restricted-imports'],
  ['src/daemon/five.ts', "import 'node:child_process';", 'no-restricted-imports'],
  ['src/daemon/six.ts', 'setTimeout(() => undefined, 1);', 'no-restricted-globals'],
  ['src/client/one.ts', "import '../control/client.js';\nimport '../config/load.js';\nsetTimeout(() => undefined, 1);", null],
  ['src/client/two.ts', "import '../daemon/boot.js';", 'no-restricted-imports'],
  ['src/client/three.ts', "import '../cli/screen.js';", 'no-restricted-imports'],
  ['src/client/four.ts', "import 'node:child_process';", 'no-restricted-imports'],
  ['src/client/five.ts', 'process.exit(1);', 'no-restricted-properties'],
  ['src/control/client.ts', "import '../client/call.js';", 'no-restricted-imports'],
  ['src/daemon/seven.ts', "import '../client/call.js';", 'no-restricted-imports'],
  ['src/cli/one.ts', "import '../control/client.js';\nimport '../config/load.js';\nimport '../client/call.js';", null],
  ['src/cli/two.ts', "import 'node:child_process';", 'no-restricted-imports'],
  ['src/base/launch-keeper.ts', "import 'node:child_process';", null],
  ['src/cli/system-service.ts', "import 'node:child_process';", null],
  ['src/cli/boot/one.ts', "import 'node:child_process';", 'no-restricted-imports'],
  ['src/cli/commands/one.ts', "import '../../daemon/boot.js';", 'no-restricted-imports'],
  ['src/cli/commands/two.ts', "import '../../supervision/step.js';", 'no-restricted-imports'],
  ['src/cli/commands/three.ts', "import '../../base/errors.js';", null],
  ['src/cli/commands/four.ts', 'process.exit(3);', 'no-restricted-properties'],
  ['src/cli/render/one.ts', "import 'node:os';", 'no-restricted-imports'],
  ['src/cli/render/two.ts', 'export const at = Date.now();', 'no-restricted-properties'],
  ['src/cli/render/three.ts', "export const at = new Date('2026-01-01T00:00:00Z');", null],
  ['src/cli/render/four.ts', "import '../../ports/groups.js';", 'no-restricted-imports'],
  ['src/index.ts', "export { boot } from './daemon/boot.js';", 'no-restricted-imports'],
  ['src/control/three.ts', "console.log('hi');", 'no-console'],
  ['src/control/four.ts', 'export const sum = (a: number, b: number, c: number, d: number): number => a + b + c + d;', 'max-params'],
  ['src/control/five.ts', 'export default 1;', 'no-default-export'],
  ['src/control/six.ts', 'export const wild: any = 1;', 'no-explicit-any'],
  ['src/control/seven.ts', 'export const sure = (text?: string): string => text!;', 'no-non-null-assertion'],
  ['src/control/eight.ts', 'void Promise.resolve();\nPromise.resolve();', 'no-floating-promises'],
  ['src/control/nine.ts', '[1].forEach(async () => Promise.resolve());', 'no-misused-promises'],
  [
    'src/control/ten.ts',
    "export const size = (kind: 'a' | 'b'): number => {\n  switch (kind) {\n    case 'a':\n      return 1;\n  }\n  return 0;\n};",
    'switch-exhaustiveness-check',
  ],
  ['src/control/eleven.ts', 'try {\n  JSON.parse("");\n} catch {}', 'no-empty'],
  ['src/control/CamelCase.ts', 'export const one = 1;', 'filename-case'],
  ['src/control/cycle-a.ts', "import type { B } from './cycle-b.js';\nexport interface A {\n  b: B;\n}", 'no-cycle'],
  ['src/control/cycle-b.ts', "import type { A } from './cycle-a.js';\nexport interface B {\n  a: A;\n}", 'no-cycle'],
  ['src/control/long-file.ts', Array.from({ length: 251 }, (_, index) => `export const line${index} = ${index};`).join('\n'), 'max-lines'],
  [
    'src/control/long-function.ts',
    `export function long(): number {\n  let sum = 0;\n${'  sum += 1;\n'.repeat(40)}  return sum;\n}`,
    'max-lines-per-function',
  ],
];

const FORBIDDEN = LINES.flatMap(([file, , rule]) => (rule === null ? [] : [{ file, rule }]));
const ALLOWED = LINES.flatMap(([file, , rule]) => (rule === null ? [{ file }] : []));

interface Finding {
  readonly filename: string;
  readonly code: string;
}

let folder = '';
let findings: readonly Finding[] = [];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'portsup-lint-'));
  for (const file of ['.oxlintrc.json', 'tsconfig.json', 'package.json']) copyFileSync(join(root, file), join(folder, file));
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  for (const [file, line] of LINES) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), `${line}\n`);
  }
  findings = await lint();
}, 30_000);

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

async function lint(): Promise<readonly Finding[]> {
  const output = await new Promise<string>((resolve) => {
    // It exits with 1 as it finds something, which is no error here.
    execFile(join(root, 'node_modules/.bin/oxlint'), ['-f', 'json', 'src'], { cwd: folder, maxBuffer: 2 ** 26 }, (_error, stdout) =>
      resolve(stdout),
    );
  });
  return (JSON.parse(output) as { readonly diagnostics: readonly Finding[] }).diagnostics;
}

describe('the linter', () => {
  it.each(FORBIDDEN)('finds $rule in $file', ({ file, rule }) => {
    expect(rulesIn(file)).toContain(rule);
  });

  it.each(ALLOWED)('restricts nothing in $file', ({ file }) => {
    expect(rulesIn(file).filter((rule) => rule.startsWith('no-restricted'))).toEqual([]);
  });
});

/** Names of the rules, out of "eslint(no-console)". */
const rulesIn = (file: string): readonly string[] =>
  findings.filter(({ filename }) => filename === file).map(({ code }) => code.replace(/^.*\((.*)\)$/, '$1'));
