import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import ClosingLine from './helpers/closing-line.js';
import { testRun } from './helpers/run.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { readonly version: string };

// Begun here, before any worker exists, so that all of them and all they start inherit the mark.
testRun();

export default defineConfig({
  root,
  define: { __PORTSUP_VERSION__: JSON.stringify(version) },
  test: {
    reporters: ['default', new ClosingLine()],
    globalSetup: ['test/setup-leaks.ts'],
    retry: 0,
    allowOnly: !process.env['CI'],
    projects: [
      {
        extends: true,
        // The limit is there for what never ends; on a machine that is shared all takes as much longer.
        test: {
          name: 'unit',
          include: ['test/{unit,property}/**/*.test.ts'],
          globalSetup: [],
          sequence: { groupOrder: 0 },
          testTimeout: 60_000,
        },
      },
      {
        extends: true,
        // Real processes on real clocks: alone, after the quick ones, and two files at a time, so that load does not look like a fault.
        test: {
          name: 'process',
          include: ['test/{integration,e2e,chaos}/**/*.test.ts'],
          globalSetup: ['test/setup-build.ts'],
          sequence: { groupOrder: 1 },
          maxWorkers: 2,
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
});
