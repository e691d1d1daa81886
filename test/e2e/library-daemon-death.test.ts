/** `PortsupClient` when the daemon, or all of portsup, dies in the middle of a call. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type LibraryWorld, libraryWorld, quiet, refusalOf, stubborn } from '../helpers/library.js';
import { sh } from '../helpers/live-app.js';
import { isAlive, killTogether } from '../helpers/processes.js';
import { until } from '../helpers/until.js';

let world: LibraryWorld;

beforeEach(() => {
  world = libraryWorld();
});

afterEach(async () => {
  await world.dispose();
});

/** Kills the daemon and waits for its successor: until its last thread has gone, the socket of a dead one lets callers in. */
async function killDaemon(): Promise<void> {
  const client = world.client();
  const { pid } = await client.daemon();
  process.kill(pid, 'SIGKILL');
  await until('another daemon answers', async () => (await client.daemon()).pid !== pid);
}

/** Kills keeper and daemon so that neither can replace the other. */
async function killBoth(): Promise<void> {
  const { pid, keeperPid } = await world.client().daemon();
  await killTogether(keeperPid, pid);
}

it('followed logs go on over three deaths: no line lost, none twice; they end with down', async () => {
  const client = world.client({ startDaemon: true });
  await client.up({ services: { count: { command: sh('i=0; while :; do i=$((i+1)); echo $i; sleep 0.01; done') } } });
  const numbers: number[] = [];
  const reading = (async () => {
    for await (const { text } of client.logs({ follow: true, lines: Number.POSITIVE_INFINITY })) numbers.push(Number(text));
  })();
  for (let death = 1; death <= 3; death += 1) {
    const before = numbers.length;
    await until('more lines', () => numbers.length > before + 10);
    await killDaemon();
  }
  const before = numbers.length;
  await until('more lines', () => numbers.length > before + 10);
  await client.down();
  await reading;
  expect(numbers).toEqual(Array.from({ length: numbers.length }, (_, index) => index + 1));
});

it('events go on with the next daemon; they end with down', async () => {
  const client = world.client({ startDaemon: true });
  await client.up(quiet);
  const seen: string[] = [];
  const reading = (async () => {
    for await (const { event } of client.events()) seen.push(event);
  })();
  const untilHeard = async (): Promise<void> => {
    seen.length = 0;
    await until('a signal is heard of', async () => {
      await client.signal('web', 'SIGCONT');
      return seen.includes('signalled');
    });
  };
  await untilHeard();
  await client.restartDaemon();
  await untilHeard();
  await killDaemon();
  await untilHeard();
  await client.down();
  await reading;
});

it('questions are asked again, whenever it dies', async () => {
  const client = world.client({ startDaemon: true });
  await client.up(quiet);
  for (let death = 1; death <= 3; death += 1) {
    const asked = Promise.all(Array.from({ length: 20 }, () => client.status('web')));
    await killDaemon();
    for (const { state } of await asked) expect(state).toBe('running');
  }
  await client.down();
});

it('a stop goes on with the next daemon, and is answered by it', async () => {
  const client = world.client({ startDaemon: true });
  await client.up(stubborn);
  let isStopping = false;
  const stopped = client.stop('web', {
    graceMs: 1_500,
    onProgress: () => {
      isStopping = true;
    },
  });
  await until('it is being stopped', () => isStopping);
  await killDaemon();
  expect(await stopped).toMatchObject({ rows: [{ path: 'web', state: 'stopped' }] });
  await client.down();
});

it('a restart goes on with the next daemon, and is not done twice', async () => {
  const client = world.client({ startDaemon: true });
  await client.up(stubborn);
  let isUnderWay = false;
  const restarted = client.restart('web', {
    graceMs: 1_500,
    onProgress: () => {
      isUnderWay = true;
    },
  });
  await until('it is under way', () => isUnderWay);
  await killDaemon();
  expect(await restarted).toMatchObject({ rows: [{ path: 'web', state: 'running', run: 2 }] });
  await client.down({ graceMs: 0 });
});

it('a daemon that is only just ending is no obstacle to an up', async () => {
  const client = world.client({ startDaemon: true });
  for (let turn = 0; turn < 5; turn += 1) {
    await client.up(quiet);
    const [down, again] = await Promise.allSettled([client.down(), client.up(quiet)]);
    // Whoever comes second has the last word, and the other one is told so; never both.
    expect([down.status, again.status]).toContain('fulfilled');
    if (down.status === 'rejected')
      expect(down.reason).toMatchObject({ message: expect.stringContaining('brought up again meanwhile') as unknown });
    if (again.status === 'rejected')
      expect(again.reason).toMatchObject({ message: expect.stringContaining('taken down meanwhile') as unknown });
    else expect(again.value.rows).toMatchObject([{}, { path: 'web', state: 'running' }]);
  }
  await client.down();
  expect(world.running()).toEqual([]);
});

it('when all of portsup is killed, streams and calls say whom nobody supervises; startDaemon takes them back', async () => {
  const client = world.client({ startDaemon: true });
  const { rows } = await client.up(quiet);
  const lines = client.logs({ follow: true });
  await lines.next();
  const waiting = refusalOf(lines.next());
  await killBoth();
  const nobody = { code: 'DAEMON_NOT_RUNNING', message: expect.stringContaining('nobody supervises it') as unknown };
  expect(await waiting).toMatchObject(nobody);
  expect(await refusalOf(client.ps())).toMatchObject(nobody);
  expect(await refusalOf(client.down())).toMatchObject(nobody);
  await client.startDaemon();
  expect((await client.ps()).map(({ pid }) => pid)).toEqual(rows.map(({ pid }) => pid));
  await client.down();
});

it('down forgets what would be brought up after everything was halted', async () => {
  const client = world.client({ startDaemon: true });
  await client.up(quiet);
  const { pid, keeperPid } = await client.daemon();
  process.kill(keeperPid, 'SIGTERM');
  await until('all is halted', () => !isAlive(pid) && !isAlive(keeperPid));
  await client.down();
  expect(await client.startDaemon()).toMatchObject({ apps: 0 });
  await client.stopDaemon();
});
