/** What commands that ask (`exec` of readiness, liveness and watchdogs) leave behind outside their process group. */
import { spawn } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fixture, idle, LiveApp, sh } from '../helpers/live-app.js';
import { halt, isAlive, killTogether, processesWith } from '../helpers/processes.js';
import { until } from '../helpers/until.js';

let app: LiveApp;

beforeEach(() => {
  app = new LiveApp();
});

afterEach(async () => {
  await app.dispose();
});

/** A line of shell that starts a process in a session of its own, which notes its PID and goes on for long, and waits until it has noted it. */
const leave = `setsid sh -c 'echo $$$$ >> pids; echo > "$1"; exec sleep 1000' sh "by-$$$$" & until [ -e "by-$$$$" ]; do sleep 0.01; done`;
/** Asks well, and leaves somebody behind while there is a file "leave". */
const leaves = sh(`[ -e leave ] || exit 0; ${leave}`);
/** Leaves somebody behind and does not end. */
const leavesAndHangs = sh(`${leave}; sleep 1000`);

const touch = (name: string): void => writeFileSync(app.path(name), '');
const leftPids = (): readonly number[] => app.read('pids').split('\n').filter(Boolean).map(Number);
const ofProbes = (): readonly number[] =>
  processesWith(app.home.home).flatMap(({ pid, environ }) => (environ.includes('PORTSUP_SERVICE=@probe/a') ? pid : []));
const untilLeft = (count: number): Promise<boolean> => until(`${count} have been left`, () => leftPids().length >= count);
const untilGone = (): Promise<boolean> => until('all that were left are gone', () => !leftPids().some(isAlive));
const exec = { exec: leaves, interval: '50ms', timeout: '60s' };
const hanging = { exec: leavesAndHangs, interval: '50ms', timeout: '60s' };

async function up(config: object): Promise<void> {
  touch('pids');
  touch('leave');
  await app.up({ ...config });
}

/** Kills the daemon, which may have been halted before, and waits until it is gone. */
async function killDaemon(pid: number): Promise<void> {
  process.kill(pid, 'SIGKILL');
  await until('the daemon is gone', () => !isAlive(pid));
}

describe.runIf(process.platform === 'linux')('what a try has left in a session of its own', () => {
  it.each([
    ['alive', { services: { a: { command: idle, alive: exec } } }],
    ['a watchdog', { watchdogs: { dog: exec }, services: { a: { command: idle } } }],
    [
      'alive, whose answer is bad',
      { services: { a: { command: idle, alive: { ...exec, exec: sh(`${leaves[2]}; exit 1`), failures: 1000 } } } },
    ],
  ])('is gone when the try has ended, while its service goes on: of %s', async (_, config) => {
    await up(config);
    const pid = await app.pid('a');
    await untilLeft(3);
    rmSync(app.path('leave'));
    await untilGone();
    expect(await app.pid('a')).toBe(pid);
    expect((await app.history()).filter(({ event }) => event === 'killed')).toEqual([]);
  });

  it('is gone when the try has ended: of ready', async () => {
    touch('pids');
    const ready = { exec: sh(`${leave}; [ -e ready ]`), interval: '50ms', timeout: '60s' };
    app.configure({ services: { a: { command: idle, ready } } });
    await app.do('up', '--no-wait');
    await untilLeft(3);
    touch('ready');
    await app.untilService('a', 'is ready', ({ ready: isReady }) => isReady === true);
    await untilGone();
  });

  it('is gone when the try was ended because it took too long', async () => {
    const slow = { ...exec, exec: sh(`${leaves[2]}; sleep 1000`), timeout: '300ms', failures: 1000 };
    await up({ services: { a: { command: idle, alive: slow } } });
    await untilLeft(2);
    rmSync(app.path('leave'));
    await untilGone();
  });

  it('is gone although the service has "orphans: leave", which is about its own runs', async () => {
    await up({ services: { a: { command: idle, alive: exec, orphans: 'leave' } } });
    await untilLeft(2);
    rmSync(app.path('leave'));
    await untilGone();
  });

  it('is gone when its service has been stopped in the midst of a try, or does not ask any more', async () => {
    await up({ services: { a: { command: idle, alive: hanging }, b: { command: idle } } });
    await untilLeft(1);
    await app.do('stop', 'a');
    await untilGone();
    await app.do('start', 'a');
    await untilLeft(2);
    await app.up({ services: { a: { command: idle }, b: { command: idle } } });
    await untilGone();
  });

  it('is gone when "down" has ended, in the midst of a try and although it starts others all the time', async () => {
    const forking = sh('echo x >> asked; setsid "$1" & sleep 1000', fixture('ports-forker.sh'));
    await up({
      watchdogs: { dog: { ...hanging, exec: forking } },
      services: { a: { command: idle, alive: hanging } },
    });
    await untilLeft(1);
    await until('the watchdog is asked', () => app.read('asked') !== '');
    await app.do('down');
    expect(processesWith(app.home.home)).toEqual([]);
  });

  it('is gone when "down" of its application has ended, while another one goes on', async () => {
    const other = new LiveApp({ home: app.home, folder: app.home.path('other') });
    await other.up({ name: 'other', services: { o: { command: idle } } });
    await up({ name: 'first', watchdogs: { dog: hanging }, services: { a: { command: idle } } });
    await untilLeft(1);
    await app.do('down', '-p', 'first');
    expect(leftPids().filter(isAlive)).toEqual([]);
    expect(await other.pid('o')).toBeGreaterThan(0);
  });
});

