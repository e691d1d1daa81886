/** The chains before programs, executed for real by a parent that knows nothing of them. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readdirSync } from 'node:fs';
import { getPriority } from 'node:os';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { errnoOf } from '../../src/base/errors.js';
import { type BegunRun, Starting } from '../../src/daemon/starting.js';
import { findAccount } from '../../src/ports/accounts.js';
import { commandLineOf } from '../../src/ports/command-line.js';
import { planLaunch } from '../../src/ports/launch.js';
import { type Attributes, chainFor } from '../../src/ports/launch-chain.js';
import { readPrivileges } from '../../src/ports/privileges.js';
import { findTool } from '../../src/ports/tools.js';
import { type ManualClock, manualClock } from '../helpers/manual-clock.js';
import { mayBeOthers } from '../helpers/open-folder.js';
import { processRow } from '../helpers/process-rows.js';
import { until } from '../helpers/until.js';

let child: ChildProcess | undefined;
afterEach(() => {
  child?.kill('SIGKILL');
});

const none: Attributes = { nice: null, umask: null, limits: { nofile: null, core: null } };
const env = { PATH: '/usr/bin:/bin', EMPTY: '', 'two lines': 'a\nb' };

/** What a program says that is executed behind a chain; its own umask is this process's. */
function said(argv: readonly string[], attributes: Partial<Attributes>, tools = findTool): string {
  const common = { cwd: '/', env, account: null, niceness: getPriority(), hasUmask: false, platform: process.platform };
  const chain = chainFor({ ...common, argv, attributes: { ...none, ...attributes }, findTool: tools });
  if (typeof chain === 'string') throw new Error(chain);
  const [program = '', ...args] = [...chain.stages.flat(), ...argv];
  return execFileSync(program, args, { env: chain.env, encoding: 'utf8' });
}

const shell = (line: string): readonly string[] => ['/bin/sh', '-c', line];
const withoutPrlimit = (name: string): string | undefined => (name === 'prlimit' ? undefined : findTool(name));

describe('a shell in the place of better tools', () => {
  it('sets the umask for a keeper that cannot, and adds nothing to the environment', () => {
    expect(said(shell('umask'), { umask: '037' })).toBe('0037\n');
    const lines = said(['/usr/bin/env'], { umask: '037' }).split('\n');
    expect(lines.filter((line) => /^(PWD|OLDPWD|SHLVL|_)=/.test(line))).toEqual([]);
    expect(lines).toEqual(expect.arrayContaining(['PATH=/usr/bin:/bin', 'EMPTY=']));
  });

  it('sets limits where there is no prlimit', () => {
    const limits = { nofile: 77, core: 1_024 };
    expect(said(shell('ulimit -Sn; ulimit -Hn'), { limits }, withoutPrlimit)).toBe('77\n77\n');
    expect(said(shell('ulimit -Hc'), { limits: { nofile: null, core: 0 } }, withoutPrlimit)).toBe('0\n');
  });

  it('passes words on as they are', () => {
    const strange = ['a b', '"', "'", '$HOME', '*', 'ü', 'two\nlines', '', '-n', '--'];
    const argv = ['/usr/bin/printf', '<%s>', ...strange];
    expect(said(argv, { umask: '022', nice: getPriority() + 1, limits: { nofile: 99, core: 0 } })).toBe(
      strange.map((word) => `<${word}>`).join(''),
    );
  });
});

describe.skipIf(!mayBeOthers)('the tools before a user', () => {
  /** Each character that a name may have, and names that tools, loaders and we ourselves know. */
  const characters = Array.from({ length: 127 }, (_, index) => String.fromCharCode(index + 1)).filter((one) => one !== '=');
  const known = ['-S', '--', 'ü', 'two words', 'a\\_b', '${HOME}', 'LD_BIND_NOW', 'PATH', 'PORTSUP_KEPT_0', 'PORTSUP_RUN', '__proto__'];
  const names = [...characters, ...known];
  const account = { uid: 1, gid: 1, groups: [1], entry: null };

  it.each(['', '$HOME', 'a b\n"c" \\_ \'d\' #e'])('leave each variable as it is, whatever its name, with the value %j', (value) => {
    const whole = Object.fromEntries(names.map((name) => [name, name === 'PATH' ? '/usr/bin:/bin' : value]));
    const attributes = { ...none, umask: '022', limits: { nofile: 99, core: null } };
    const argv = ['env', '-0'];
    const chain = chainFor({ argv, cwd: '/', env: whole, account, attributes, niceness: 0, hasUmask: false, platform: 'linux', findTool });
    if (typeof chain === 'string') throw new Error(chain);
    const [program = '', ...args] = chain.stages.flat();
    const variables = execFileSync(program, [...args, ...argv], { env: chain.env, encoding: 'utf8' })
      .split('\0')
      .filter(Boolean);
    expect(variables.toSorted()).toEqual(
      Object.entries(whole)
        .map(([name, text]) => `${name}=${text}`)
        .toSorted(),
    );
  });
});

