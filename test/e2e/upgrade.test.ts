import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type Plugin } from 'esbuild';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { idle, LiveApp, sh } from '../helpers/live-app.js';
import { processesWith } from '../helpers/processes.js';
import { until } from '../helpers/until.js';

let app: LiveApp;

beforeEach(() => {
  app = new LiveApp();
});
afterEach(async () => {
  await app.dispose();
});

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Keeper and daemon that speak the next protocol, of which the daemon takes no older one. */
const nextProtocol: Plugin = {
  name: 'next-protocol',
  setup: (bundle) => {
    bundle.onLoad({ filter: /\/keeper\/protocol\.ts$/ }, ({ path }) => {
      const text = readFileSync(path, 'utf8');
      const contents = text.replace(/(PROTOCOL_VERSION|OLDEST_PROTOCOL) = [24];/g, '$1 = 5;');
      if (contents.match(/(PROTOCOL_VERSION|OLDEST_PROTOCOL) = 5;/g)?.length !== 2)
        throw new Error('the protocol has other numbers by now');
      return { contents, loader: 'ts' };
    });
  },
};

/** Another installation, in a folder of its own; gives the path of its command line. */
async function installNext(): Promise<string> {
  const folder = app.home.path('next');
  cpSync(join(root, 'bin'), join(folder, 'bin'), { recursive: true });
  cpSync(join(root, 'dist'), join(folder, 'dist'), { recursive: true });
  for (const program of ['daemon', 'keeper']) {
    await build({
      entryPoints: [join(root, 'src', program, 'main.ts')],
      outfile: join(folder, 'dist', `${program}.cjs`),
      bundle: true,
      platform: 'node',
      format: 'cjs',
      target: 'node20',
      define: { __PORTSUP_VERSION__: '"0.2.0"', 'import.meta.url': 'moduleUrl' },
      banner: { js: 'const moduleUrl = require("node:url").pathToFileURL(__filename).href;' },
      plugins: [nextProtocol],
      external: ['node-unix-socket'],
      logLevel: 'silent',
    });
  }
  return join(folder, 'bin', 'portsup.js');
}

it('daemon upgrade also replaces a keeper that is too old for the new daemon, under its services', async () => {
  const bin = await installNext();
  const reader = sh('while read line; do echo "heard $line"; done');
  await app.up({ services: { a: { command: idle }, reader: { command: reader } } });
  const seen = async (): Promise<unknown> => (await app.rows()).map(({ path, pid, run, state }) => [path, pid, run, state]);
  const [before, old] = [await seen(), await app.daemon()];
  const upgrade = spawn(process.execPath, [bin, 'daemon', 'upgrade'], { cwd: app.folder, env: app.env, stdio: 'ignore' });
  expect(await once(upgrade, 'exit')).toEqual([0, null]);
  const now = await until('another keeper has taken over', async () => {
    const status = await app.daemon();
    return status.keeperPid !== old.keeperPid && status;
  });
  expect(now).toMatchObject({ version: '0.2.0', services: 2 });
  expect(await seen()).toEqual(before);
  await app.do('send', 'reader', 'hello');
  await app.untilSays('reader', /^heard hello$/);
  // It stays: it speaks what the daemon speaks.
  await app.do('daemon', 'restart');
  expect((await app.daemon()).keeperPid).toBe(now.keeperPid);
  await app.do('down');
  expect(processesWith(app.home.home)).toEqual([]);
});
