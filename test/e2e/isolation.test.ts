import { execFile } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { portsupBin } from '../helpers/cli.js';
import { fixture, idle, LiveApp } from '../helpers/live-app.js';

let app: LiveApp;

beforeEach(() => {
  app = new LiveApp();
});

afterEach(async () => {
  await app.dispose();
});

/** What the fixture says of itself. */
interface Facts {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  readonly umask: number;
  readonly pid: number;
}

const factsProgram = [process.execPath, fixture('e2e-facts.mjs')];

const factsOf = async (run: number): Promise<Facts> => {
  const { text } = await app.untilSays('facts', new RegExp(`"PORTSUP_RUN":"${run}"`));
  const { env, ...facts } = JSON.parse(text) as Facts;
  // macOS gives this one to every program by itself.
  const { __CF_USER_TEXT_ENCODING: _, ...own } = env;
  return { ...facts, env: own };
};

/** Runs `up` from a shell that has been made into something first. */
const upFrom = async (preparation: string): Promise<void> => {
  const line = `${preparation}\nexec "$@"`;
  await promisify(execFile)('bash', ['-c', line, 'bash', process.execPath, portsupBin, 'up'], { cwd: app.folder, env: app.env });
};

const proc = (pid: number, file: string): string => readFileSync(`/proc/${pid}/${file}`, 'utf8');
const statusField = (pid: number, name: string): string => new RegExp(`^${name}:\\s*(.*)$`, 'm').exec(proc(pid, 'status'))?.[1] ?? '';

/** Names and targets of the open descriptors. */
const descriptors = (pid: number): readonly string[] =>
  readdirSync(`/proc/${pid}/fd`).map((fd) => `${fd} ${readlinkSync(`/proc/${pid}/fd/${fd}`)}`);

const isLinux = process.platform === 'linux';

describe.runIf(isLinux)('what a service gets from the shell that ran up', () => {
  it('is three descriptors, each a named pipe or /dev/null, and none that the shell had open', async () => {
    app.configure({ services: { a: { command: idle }, b: { command: idle, stdin: 'null' } } });
    await upFrom('exec 5< /dev/null 9> held 11>> held 200> held');
    await app.do('kill', 'a');
    const first = await app.untilRun('a', 2);
    const fifo = app.home.path('run', 'fifo', 'project');
    expect(descriptors(first.pid ?? 0)).toEqual([`0 ${fifo}.a.in`, `1 ${fifo}.a.out`, `2 ${fifo}.a.err`]);
    expect(descriptors(await app.pid('b'))).toEqual(['0 /dev/null', `1 ${fifo}.b.out`, `2 ${fifo}.b.err`]);
  });

  it('is no ignored and no blocked signal', async () => {
    app.configure({ services: { a: { command: idle } } });
    await upFrom("trap '' HUP INT QUIT PIPE TERM USR1 CHLD TSTP TTIN TTOU");
    await app.do('kill', 'a');
    const pid = (await app.untilRun('a', 2)).pid ?? 0;
    expect([statusField(pid, 'SigIgn'), statusField(pid, 'SigBlk')].map((mask) => BigInt(`0x${mask}`))).toEqual([0n, 0n]);
    await app.do('stop', 'a');
    expect((await app.service('a')).exit?.signal).toBe('SIGTERM');
  });

  it('is a session and a process group of its own, without a terminal', async () => {
    await app.up({ services: { a: { command: idle } } });
    const pid = await app.pid('a');
    const stat = proc(pid, 'stat');
    const [, , pgrp, session, terminal] = stat
      .slice(stat.lastIndexOf(')') + 2)
      .split(' ')
      .map(Number);
    expect([pgrp, session, terminal]).toEqual([pid, pid, 0]);
  });

  it('is its umask, and every limit but the soft one of open files, which Node raises', async () => {
    app.configure({ services: { facts: { command: factsProgram } } });
    await upFrom('umask 027; ulimit -c 0; ulimit -n 4096; ulimit -s 4096');
    const { pid, umask } = await factsOf(1);
    expect(umask).toBe(0o027);
    const limits = proc(pid, 'limits');
    expect(limits).toMatch(/^Max core file size +0 +0 /m);
    expect(limits).toMatch(/^Max open files +4096 +4096 /m);
    expect(limits).toMatch(/^Max stack size +4194304 +4194304 /m);
  });
});

