/** Programs that run as another user, as portsup of root executes them. Linux, and only where this is root. */
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, readlinkSync, statSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ServiceRow } from '../../src/control/contract.js';
import { type Config, LiveApp, sh } from '../helpers/live-app.js';
import { mayBeOthers, openFolder, removeOpenFolder, userNamed, userWithGroups } from '../helpers/open-folder.js';
import { isAlive, killTogether, processesWith } from '../helpers/processes.js';
import { until } from '../helpers/until.js';

let app: LiveApp;
let folder: string;

beforeEach(() => {
  folder = openFolder();
  app = new LiveApp({ folder });
});
afterEach(async () => {
  await app.dispose();
  removeOpenFolder(folder);
});

const nobody = userNamed('nobody');
const sleeper = ['sleep', '1000'];
const proc = (pid: number, file: string): string => readFileSync(`/proc/${pid}/${file}`, 'latin1');
/** The numbers behind a key of /proc/PID/status. */
const ids = (pid: number, key: string): readonly number[] =>
  (new RegExp(`^${key}:\\s*(.*)$`, 'm').exec(proc(pid, 'status'))?.[1] ?? '').trim().split(/\s+/).map(Number);
/** The variables that a process was executed with. */
const environOf = (pid: number): Readonly<Record<string, string>> =>
  Object.fromEntries(
    proc(pid, 'environ')
      .split('\0')
      .filter(Boolean)
      .map((entry) => [entry.slice(0, entry.indexOf('=')), entry.slice(entry.indexOf('=') + 1)]),
  );
const causeOf = async (path: string): Promise<string | null | undefined> =>
  (await app.history(path)).findLast(({ event }) => event === 'start_failed')?.cause;

