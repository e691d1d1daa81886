import { mkdirSync } from 'node:fs';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type TestHome, temporaryHome } from '../helpers/home.js';
import { idle, LiveApp } from '../helpers/live-app.js';

let home: TestHome;

beforeEach(() => {
  home = temporaryHome();
  mkdirSync(home.path('xdg'), { mode: 0o700 });
});
afterEach(() => home.dispose());

/** One application, seen from an environment with this XDG_RUNTIME_DIR. An empty variable is as good as none. */
const seenWith = (folder: string): LiveApp => new LiveApp({ home, env: { PORTSUP_HOME: '', XDG_RUNTIME_DIR: folder } });

it.runIf(process.platform === 'linux').each([
  ['a login shell from cron or sudo', 'xdg', ''],
  ['cron or sudo from a login shell', '', 'xdg'],
])('a daemon that was started by %s: it is found, and not started a second time', async (_who, started, asked) => {
  const folder = (name: string): string => (name === '' ? '' : home.path(name));
  const [first, second] = [seenWith(folder(started)), seenWith(folder(asked))];
  await first.up({ services: { web: { command: idle } } });
  const pid = await first.pid('web');
  expect(await second.pid('web')).toBe(pid);
  await second.do('up');
  expect(await second.daemon()).toMatchObject({ pid: (await first.daemon()).pid, services: 1 });
  await second.do('down');
  expect(await first.run('ps', '--json')).toMatchObject({ code: 0, stdout: '[]\n' });
});
