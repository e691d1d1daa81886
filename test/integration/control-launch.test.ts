import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { homeLayout } from '../../src/base/home.js';
import { ensureDaemon } from '../../src/client/launch.js';
import { isListening } from '../../src/control/client.js';
import { portsupBin } from '../helpers/cli.js';
import { type TestHome, temporaryHome } from '../helpers/home.js';

let home: TestHome;

beforeEach(() => {
  home = temporaryHome();
});

afterEach(async () => {
  await home.dispose();
});

/** Launches a keeper that does what `body` says: it gets `answer(value)` and `listen(done)`. */
async function launch(body: string, env: Readonly<Record<string, string>> = {}): Promise<void> {
  const layout = homeLayout({ env: home.env, userHome: home.home, isOurFolder: () => false });
  const keeperProgram = home.path('keeper.mjs');
  writeFileSync(
    keeperProgram,
    `import { closeSync, mkdirSync, writeFileSync, writeSync } from 'node:fs';
    import { createServer } from 'node:net';
    const answer = (value) => { writeSync(3, JSON.stringify(value) + '\\n'); closeSync(3); };
    const listen = (done) => { mkdirSync(${JSON.stringify(layout.runtime)}, { recursive: true }); createServer().listen(${JSON.stringify(layout.socket)}, done); };
    ${body}`,
  );
  await ensureDaemon({ layout, env: { ...home.env, ...env }, keeperProgram });
  expect(await isListening(layout.socket)).toBe(true);
}

describe('starting the daemon', () => {
  it('returns when the keeper says that the daemon is ready, from the root folder, without what is meant for another Node or npm', async () => {
    const file = JSON.stringify(home.path('seen.json'));
    const seen = `writeFileSync(${file}, JSON.stringify({ cwd: process.cwd(), names: Object.keys(process.env) }));`;
    await launch(`${seen} listen(() => answer({ launch: 'ready' }));`, {
      NODE_EXTRA_CA_CERTS: '/dev/null',
      NODE_OPTIONS: '--no-warnings',
      npm_config_x: '1',
      LC_TIME: 'C',
    });
    const { cwd, names } = JSON.parse(readFileSync(home.path('seen.json'), 'utf8')) as {
      cwd: string;
      names: string[];
    };
    expect(cwd).toBe('/');
    expect(names).toEqual(expect.arrayContaining(['PATH', 'HOME', 'PORTSUP_HOME', 'LC_TIME']));
    expect(names.filter((name) => /^(?:NODE_|npm_)/.test(name))).toEqual([]);
  });

  it('waits for the daemon of somebody who was quicker', async () => {
    await launch("answer({ launch: 'taken' }); listen(() => undefined);");
  });

  it('fails with the keeper’s reason and the log’s place', async () => {
    const failure = launch("answer({ launch: 'failed', message: 'the folder is not ours' });");
    await expect(failure).rejects.toMatchObject({
      code: 'FAILED',
      message: 'the daemon did not start: the folder is not ours',
      hint: `see ${home.path('daemon.log')}`,
    });
  });

  it.skipIf(process.platform !== 'linux')('says in one error that there are too many open files, however few it may have', () => {
    writeFileSync(home.path('portsup.yaml'), 'services: { web: { command: sleep 1000 } }');
    const said = new Set<string>();
    // With the first of these Node itself cannot work, with the last there are enough.
    for (let limit = 16, works = false; limit < 64 && !works; limit += 1) {
      const line = `ulimit -n ${limit}; exec "$0" "$1" up`;
      const { status, stderr } = spawnSync('/bin/sh', ['-c', line, process.execPath, portsupBin], {
        cwd: home.home,
        env: home.env,
        encoding: 'utf8',
      });
      works = status === 0;
      expect(stderr).not.toMatch(/Unhandled|Cannot read properties|bug in portsup/);
      if (stderr.startsWith('error: ')) said.add(stderr.replaceAll(home.home, 'HOME'));
    }
    const hint = 'hint: raise the limit of open files: "ulimit -n" shows it\n';
    expect(said).toContain(`error: the daemon did not start: too many open files\n${hint}`);
    expect(said).toContain(`error: cannot lock HOME/lock: too many open files\n${hint}`);
    for (const text of said) {
      expect(text).toMatch(/^error: .*\nhint: .*\n$/);
      expect(text).toMatch(/too many open files|ulimit -n/);
    }
  });

  it('fails when the keeper ends without a word', async () => {
    await expect(launch('throw new Error("oops");')).rejects.toMatchObject({
      code: 'FAILED',
      message: expect.stringContaining('without a reason') as unknown,
    });
  });
});