describe.skipIf(!mayBeOthers)('a service of another user', () => {
  it('has all ids of that user, and is otherwise executed as any other', async () => {
    const odd = { 'spring.port': '1', PWD: '/declared', _: 'mine', 'a b': 'c\nd' };
    await app.up({
      services: { plain: { command: sleeper, env: odd }, other: { command: sleeper, env: odd, user: 'nobody', group: 1 } },
    });
    const [plain, other] = [await app.pid('plain'), await app.pid('other')];
    expect(ids(other, 'Uid')).toEqual([nobody.uid, nobody.uid, nobody.uid, nobody.uid]);
    expect(ids(other, 'Gid')).toEqual([1, 1, 1, 1]);
    expect(ids(other, 'Groups')).toEqual([1]);
    expect(proc(other, 'status')).toMatch(/^CapEff:\s*0+$/m);
    // Nothing is left of what has executed it: its name, its words, its place, its descriptors.
    const { keeperPid } = await app.daemon();
    for (const pid of [plain, other]) {
      const fields = proc(pid, 'stat').split(' ');
      expect([fields[1], fields[3], fields[4], fields[5]]).toEqual(['(sleep)', String(keeperPid), String(pid), String(pid)]);
      expect(proc(pid, 'cmdline')).toBe('sleep\x001000\0');
      expect(readlinkSync(`/proc/${pid}/cwd`)).toBe(folder);
      expect(readdirSync(`/proc/${pid}/fd`)).toEqual(['0', '1', '2']);
    }
    const { PORTSUP_SERVICE: _one, HOME, ...rest } = environOf(plain);
    const { PORTSUP_SERVICE: _other, ...others } = environOf(other);
    expect(HOME).toBe(app.home.home);
    expect(others).toEqual({ ...rest, HOME: nobody.home, USER: 'nobody', LOGNAME: 'nobody', SHELL: nobody.shell });
    expect(others).toMatchObject(odd);
  });

  it('has its variables for itself: nothing that runs as root obeys them', async () => {
    // The loader tells what it loads, into files that belong to whoever runs it: "<prefix>.<pid>".
    mkdirSync(app.path('loads'));
    chmodSync(app.path('loads'), 0o777);
    const env = { LD_DEBUG: 'libs', LD_DEBUG_OUTPUT: app.path('loads', 'of'), SECRET: 'hidden' };
    await app.up({ user: 'nobody', services: { a: { command: sleeper, env, nice: 3, limits: { nofile: 99, core: 0 } } } });
    const pid = await app.pid('a');
    expect(environOf(pid)).toMatchObject(env);
    const owner = statSync(app.path('loads', `of.${pid}`)).uid;
    expect({ owner, loads: readdirSync(app.path('loads')) }).toEqual({ owner: nobody.uid, loads: [`of.${pid}`] });
    expect(readFileSync(app.path('loads', `of.${pid}`), 'utf8')).not.toMatch(/initialize program: .*(?:prlimit|nice|setpriv|env)\n/);
  });

  it('has what its env says of HOME and the like', async () => {
    await app.up({ user: 'nobody', services: { a: { command: sleeper, env: { HOME: '/tmp', SHELL: '/bin/dash' } } } });
    expect(environOf(await app.pid('a'))).toMatchObject({ HOME: '/tmp', SHELL: '/bin/dash', USER: 'nobody', PORTSUP_HOME: app.home.home });
  });

  const somebody = userWithGroups();
  it.skipIf(!somebody)('has the supplementary groups of that user, where somebody in /etc/group has any', async () => {
    const { name = '', gids = [] } = somebody ?? {};
    await app.up({ user: name, services: { a: { command: sleeper }, b: { command: sleeper, group: 60 } } });
    expect(new Set(ids(await app.pid('a'), 'Groups'))).toEqual(new Set(gids));
    expect(new Set(ids(await app.pid('b'), 'Groups'))).toEqual(new Set([60, ...gids.slice(1)]));
  });

  it('may be a number that nobody has, with a group; a nearer level may take it back', async () => {
    await app.up({
      user: 4711,
      group: 4712,
      services: { a: { command: sleeper }, in: { user: 'root', services: { b: { command: sleeper } } } },
    });
    const [a, b] = [await app.pid('a'), await app.pid('in/b')];
    expect([ids(a, 'Uid')[0], ids(a, 'Gid')[0], ids(a, 'Groups')]).toEqual([4711, 4712, [4712]]);
    expect(environOf(a)).toMatchObject({ HOME: '/' });
    expect(environOf(a)).not.toHaveProperty('USER');
    expect(ids(b, 'Uid')[0]).toBe(0);
    expect(environOf(b)['HOME']).toBe(app.home.home);
  });

  it.each(['capture', 'raw'] as const)('can open /dev/stdin, /dev/stdout and /dev/stderr anew (%s)', async (mode) => {
    const line = 'echo out >> /dev/stdout; echo err >> /dev/stderr; read word < /dev/stdin; echo "heard $word"; exec sleep 1000';
    const config = (user: string): Config => ({ user, services: { a: { command: sh(line), logs: { raw: mode === 'raw' } } } });
    const said = async (run: number): Promise<readonly string[]> => {
      await app.do('send', 'a', `word${run}`);
      await app.untilSays('a', new RegExp(`heard word${run}`));
      return (await app.logs('a')).map(({ text }) => text);
    };
    await app.up(config('nobody'));
    expect(await said(1)).toEqual(expect.arrayContaining(['out', 'err', 'heard word1']));
    // The same pipes, of another one, and of root again.
    await app.up(config('daemon'));
    expect(await said(2)).not.toContainEqual(expect.stringContaining('denied'));
    await app.up(config('root'));
    expect(await said(3)).not.toContainEqual(expect.stringContaining('denied'));
  });

  it('is stopped, signalled and killed like any other; what it leaves behind is found', async () => {
    const command = sh('setsid sleep 1000 & trap "echo usr1" USR1; echo ready; while :; do sleep 0.05; done');
    await app.up({ user: 'nobody', services: { a: { command } } });
    await app.untilSays('a', /ready/);
    await app.do('signal', 'USR1', 'a');
    await app.untilSays('a', /usr1/);
    const away = await until('it has left the group', () =>
      processesWith(app.home.home).find(({ command: words }) => words === 'sleep 1000'),
    );
    await app.do('kill', 'a');
    await app.untilRun('a', 2);
    expect(isAlive(away.pid)).toBe(false);
    expect((await app.history('a')).find(({ cause }) => cause?.includes('sleep'))).toMatchObject({ event: 'killed' });
    await app.do('down');
    expect(processesWith(app.home.home)).toEqual([]);
  });

  it('is the same after the death of daemon and keeper, in its next run, too', async () => {
    await app.up({ user: 'nobody', services: { a: { command: sleeper, nice: 3, umask: '027', limits: { nofile: 99 } } } });
    const before = await app.service('a');
    const facts = (pid: number): unknown => ({
      uid: ids(pid, 'Uid'),
      gid: ids(pid, 'Gid'),
      umask: ids(pid, 'Umask'),
      nice: proc(pid, 'stat').split(' ')[18],
      files: /Max open files +99 +99/.test(proc(pid, 'limits')),
      env: { ...environOf(pid), PORTSUP_RUN: '' },
    });
    const expected = facts(before.pid ?? 0);
    const crashed = async (): Promise<ServiceRow> => {
      const { pid, run } = await app.service('a');
      process.kill(pid ?? 0, 'SIGKILL');
      return app.untilRun('a', run + 1);
    };
    const { pid, keeperPid } = await app.daemon();
    process.kill(pid, 'SIGKILL');
    const second = await until('another daemon', async () => {
      const status = await app.daemon();
      return status.pid !== pid && status;
    });
    expect(await app.pid('a')).toBe(before.pid);
    expect(facts((await crashed()).pid ?? 0)).toEqual(expected);
    process.kill(keeperPid, 'SIGKILL');
    await until('another keeper', async () => {
      const status = await app.daemon();
      return status.keeperPid !== keeperPid && status.pid !== second.pid;
    });
    expect((await app.service('a')).run).toBe(2);
    expect(facts((await crashed()).pid ?? 0)).toEqual(expected);
  });

  it('that no state knows any more is found by its marker, and ended', async () => {
    await app.up({ user: 'nobody', services: { a: { command: sleeper } } });
    const service = await app.pid('a');
    const { pid, keeperPid } = await app.daemon();
    await killTogether(keeperPid, pid);
    writeFileSync(app.home.path('state.ndjson'), 'torn');
    await app.do('up');
    expect(isAlive(service)).toBe(false);
    expect(await app.pid('a')).not.toBe(service);
    expect(processesWith(app.home.home).filter(({ command }) => command === 'sleep 1000')).toHaveLength(1);
  });

  it('writes its own exit code where it cannot write otherwise', async () => {
    const job = sh('echo ready; until [ -e go ]; do sleep 0.01; done; echo 7 > "$PORTSUP_EXIT_FILE"; exit 7');
    await app.up({ user: 'nobody', services: { job: { command: job, restart: 'transient', success_exit_codes: [7] } } });
    await app.untilSays('job', /ready/);
    const place = environOf(await app.pid('job'))['PORTSUP_EXIT_FILE'] ?? '';
    expect(statSync(place)).toMatchObject({ uid: nobody.uid, size: 0 });
    const { keeperPid } = await app.daemon();
    process.kill(keeperPid, 'SIGKILL');
    await until('another keeper', async () => (await app.daemon()).keeperPid !== keeperPid);
    writeFileSync(app.path('go'), '');
    expect(await app.untilService('job', 'has completed', ({ state }) => state === 'completed')).toMatchObject({ exit: { code: 7 } });
    await app.do('down');
    expect(existsSync(place)).toBe(false);
    expect(existsSync(place.replace(/\/[^/]*$/, ''))).toBe(false);
  });
});