describe.runIf(process.platform === 'linux')('what a try has left under a daemon that is killed', () => {
  it('is gone under the next one, in the midst of the try', async () => {
    await up({ watchdogs: { dog: hanging }, services: { a: { command: idle } } });
    await untilLeft(1);
    const [first] = leftPids();
    await killDaemon((await app.daemon()).pid);
    await until('it is gone', () => !isAlive(first ?? 0));
    await app.do('down');
    expect(processesWith(app.home.home)).toEqual([]);
  });

  it('is gone under the next one where the try has ended meanwhile', async () => {
    const waiting = sh(`${leave}; until [ -e go ]; do sleep 0.01; done`);
    await up({ services: { a: { command: idle, alive: { ...hanging, exec: waiting } } } });
    await untilLeft(1);
    const [first] = leftPids();
    const { pid } = await app.daemon();
    await halt(pid);
    touch('go');
    await until('the try has ended', () => ofProbes().join() === String(first));
    await killDaemon(pid);
    await until('it is gone', () => !isAlive(first ?? 0));
  });

  it('is gone whichever of its tries it was, and nobody else is', async () => {
    await up({ watchdogs: { dog: { ...exec, interval: '60s' } }, services: { a: { command: idle } } });
    await untilLeft(1);
    const marked = (marker: Readonly<Record<string, string>>): number => {
      const env = { ...app.env, PORTSUP_APP: 'project', PORTSUP_SERVICE: '@probe/a', PORTSUP_RUN: '7', ...marker };
      return spawn('sleep', ['1000'], { env, stdio: 'ignore', detached: true }).pid ?? 0;
    };
    const ours = [marked({}), marked({ PORTSUP_SERVICE: '@watchdog/gone' }), marked({ PORTSUP_APP: 'gone' })];
    const others = [marked({ PORTSUP_HOME: app.home.path('elsewhere') }), marked({ PORTSUP_SERVICE: 'a', PORTSUP_RUN: '1' })];
    await killDaemon((await app.daemon()).pid);
    await until('what was left is gone', () => !ours.some(isAlive));
    expect(others.filter(isAlive)).toEqual(others);
    expect(await app.pid('a')).toBeGreaterThan(0);
  });

  it('is gone when "down" has ended that comes right after, to the next daemon', async () => {
    await up({ watchdogs: { dog: hanging, other: { ...exec, interval: '60s' } }, services: { a: { command: idle } } });
    await untilLeft(2);
    await killDaemon((await app.daemon()).pid);
    await app.do('down');
    expect(processesWith(app.home.home)).toEqual([]);
  });

  it('is gone under the next keeper, too', async () => {
    await up({ watchdogs: { dog: hanging }, services: { a: { command: idle } } });
    await untilLeft(1);
    const before = leftPids();
    const { pid, keeperPid } = await app.daemon();
    await killTogether(pid, keeperPid);
    await app.do('up');
    await until('it is gone', () => !before.some(isAlive));
    await app.do('down');
    expect(processesWith(app.home.home)).toEqual([]);
  });
});
