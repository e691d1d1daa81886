/** Niceness, umask and limits of programs. */
import { execFile, execFileSync } from 'node:child_process';
import { chownSync, cpSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { getPriority } from 'node:os';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readPrivileges } from '../../src/ports/privileges.js';
import type { CliResult } from '../helpers/cli.js';
import { idle, LiveApp, sh } from '../helpers/live-app.js';
import { mayBeOthers, openFolder, removeOpenFolder, userNamed } from '../helpers/open-folder.js';
import { killWith } from '../helpers/processes.js';
import { until } from '../helpers/until.js';

const isLinux = process.platform === 'linux';
let app: LiveApp;

beforeEach(() => {
  app = new LiveApp();
});
afterEach(async () => {
  await app.dispose();
});

const sleeper = ['sleep', '1000'];
const proc = (pid: number, file: string): string => readFileSync(`/proc/${pid}/${file}`, 'latin1');
/** Soft and hard limit. */
const limitOf = (pid: number, name: string): readonly string[] =>
  new RegExp(`^Max ${name} +(\\S+) +(\\S+)`, 'm').exec(proc(pid, 'limits'))?.slice(1) ?? [];
const causeOf = async (path: string): Promise<string | null | undefined> =>
  (await app.history(path)).findLast(({ event }) => event === 'start_failed')?.cause;

describe.skipIf(!isLinux)('a service', () => {
  it('has the niceness, umask and limits that are said of it, and nothing else is different', async () => {
    const odd = { 'spring.port': '1', PWD: '/declared' };
    const own = { nice: 17, umask: '027', limits: { nofile: 100, core: '1mb' } };
    await app.up({ services: { plain: { command: sleeper, env: odd }, own: { command: sleeper, env: odd, ...own } } });
    const [plain, pid] = [await app.pid('plain'), await app.pid('own')];
    expect(getPriority(pid)).toBe(17);
    expect(proc(pid, 'status')).toMatch(/^Umask:\s*0027$/m);
    expect(limitOf(pid, 'open files')).toEqual(['100', '100']);
    expect(limitOf(pid, 'core file size')).toEqual(['1048576', '1048576']);
    expect(proc(pid, 'cmdline')).toBe(proc(plain, 'cmdline'));
    expect(proc(pid, 'comm')).toBe('sleep\n');
    const variables = (of: number): readonly string[] =>
      proc(of, 'environ')
        .split('\0')
        .filter((entry) => !entry.startsWith('PORTSUP_SERVICE='))
        .toSorted();
    expect(variables(pid)).toEqual(variables(plain));
    // Neither the service beside it nor the keeper has any of it.
    const { keeperPid } = await app.daemon();
    for (const other of [plain, keeperPid]) {
      expect(getPriority(other)).toBe(getPriority());
      expect(/^Umask:.*$/m.exec(proc(other, 'status'))?.[0]).toBe(/^Umask:.*$/m.exec(proc(process.pid, 'status'))?.[0]);
      expect(limitOf(other, 'open files')[1]).toBe(limitOf(process.pid, 'open files')[1]);
    }
    const { spec } = JSON.parse((await app.do('status', 'own', '--json')).stdout) as { readonly spec: unknown };
    expect(spec).toMatchObject({ nice: 17, umask: '027', limits: { nofile: 100, core: 1_048_576 }, user: null, group: null });
  });

  it('makes files and folders as its umask says', async () => {
    const command = sh('echo x > file; mkdir folder; echo ready; exec sleep 1000');
    await app.up({ services: { a: { command, umask: '077' } } });
    await app.untilSays('a', /ready/);
    const modeOf = (name: string): string => (statSync(app.path(name)).mode & 0o777).toString(8);
    expect([modeOf('file'), modeOf('folder')]).toEqual(['600', '700']);
  });

  it('meets its limit of files: one more cannot be opened', async () => {
    const command = sh('exec 3<. 4<. 5<. 6<. 7<. 8<. 9<.; echo opened; exec sleep 1000');
    await app
      .up({ services: { few: { command, limits: { nofile: 10 } }, fewer: { command, limits: { nofile: 9 }, restart: 'temporary' } } })
      .catch(() => undefined);
    await app.untilSays('few', /opened/);
    await app.untilService('fewer', 'has failed', ({ state }) => state === 'failed');
    expect((await app.logs('fewer')).map(({ text }) => text).join()).not.toContain('opened');
  });

  it('is restarted for a change of each of them, and for nothing else', async () => {
    const steps = [
      {},
      { nice: 11 },
      { nice: 11, umask: '022' },
      { nice: 11, umask: '022', limits: { core: 0 } },
      { limits: { core: 0 } },
    ] as const;
    const pids = new Set<number>();
    for (const fields of steps) {
      await app.up({ services: { a: { command: idle, ...fields }, b: { command: idle } } });
      pids.add(await app.pid('a'));
      await app.up({ services: { a: { command: idle, ...fields, stop_signal: 'SIGINT' }, b: { command: idle } } });
      pids.add(await app.pid('a'));
    }
    expect(pids.size).toBe(steps.length);
    expect((await app.service('b')).run).toBe(1);
    const pid = await app.pid('a');
    expect([getPriority(pid), limitOf(pid, 'core file size')]).toEqual([getPriority(), ['0', '0']]);
  });

  it('that does not exist is a failed start, not an exit', async () => {
    app.configure({ services: { a: { command: ['./gone'], nice: 15 }, b: { command: sleeper } } });
    expect(await app.run('up')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining(`no such file: "${app.path('gone')}"`) as string,
    });
    expect(await causeOf('a')).toBe(`no such file: "${app.path('gone')}"`);
    expect(await app.service('b')).toMatchObject({ pid: null });
  });

  it('that is replaced by nothing while it runs fails its restart, through the budget', async () => {
    writeFileSync(app.path('program'), '#!/bin/sh\necho ready; exec sleep 1000\n', { mode: 0o755 });
    await app.up({ intensity: 2, services: { a: { command: ['./program'], limits: { core: 0 } } } });
    await app.untilSays('a', /ready/);
    writeFileSync(app.path('program'), '#!/no/such\n');
    await app.do('kill', 'a');
    await app.untilService('a', 'has failed', ({ state }) => state === 'failed');
    expect((await app.history('a')).filter(({ event }) => event === 'start_failed').map(({ cause }) => cause)).toEqual(
      Array.from({ length: 2 }, () => `interpreter "/no/such" of "${app.path('program')}" not found`),
    );
  });

  it('cannot have more open files than the kernel allows, and the failed start says so', async () => {
    const most = readPrivileges().mostFiles;
    app.configure({ services: { a: { command: sleeper, limits: { nofile: most + 1 } } } });
    expect(await app.run('up')).toMatchObject({ code: 1 });
    expect(await causeOf('a')).toBe(`limits.nofile: ${most + 1} is more than this kernel allows (fs.nr_open is ${most})`);
  });
});

