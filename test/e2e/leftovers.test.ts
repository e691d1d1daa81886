import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { HistoryEntry } from '../../src/control/contract.js';
import { fixture, idle, LiveApp, sh } from '../helpers/live-app.js';
import { isAlive, processesWith } from '../helpers/processes.js';
import { until } from '../helpers/until.js';

let app: LiveApp;

beforeEach(() => {
  app = new LiveApp();
});

afterEach(async () => {
  await app.dispose();
});

const leaver = (): readonly string[] => [fixture('e2e-leaver.sh'), app.folder];
/** Every process that has left its process group, in whichever run. */
const leftPids = (of: LiveApp = app): readonly number[] => of.read('pids').split('\n').filter(Boolean).map(Number);
const untilLeft = (count: number, of: LiveApp = app): Promise<boolean> =>
  until(`${count} have left`, () => leftPids(of).length === count && of.read('pids').endsWith('\n'));

/** A line of shell that starts a process in a session of its own, which notes its PID and goes on for long. */
const away = `setsid sh -c 'echo $$$$ >> pids; exec sleep 1000' &`;

const killedOf = (history: readonly HistoryEntry[]): readonly HistoryEntry[] =>
  history.filter(({ event, cause }) => event === 'killed' && cause?.startsWith('left its process group'));