describe('the environment of a service', () => {
  const caller = {
    PATH: '/nowhere/node_modules/.bin:/nowhere/node-gyp-bin:/opt/own/bin:/usr/bin:/bin',
    FROM_CALLER: 'a value with = and spaces',
    EMPTY: '',
    NODE_OPTIONS: '--no-warnings',
    NODE_CHANNEL_FD: '77',
    NODE_CHANNEL_SERIALIZATION_MODE: 'json',
    npm_config_registry: 'http://nowhere.invalid',
    npm_lifecycle_event: 'start',
    INIT_CWD: '/nowhere',
    SHLVL: '7',
    PWD: '/nowhere',
    OLDPWD: '/nowhere',
    TERM: 'dumb',
    TERM_PROGRAM: 'a terminal',
    SSH_AUTH_SOCK: '/nowhere',
    WINDOWID: '7',
    PORTSUP_SERVICE: 'somebody else',
    PORTSUP_RUN: '99',
  };

  it("is the caller's without what describes a terminal or a runner, what is declared, and three variables of ours", async () => {
    app = new LiveApp({ home: app.home, env: caller });
    const declared = {
      env: { LEVEL: 'root', BOTH: 'root' },
      services: { facts: { command: factsProgram, env: { BOTH: 'own', LANG: 'xx' } } },
    };
    await app.up({ name: 'shop', ...declared });
    const { env } = await factsOf(1);
    const ours = { PORTSUP_APP: 'shop', PORTSUP_SERVICE: 'facts', PORTSUP_RUN: '1' };
    const inherited = { PATH: '/opt/own/bin:/usr/bin:/bin', FROM_CALLER: caller.FROM_CALLER, EMPTY: '', TERM: 'dumb' };
    expect(env).toEqual({ ...app.home.env, ...inherited, LEVEL: 'root', BOTH: 'own', LANG: 'xx', ...ours });
  });

  it("is the same after a crash, although the caller's has changed; --update-env takes the new one", async () => {
    await app.up({ intensity: 10, services: { facts: { command: factsProgram } } });
    const before = await factsOf(1);
    app = new LiveApp({ home: app.home, env: { CHANGED: 'yes' } });
    await app.do('up');
    await app.do('kill', 'facts');
    const after = await factsOf(2);
    expect(after.env).toEqual({ ...before.env, PORTSUP_RUN: '2' });
    expect(after.pid).not.toBe(before.pid);
    await app.do('restart', 'facts');
    expect((await factsOf(3)).env).toEqual({ ...before.env, PORTSUP_RUN: '3' });
    await app.do('up', '--update-env');
    expect((await factsOf(4)).env).toEqual({ ...before.env, CHANGED: 'yes', PORTSUP_RUN: '4' });
  });

  it('is never shown: not in ps, status, history or the log of the daemon', async () => {
    const secret = 'hunter2-from-the-caller';
    app = new LiveApp({ home: app.home, env: { TOKEN: secret } });
    await app.up({ services: { a: { command: idle, env: { PASSWORD: 'hunter2-declared' } } } });
    for (const args of [
      ['ps', '--json'],
      ['status', 'a', '--json'],
      ['status', 'a'],
      ['history', '--json'],
      ['daemon', 'logs'],
    ]) {
      expect((await app.do(...args)).stdout).not.toMatch(/hunter2/);
    }
  });

  it('comes with the working folder of the configuration, or its own', async () => {
    await app.up({ services: { facts: { command: factsProgram } } });
    expect((await factsOf(1)).cwd).toBe(app.folder);
    await app.up({ services: { facts: { command: factsProgram, cwd: '..' } } });
    expect((await factsOf(2)).cwd).toBe(app.home.home);
  });
});