describe.skipIf(!mayBeOthers)('when no file can be opened any more', () => {
  const limit = (pid: number, files: number): void => {
    execFileSync('prlimit', ['--pid', String(pid), `--nofile=${files}:`]);
  };

  it.each([
    ['niceness', { nice: 5 }],
    ['limits', { limits: { core: 0 } }],
    ['a user', { user: 'nobody' }],
  ])('a service with %s has failed starts that say so; the daemon and whatever else runs go on', async (_what, fields) => {
    const cause = 'cannot read /proc/self/status: too many open files; raise the limit of open files: "ulimit -n" shows it';
    const own = { intensity: 2, restart: 'temporary', services: { a: { command: sleeper, cwd: '/', ...fields } } };
    await app.up({ services: { other: { command: sleeper }, in: own } });
    const other = await app.pid('other');
    const { pid } = await app.daemon();
    const first = await app.pid('in/a');
    limit(pid, 3);
    process.kill(first, 'SIGKILL');
    // Nothing can be asked of it now; what it records it can record, as its journal is open.
    await until('it has given up', () => /"start_failed".*"gave_up"/s.test(readFileSync(app.home.path('journal.ndjson'), 'utf8')));
    limit(pid, 1_024);
    const causes = (await app.history('in/a')).filter(({ event }) => event === 'start_failed').map((entry) => entry.cause);
    expect(causes).toEqual([cause, cause]);
    expect(await app.daemon()).toMatchObject({ pid });
    expect(await app.service('other')).toMatchObject({ pid: other, run: 1 });
    await app.do('start', 'in/a');
    expect(await app.service('in/a')).toMatchObject({ state: 'running' });
  });
});

