import { readdirSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { DaemonStatus } from '../../src/control/contract.js';
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

/** `count` services of the same kind: s0, s1 ... */
const services = (count: number, service: object): Readonly<Record<string, object>> =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`s${index}`, service]));

const sleeper = { command: ['sleep', '1000'] };

/** How many descriptors a process has open. */
const descriptors = (pid: number): number => readdirSync(`/proc/${pid}/fd`).length;

/** Of keeper and daemon; the connection that asks is among the daemon's. */
const descriptorsOf = ({ pid, keeperPid }: DaemonStatus): readonly number[] => [pid, keeperPid].map(descriptors);

const countRuns = async (): Promise<ReadonlyMap<number, number>> => {
  const counts = new Map<number, number>();
  for (const row of await app.rows()) {
    if (row.kind === 'service' && row.state === 'running') counts.set(row.run, (counts.get(row.run) ?? 0) + 1);
  }
  return counts;
};

describe('five hundred services', () => {
  it('come up, are all listed, all come back when a hundred are killed at once, and leave nothing behind', async () => {
    await app.up({ intensity: 200, period: '1m', services: services(500, sleeper) });
    const before = await app.rows();
    const pids = before.flatMap((row) => row.pid ?? []);
    expect(new Set(pids).size).toBe(500);
    expect(pids.every(isAlive)).toBe(true);
    const table = (await app.do('ps')).stdout.split('\n').filter((line) => /^ +s\d+ +running/.test(line));
    expect(table).toHaveLength(500);
    for (const pid of pids.filter((_, index) => index % 5 === 0)) process.kill(pid, 'SIGKILL');
    await until('all are back', async () => (await countRuns()).get(2) === 100);
    expect(await countRuns()).toEqual(
      new Map([
        [1, 400],
        [2, 100],
      ]),
    );
    const after = (await app.rows()).flatMap((row) => row.pid ?? []);
    expect(pids.filter((pid, index) => index % 5 > 0 && !after.includes(pid))).toEqual([]);
    await app.do('down');
    expect(processesWith(app.home.home)).toEqual([]);
  });
});

describe.runIf(process.platform === 'linux')('descriptors', () => {
  it('of keeper and daemon are what they were when one of two applications is down', async () => {
    await app.up({ services: services(3, sleeper) });
    const daemon = await app.daemon();
    const other = new LiveApp({ home: app.home, folder: app.home.path('other') });
    const counts: (readonly number[])[] = [];
    for (let round = 0; round < 3; round += 1) {
      counts.push(descriptorsOf(daemon));
      await other.up({ services: services(40, { command: idle }) });
      expect(descriptors(daemon.keeperPid)).toBeGreaterThan((counts[0]?.[1] ?? 0) + 100);
      await other.do('down');
      await until('the descriptors are closed', () => descriptorsOf(daemon).every((count, index) => count <= (counts[0]?.[index] ?? 0)));
    }
    expect((await app.daemon()).services).toBe(3);
  });

  it('and memory do not grow over two hundred crashes, and the number of the run is right', async () => {
    const crashes = 200;
    const command = sh(`echo "run $PORTSUP_RUN"; echo "$PORTSUP_RUN" > last; [ "$PORTSUP_RUN" -gt ${crashes} ] && exec sleep 1000; exit 1`);
    await app.up({ services: { quiet: sleeper } });
    const daemon = await app.daemon();
    app.configure({ intensity: 1_000, services: { quiet: sleeper, crashing: { command } } });
    await app.do('up', '--no-wait');
    await until('it has crashed 200 times', () => app.read('last') === `${crashes + 1}\n`, 20_000);
    const row = await app.untilRun('crashing', crashes + 1);
    expect([row.restarts, row.exit?.code]).toEqual([crashes, 1]);
    expect((await app.logs('crashing')).map(({ text, run }) => `${text} in ${run}`)).toEqual(
      Array.from({ length: crashes + 1 }, (_, index) => `run ${index + 1} in ${index + 1}`),
    );
    const exited = (await app.history('crashing')).filter(({ event }) => event === 'exited').map(({ run }) => run);
    expect(exited).toEqual(Array.from({ length: crashes }, (_, index) => index + 1));
    const after = await app.daemon();
    // One more service is held open, by three pipes.
    expect((after.fds ?? 0) - (daemon.fds ?? 0)).toBeLessThanOrEqual(4);
    expect((after.rssBytes ?? 0) - (daemon.rssBytes ?? 0)).toBeLessThan(48 * 2 ** 20);
  });
});

describe('a crash loop', () => {
  it('ends at the budget: exactly as many runs as it allows, then failed with the reason', async () => {
    app.configure({
      intensity: 5,
      period: '1m',
      services: { loop: { command: sh('echo x >> runs; exit 9') }, last: { command: fixture('e2e-zombies.sh') } },
    });
    const { code, stderr } = await app.run('up');
    expect(code).toBe(1);
    expect(stderr).toMatch(/exit code 9/);
    expect(app.read('runs')).toBe('x\n'.repeat(6));
    const root = await app.supervisor('');
    expect([root.state, root.why]).toEqual([
      'failed',
      expect.stringMatching(/reached_max_restart_intensity.* 5 restarts in 1m; last loop: exit code 9/),
    ]);
  });
});