it('a niceness cannot be counted from that of a keeper that has just been killed, and the plan says so', async () => {
  child = spawn('true', { stdio: 'ignore' });
  await once(child, 'exit');
  const launch = { argv: ['true'], cwd: '/', env, attributes: { ...none, nice: 5 }, account: null };
  const pid = child.pid ?? 0;
  expect(planLaunch(launch, { keeperPid: pid, hasUmask: true })).toEqual({
    ok: false,
    problem: expect.stringMatching(
      new RegExp(`^nice: the niceness of portsup's keeper \\(PID ${pid}\\) cannot be told: .*no such process`),
    ) as string,
  });
});

it.skipIf(process.platform !== 'linux')('where no file can be opened nobody is told to be unknown', () => {
  const own = readPrivileges();
  const told = withoutFiles(() => [
    caught(() => findAccount({ user: 'nobody', group: null }, own)),
    caught(() => readPrivileges()),
    caught(() => commandLineOf(process.pid)),
  ]);
  const hint = 'raise the limit of open files: "ulimit -n" shows it';
  expect(told).toMatchObject([
    { code: 'FAILED', message: 'cannot read /etc/passwd: too many open files', hint },
    { code: 'FAILED', message: 'cannot read /proc/self/status: too many open files', hint },
    'returned: ',
  ]);
  expect(findAccount({ user: 'nosuchuser', group: null }, own)).toMatchObject({ kind: 'unknown' });
});

function caught(act: () => unknown): unknown {
  try {
    return `returned: ${String(act())}`;
  } catch (error) {
    return error;
  }
}

/** Does it while this process has no file descriptor left. */
function withoutFiles<T>(act: () => T): T {
  const soft = (limit: string): Buffer => execFileSync('prlimit', ['--pid', String(process.pid), `--nofile=${limit}:`]);
  const before = execFileSync('prlimit', ['--pid', String(process.pid), '--nofile', '--output', 'SOFT', '--noheadings'], {
    encoding: 'utf8',
  });
  const opened: number[] = [];
  soft(String(readdirSync('/proc/self/fd').length + 20));
  try {
    for (;;) opened.push(openSync('/dev/null', 'r'));
  } catch (error) {
    if (errnoOf(error) !== 'EMFILE') throw error;
    return act();
  } finally {
    for (const fd of opened) closeSync(fd);
    soft(before.trim());
  }
}

describe.skipIf(process.platform !== 'linux')('a run on its way', () => {
  it('shows itself as each program of its chain, and then as its own', async () => {
    const attributes = { nice: getPriority() + 1, umask: '027', limits: { nofile: 99, core: 0 } };
    const launch = { argv: ['sleep', '1000'], cwd: '/', env, attributes, account: null };
    const plan = planLaunch(launch, { keeperPid: process.pid, hasUmask: true });
    if (!plan.ok) throw new Error(plan.problem);
    expect(plan.umask).toBe(0o27);
    expect(plan.before).toHaveLength(2);
    expect(plan.before[0]).toBe(`${plan.argv.join('\0')}\0`);
    const [program = '', ...args] = plan.argv;
    child = spawn(program, args, { env: plan.env, stdio: 'ignore' });
    const pid = child.pid ?? 0;
    const clock = manualClock();
    let started = 0;
    new Starting(clock).began('a', { run: 1, pid, before: plan.before }, () => {
      started += 1;
    });
    await until('it is seen as started', () => {
      clock.pass(1_000);
      return started > 0;
    });
    expect(processRow(pid)?.command).toBe('sleep 1000');
    clock.pass(10_000);
    expect(started).toBe(1);
  });

  describe('held up', () => {
    const before = ['sleep\x001000\0'];
    let pid: number;
    let clock: ManualClock;
    let starting: Starting;
    let started: string[];
    const begin = (name: string, run: Partial<BegunRun> = {}): void => {
      starting.began(name, { run: 1, pid, before, ...run }, () => started.push(name));
    };

    beforeEach(() => {
      child = spawn('sleep', ['1000'], { env, stdio: 'ignore' });
      pid = child.pid ?? 0;
      clock = manualClock();
      starting = new Starting(clock);
      started = [];
    });

    it('is not started before 3 s have passed, and never once it has ended', async () => {
      begin('held-up');
      begin('ending');
      begin('plain', { before: [] });
      begin('other', { before: ['env\0sleep\x001000\0'] });
      clock.pass(2_999);
      expect(started).toEqual(['plain', 'other']);
      child?.kill('SIGKILL');
      await once(child ?? process, 'exit');
      expect(starting.ended('ending')).toBe(true);
      expect(starting.ended('ending')).toBe(false);
      expect(starting.ended('other')).toBe(false);
      clock.pass(1);
      expect(started).toEqual(['plain', 'other', 'held-up']);
      clock.pass(60_000);
      expect(started).toHaveLength(3);
      expect(clock.nextInMs()).toBeNull();
    });

    it('is started at once where it is to hurry, also if that is said before it begins', () => {
      begin('now');
      begin('not-this-run', { run: 2 });
      starting.hurry('now', 1);
      starting.hurry('not-this-run', 1);
      starting.hurry('soon', 4);
      starting.hurry('forgotten', 1);
      starting.ended('forgotten');
      expect(started).toEqual(['now']);
      begin('soon', { run: 4 });
      begin('forgotten');
      expect(started).toEqual(['now', 'soon']);
      expect(starting.ended('now')).toBe(false);
      // Said of one run, it does not count for the next.
      begin('soon', { run: 5 });
      clock.pass(2_999);
      expect(started).toEqual(['now', 'soon']);
    });
  });
});