describe.runIf(process.platform === 'linux')('processes that leave the process group of their service', () => {
  it('are gone before the next run begins, whichever way the run ended, and are named in history', async () => {
    await app.up({ intensity: 100, services: { leaver: { command: leaver() } } });
    await untilLeft(4);
    await app.do('kill', 'leaver');
    await app.untilRun('leaver', 2);
    await untilLeft(8);
    process.kill(await app.pid('leaver'), 'SIGTERM');
    await app.untilRun('leaver', 3);
    await untilLeft(12);
    await app.do('restart', 'leaver');
    await untilLeft(16);
    expect(app.read('found')).toBe('');
    expect(leftPids().filter(isAlive)).toEqual(leftPids().slice(-4));
    const killed = killedOf(await app.history('leaver'));
    expect(killed.map(({ run, by, path }) => [run, by, path])).toEqual([1, 2, 3].map((run) => [run, 'supervisor', 'leaver']));
    for (const pid of leftPids().slice(0, 4)) expect(killed[0]?.cause).toContain(`sleep (${pid})`);
  });

  it('are gone when stop says "stopped", and when down has ended', async () => {
    await app.up({ services: { leaver: { command: leaver() }, other: { command: idle } } });
    await untilLeft(4);
    await app.do('stop', 'leaver');
    expect(leftPids().filter(isAlive)).toEqual([]);
    await app.do('start', 'leaver');
    await untilLeft(8);
    await app.do('down');
    expect(leftPids().filter(isAlive)).toEqual([]);
    expect(processesWith(app.home.home)).toEqual([]);
  });

  it('are gone of nested services, of instances and of shell lines', async () => {
    const service = { command: `${away} exec sleep 1000`, shell: true };
    await app.up({
      services: {
        inner: { services: { nested: service } },
        pool: { strategy: 'simple_one_for_one', template: { ...service, restart: 'temporary' } },
      },
    });
    await app.do('start', 'pool', '--', 'x');
    await untilLeft(2);
    await app.do('stop', 'pool/1');
    await until('one of them is gone', () => leftPids().filter(isAlive).length === 1);
    await app.do('stop', 'nested');
    expect(leftPids().filter(isAlive)).toEqual([]);
  });

  it('are gone with a program that has put itself into the background', async () => {
    const daemonizes = sh(`(${away} exit 0); until [ -s pids ]; do sleep 0.01; done; exit 0`);
    await app.up({ services: { daemon: { command: daemonizes, restart: 'transient' }, other: { command: idle } } });
    await app.untilService('daemon', 'has completed', ({ state }) => state === 'completed');
    expect(leftPids()).toHaveLength(1);
    expect(leftPids().filter(isAlive)).toEqual([]);
  });

  it('are gone although they never stop starting others', async () => {
    await app.up({ services: { forker: { command: sh('setsid "$1" & exec sleep 1000', fixture('ports-forker.sh')) } } });
    await until('there are many', () => processesWith(app.home.home).filter(({ name }) => name === 'sleep').length > 10);
    await app.do('down');
    expect(processesWith(app.home.home)).toEqual([]);
  });

  it('are gone although they only live for as long as it takes to start themselves anew', async () => {
    await app.up({ services: { runner: { command: sh('setsid "$1" "$2" & exec sleep 1000', fixture('ports-runner.sh'), app.folder) } } });
    await until('it runs', () => app.read('runner') !== '');
    await app.do('down');
    expect(processesWith(app.home.home)).toEqual([]);
  });

  it('live on with "orphans: leave", also when only that was changed', async () => {
    const config = (orphans: string): object => ({ command: leaver(), orphans });
    await app.up({ services: { leaver: config('kill'), other: { command: idle } } });
    await untilLeft(4);
    const pid = await app.pid('leaver');
    await app.up({ services: { leaver: config('leave'), other: { command: idle } } });
    expect(await app.pid('leaver')).toBe(pid);
    await app.do('stop', 'leaver');
    expect(leftPids().filter(isAlive)).toHaveLength(4);
    expect(killedOf(await app.history('leaver'))).toEqual([]);
  });

  it('live on where they belong to another home, with the same application, service and run', async () => {
    const second = new LiveApp();
    try {
      for (const each of [app, second])
        await each.up({ name: 'same', services: { same: { command: [fixture('e2e-leaver.sh'), each.folder] } } });
      for (const each of [app, second]) await untilLeft(4, each);
      await app.do('down');
      expect(leftPids().filter(isAlive)).toEqual([]);
      expect(leftPids(second).filter(isAlive)).toHaveLength(4);
    } finally {
      await second.dispose();
    }
  });

  it('are found among hundreds of services', async () => {
    const sleepers = Array.from({ length: 299 }, (_, index) => [`s${index}`, { command: ['sleep', '1000'] }]);
    await app.up({ intensity: 10, services: { leaver: { command: leaver() }, ...Object.fromEntries(sleepers) } });
    await untilLeft(4);
    await app.do('kill', 'leaver', 's150');
    await app.untilRun('leaver', 2);
    await untilLeft(8);
    expect(app.read('found')).toBe('');
    expect(leftPids().filter(isAlive)).toEqual(leftPids().slice(-4));
    const running = (await app.rows()).filter((row) => row.kind === 'service' && row.state === 'running');
    expect(running).toHaveLength(300);
    await app.do('down');
    expect(processesWith(app.home.home)).toEqual([]);
  });
});

describe.runIf(process.platform === 'linux' && process.getuid?.() === 0)('a process that may not be killed', () => {
  it('is named in history and in the log of the daemon, and supervision goes on', async () => {
    const other = `setsid setpriv --reuid 65534 --clear-groups sh -c 'exec sleep 1000' & echo $! > pids`;
    await app.up({ services: { dropper: { command: sh(`if [ "$PORTSUP_RUN" = 1 ]; then ${other}; fi; exec sleep 1000`) } } });
    await until('it is another user', () => /^Uid:\s*65534/m.test(statusOf(leftPids()[0])));
    await app.do('kill', 'dropper');
    await app.untilRun('dropper', 2);
    const [pid = 0] = leftPids();
    expect(isAlive(pid)).toBe(true);
    const history = await app.history('dropper');
    expect(history.find(({ event }) => event === 'left_behind')?.cause).toBe(`could not be killed and goes on: sleep (${pid})`);
    expect((await app.do('daemon', 'logs')).stdout).toContain(`left behind: sleep (${pid})`);
  });
});

const statusOf = (pid: number | undefined): string => (pid === undefined ? '' : readFileSync(`/proc/${pid}/status`, 'utf8'));
