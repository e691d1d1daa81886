/** Where taking over is not easy: few files, no time, a signal at the wrong moment. */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { idle, LiveApp, sh } from '../helpers/live-app.js';
import { canMount, mountReadOnly, unmount, unmountAll } from '../helpers/mounts.js';
import { isAlive, processesWith } from '../helpers/processes.js';
import { until } from '../helpers/until.js';

let app: LiveApp;

beforeEach(() => {
  app = new LiveApp();
});

afterEach(async () => {
  await app.dispose();
});

async function killKeeper(): Promise<void> {
  const { keeperPid } = await app.daemon();
  process.kill(keeperPid, 'SIGKILL');
  await until('another keeper has taken over', async () => (await app.daemon()).keeperPid !== keeperPid);
}

/** They say nothing, so no file is open for their output. */
const many = (count: number): Record<string, unknown> =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`s${index}`, { command: ['sleep', '1000'] }]));

const pidsOf = async (): Promise<readonly unknown[]> => (await app.rows()).map((row) => row.kind === 'service' && row.pid);

describe('a keeper that takes over', () => {
  it.runIf(process.platform === 'linux')(
    'adopts as many services as the one before could start, however few files it may open',
    async () => {
      await app.up({ services: many(40) });
      const before = await pidsOf();
      const { pid, keeperPid } = await app.daemon();
      const open = Math.max(...[pid, keeperPid].map((one) => readdirSync(`/proc/${one}/fd`).length));
      // What the daemon may, the keeper may that it starts.
      execFileSync('prlimit', ['--pid', String(pid), `--nofile=${open + 20}`]);
      await killKeeper();
      expect(await pidsOf()).toEqual(before);
    },
  );

  it('ends what it has adopted nearly as fast as what it has started', async () => {
    await app.up({ services: many(25) });
    await killKeeper();
    const begun = performance.now();
    await app.do('down');
    // It took five seconds when each end was only seen by the next general look.
    expect(performance.now() - begun).toBeLessThan(3_000);
  });
});

it('SIGTERM to the keeper while a new daemon is just starting stops everything all the same', async () => {
  await app.up({ services: { a: { command: idle } } });
  const { pid, keeperPid } = await app.daemon();
  const service = await app.pid('a');
  process.kill(pid, 'SIGKILL');
  const next = await until('there is another daemon', () =>
    processesWith(app.home.home).find((one) => one.pid !== pid && one.pid !== keeperPid && one.pid !== service),
  );
  process.kill(keeperPid, 'SIGTERM');
  await until('all is over', () => !isAlive(keeperPid) && !isAlive(service) && !isAlive(next.pid));
});

describe.each(['daemon', 'keeper'] as const)('when the %s is killed', (who) => {
  it('who is being stopped still reads the end of its input', async () => {
    const command = sh('trap "" TERM; echo ready; while [ ! -e "$1" ]; do sleep 0.05; done; cat; echo finished', app.path('go'));
    await app.up({ services: { a: { command, stdin: 'pipe', shutdown: 'infinity' } } });
    const stop = app.start('stop', 'a');
    await app.untilService('a', 'is being stopped', ({ state }) => state === 'stopping');
    if (who === 'keeper') await killKeeper();
    else {
      const { pid } = await app.daemon();
      process.kill(pid, 'SIGKILL');
      await until('there is another daemon', async () => (await app.daemon()).pid !== pid);
    }
    writeFileSync(app.path('go'), '');
    await app.untilService('a', 'has stopped', ({ state }) => state === 'stopped');
    await app.untilSays('a', /finished/);
    await stop.ended;
  });
});

it('a run after its pipes were removed and made anew is heard', async () => {
  await app.up({ services: { a: { command: sh('echo "in $PORTSUP_RUN"; exec sleep 1000') } } });
  await app.untilSays('a', /in 1/);
  const { pid } = await app.daemon();
  const fifos = app.home.path('run', 'fifo');
  for (const name of readdirSync(fifos)) rmSync(`${fifos}/${name}`);
  process.kill(pid, 'SIGKILL');
  await until('there is another daemon', async () => (await app.daemon()).pid !== pid);
  await app.do('restart', 'a');
  await app.untilSays('a', /in 2/);
});

describe.runIf(canMount)('under a folder that cannot be written', () => {
  afterEach(() => {
    unmountAll(app.home.home);
  });

  it('a service is removed, by the same daemon', async () => {
    await app.up({ services: { a: { command: idle }, b: { command: idle } } });
    const { pid } = await app.daemon();
    app.configure({ services: { a: { command: idle } } });
    mountReadOnly(app.home.home);
    await app.do('up');
    expect((await app.daemon()).pid).toBe(pid);
  });

  it('a daemon whose keeper was killed waits until it can start another one', async () => {
    await app.up({ services: { a: { command: idle } } });
    const service = await app.pid('a');
    const { pid, keeperPid } = await app.daemon();
    mountReadOnly(app.home.home);
    process.kill(keeperPid, 'SIGKILL');
    await until('it has tried', () => readFileSync(app.home.path('daemon.log'), 'utf8').includes('no other keeper can be started'));
    expect(isAlive(pid)).toBe(true);
    unmount(app.home.home);
    await until('another keeper has taken over', async () => (await app.run('daemon', 'status')).code === 0);
    expect(await app.pid('a')).toBe(service);
  });
});