describe.skipIf(!mayBeOthers)('a start as another user fails', () => {
  const failing: readonly (readonly [what: string, fields: Readonly<Record<string, unknown>>, cause: RegExp])[] = [
    ['where there is no such file', { command: ['./gone'] }, /no such file: "\/tmp\/po-[^"]*\/gone"$/],
    ['where there is no such program', { command: ['nosuchprogram'] }, /no program "nosuchprogram" in PATH \(/],
    ['where it is not executable', { command: ['./text'] }, /"[^"]*\/text" is not executable \(mode 0644\): run "chmod \+x/],
    ["where it is somebody else's", { command: ['./mine'] }, /"[^"]*\/mine" may not be executed by user "nobody" \(mode 0700\)$/],
    [
      'where its folder is closed',
      { command: ['./closed/program'] },
      /"[^"]*\/program" cannot be reached by user "nobody": permission denied for "[^"]*\/closed"$/,
    ],
    ['where its interpreter is missing', { command: ['./script'] }, /interpreter "\/no\/such" of "[^"]*\/script" not found$/],
    [
      'where cwd is closed',
      { command: ['true'], cwd: 'closed' },
      /the working directory "[^"]*\/closed" cannot be entered by user "nobody": permission denied for "[^"]*\/closed"$/,
    ],
    ['where cwd is missing', { command: ['true'], cwd: 'gone' }, /the working directory "[^"]*\/gone" does not exist$/],
    ['for a name with "="', { command: ['./a=b'] }, /no such file: "[^"]*\/a=b"$/],
  ];
  it.each(failing)('%s', async (_what, fields, cause) => {
    mkdirSync(app.path('closed'), { mode: 0o700 });
    writeFileSync(app.path('closed', 'program'), '#!/bin/sh\n', { mode: 0o755 });
    writeFileSync(app.path('text'), 'text');
    writeFileSync(app.path('mine'), '#!/bin/sh\n', { mode: 0o700 });
    writeFileSync(app.path('script'), '#!/no/such\n', { mode: 0o755 });
    app.configure({ user: 'nobody', services: { a: fields } });
    const { code, stderr } = await app.run('up');
    expect(code).toBe(1);
    expect(stderr).toMatch(new RegExp(cause.source.replace(/\$$/, '')));
    expect(await causeOf('a')).toMatch(cause);
    const runs = JSON.parse((await app.do('history', '--runs', '--json')).stdout) as readonly { readonly state: string }[];
    expect(runs.map(({ state }) => state)).toEqual(['start_failed']);
  });

  it.each([125, 126, 127])('but not for a program that ends with %i by itself', async (code) => {
    await app
      .up({
        user: 'nobody',
        intensity: 0,
        services: { a: { command: sh(`exit ${code}`), restart: 'temporary' }, b: { command: sleeper } },
      })
      .catch(() => undefined);
    expect(await app.service('a')).toMatchObject({ state: 'failed', exit: { code } });
    expect(await causeOf('a')).toBeUndefined();
    // What is made in /run for its exit code goes with the application.
    await app.do('down');
  });

  it('and up refuses a user or group that there is not, before it touches anything', async () => {
    await app.up({ services: { a: { command: sleeper } } });
    const pid = await app.pid('a');
    const inner = {
      user: 'nosuchuser',
      services: { b: { command: sleeper }, c: { command: sleeper, group: 'nosuchgroup', user: 'root' } },
    };
    app.configure({ services: { a: { command: ['true'] }, in: inner } });
    expect(await app.run('up')).toMatchObject({
      code: 6,
      stderr:
        'error: in/b: there is no user "nosuchuser" in /etc/passwd; in/c: there is no group "nosuchgroup" in /etc/group\nhint: correct the name; a user that only a directory service knows (LDAP, macOS) is named by number\n',
    });
    app.configure({ services: { pool: { strategy: 'simple_one_for_one', group: 'nosuchgroup', template: { command: sleeper } } } });
    expect(await app.run('up')).toMatchObject({ code: 6, stderr: expect.stringContaining('there is no group "nosuchgroup"') as string });
    expect(await app.pid('a')).toBe(pid);
    expect(userInfo().uid).toBe(0);
  });
});