/** A portsup of a user who is not root: installed where that user can read it, in a home of its own. */
describe.skipIf(!mayBeOthers)('a portsup that is not root', () => {
  const nobody = userNamed('nobody');
  let folder: string;
  let env: Readonly<Record<string, string>>;

  beforeEach(() => {
    folder = openFolder();
    const root = fileURLToPath(new URL('../..', import.meta.url));
    for (const part of ['bin', 'dist', 'package.json']) cpSync(`${root}/${part}`, `${folder}/installed/${part}`, { recursive: true });
    for (const own of ['home', 'project']) {
      mkdirSync(`${folder}/${own}`, { mode: 0o700 });
      chownSync(`${folder}/${own}`, nobody.uid, nobody.gid);
    }
    env = { ...app.env, HOME: `${folder}/home`, PORTSUP_HOME: `${folder}/home` };
  });
  afterEach(async () => {
    await killWith(folder);
    removeOpenFolder(folder);
  });

  async function portsup(config: object, ...words: readonly string[]): Promise<Pick<CliResult, 'code' | 'stdout' | 'stderr'>> {
    writeFileSync(`${folder}/project/portsup.json`, JSON.stringify(config), { mode: 0o644 });
    const options = { cwd: `${folder}/project`, env, uid: nobody.uid, gid: nobody.gid };
    const args = [`${folder}/installed/bin/portsup.js`, ...words];
    return promisify(execFile)(process.execPath, args, options).then(
      (said) => ({ code: 0, ...said }),
      (error: unknown) => error as Pick<CliResult, 'code' | 'stdout' | 'stderr'>,
    );
  }

  it('refuses to be somebody else, before it touches anything; to be itself changes nothing', async () => {
    const own = {
      services: {
        a: { command: ['/usr/bin/env'], restart: 'temporary' },
        b: { command: ['/usr/bin/env'], restart: 'temporary', user: 'nobody', group: nobody.gid },
      },
    };
    await portsup(own, 'up');
    const said = await until('both have ended', async () => {
      const { stdout } = await portsup(own, 'logs', '--json', '-n', 'all');
      const lines = stdout
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line) as { readonly path: string; readonly text: string });
      const of = (path: string): readonly string[] =>
        lines.filter((line) => line.path === path && !line.text.startsWith('PORTSUP_')).map(({ text }) => text);
      return of('a').length > 0 && of('b').length === of('a').length && [of('a'), of('b')];
    });
    expect(said[1]).toEqual(said[0]);
    for (const fields of [{ user: 'daemon' }, { user: 0 }, { group: 'daemon' }]) {
      const { code, stderr } = await portsup({ services: { a: { command: ['true'], ...fields } } }, 'up');
      expect(code).toBe(4);
      expect(stderr).toMatch(
        /^error: a: only root's portsup can run a service as .*; this one runs as user \d+\nhint: run portsup as root, or leave out "user" and "group"\n$/,
      );
    }
    await portsup(own, 'down');
  });

  it('may lower everything and raise nothing, and a failed start names field and value', async () => {
    const { hardFiles } = readPrivileges();
    const lower = { services: { a: { command: sleeper, nice: 14, umask: '077', limits: { nofile: 64, core: 0 } } } };
    expect((await portsup(lower, 'up')).code).toBe(0);
    const rows = JSON.parse((await portsup(lower, 'ps', '--json')).stdout) as readonly { readonly pid: number | null }[];
    const row = rows.find(({ pid }) => pid !== null);
    const pid = row?.pid ?? 0;
    expect([getPriority(pid), limitOf(pid, 'open files'), limitOf(pid, 'core file size')]).toEqual([14, ['64', '64'], ['0', '0']]);
    const fails = async (fields: object, cause: RegExp): Promise<void> => {
      const { code, stderr } = await portsup({ services: { a: { command: sleeper, ...fields } } }, 'up');
      expect(code).toBe(1);
      expect(stderr).toMatch(cause);
    };
    await fails({ nice: -1 }, /nice: -1 goes before portsup's own niceness \(\d+\), which takes root \(CAP_SYS_NICE\)/);
    await fails(
      { limits: { nofile: hardFiles + 1 } },
      new RegExp(`limits.nofile: ${hardFiles + 1} is more than portsup's own hard limit of ${hardFiles}, which only root may raise`),
    );
    await portsup(lower, 'down');
    expect(existsSync(`${folder}/home/run/portsup.sock`)).toBe(false);
  });
});
