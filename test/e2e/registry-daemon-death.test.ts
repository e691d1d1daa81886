/** `wait` and `monitor` when daemons die or are replaced under them. */
import { writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { reachableHome } from '../../src/client/reachable-home.js';
import { waitUntil } from '../../src/client/wait.js';
import type { WaitFor, WaitRow } from '../../src/control/registry-rows.js';
import type { DownLine } from '../../src/index.js';
import { type LibraryWorld, libraryWorld } from '../helpers/library.js';
import { idle, LiveApp, sh } from '../helpers/live-app.js';
import { halt, isAlive } from '../helpers/processes.js';
import { until } from '../helpers/until.js';

let world: LibraryWorld;

beforeEach(() => {
  world = libraryWorld();
});
afterEach(() => world.dispose());

/** Halts the daemon, has something happen that it does not see, and kills it. */
async function unseen(act: () => void | Promise<void>): Promise<void> {
  const { pid } = await world.client().daemon();
  await halt(pid);
  await act();
  process.kill(pid, 'SIGKILL');
  await until('another daemon answers', async () => (await world.client().daemon()).pid !== pid);
}

async function waiting(what: WaitFor, ...names: readonly string[]): Promise<{ readonly rows: Promise<readonly WaitRow[] | undefined> }> {
  let isTaken = false;
  const { signal } = new AbortController();
  const onWaiting = (): void => {
    isTaken = true;
  };
  const rows = waitUntil({ layout: reachableHome(world.home.env) }, { scope: {}, names, until: what, limitMs: 20_000, signal, onWaiting });
  await until('the daemon has taken it', () => isTaken);
  return { rows };
}

interface Monitoring {
  readonly told: readonly DownLine[];
  readonly until: (path: string, count: number) => Promise<unknown>;
  readonly stop: () => Promise<void>;
}

/** A monitor that is open, and what it tells. */
async function monitoring(...names: readonly string[]): Promise<Monitoring> {
  const downs = world.client().monitor(names);
  await downs.opened();
  const told: DownLine[] = [];
  const reading = (async () => {
    for await (const down of downs) told.push(down);
  })();
  return {
    told,
    until: (path, count) => until(`${count} ends of ${path}`, () => told.filter((down) => down.path === path).length >= count),
    stop: async () => {
      await downs.return();
      await reading;
    },
  };
}

const killNow = (pid: number | null): void => {
  if (pid !== null) process.kill(pid, 'SIGKILL');
};

describe('a wait', () => {
  it('goes on: for what is still to come, and for what has come meanwhile', async () => {
    const client = world.client({ startDaemon: true });
    const job = { command: sh('until [ -e go ]; do sleep 0.01; done; exit 5'), restart: 'temporary' as const };
    await client.up({ services: { a: { command: idle }, b: { command: idle }, job } });
    const a = await waiting('exit', 'a');
    const exit = await waiting('exit', 'b', 'job');
    const stopped = await waiting('stopped', 'job', 'b');
    await unseen(() => undefined);
    const pidOfA = await client.whereis('a');
    const pidOfJob = await client.whereis('job');
    await unseen(async () => {
      killNow(pidOfA);
      writeFileSync(world.home.path('go'), '');
      await until('both have ended', () => ![pidOfA, pidOfJob].some((pid) => pid !== null && isAlive(pid)));
    });
    expect(await a.rows).toMatchObject([{ path: 'a', run: 1, code: 137 }]);
    await client.restartDaemon();
    await client.stop('b');
    expect(await exit.rows).toMatchObject([
      { path: 'b', run: 1, code: 143 },
      { path: 'job', run: 1, code: 5 },
    ]);
    expect(await stopped.rows).toMatchObject([{ path: 'job' }, { path: 'b' }]);
    await client.down();
  });

  it('is over when the keeper and its daemon are both gone for good', async () => {
    const client = world.client({ startDaemon: true });
    await client.up({ services: { a: { command: idle } } });
    const gone = await waiting('gone', 'a');
    const ready = await waiting('stopped', 'a');
    const { keeperPid } = await client.daemon();
    process.kill(keeperPid, 'SIGTERM');
    expect(await gone.rows).toMatchObject([{ app: 'app', path: 'a' }]);
    expect(await ready.rows).toMatchObject([{ app: 'app', path: 'a' }]);
  });
});

it('a run whose keeper was killed has no exit code that anybody knows: wait says so', async () => {
  const app = new LiveApp({ home: world.home });
  await app.up({ services: { a: { command: idle, restart: 'temporary' } } });
  const pid = await app.pid('a');
  const { keeperPid } = await app.daemon();
  killNow(keeperPid);
  await until('another keeper', async () => (await app.daemon()).keeperPid !== keeperPid);
  const waits = app.start('wait', 'a', '--for', 'exit');
  killNow(pid);
  expect(await waits.ended).toMatchObject({ code: 1, stdout: 'unknown\n', stderr: 'note: nobody knows how run 1 of a ended\n' });
  expect(await app.run('wait', 'a', '--for', 'exit', '--json')).toMatchObject({
    code: 1,
    stdout: expect.stringContaining('"exit":{"code":null,"signal":null,') as string,
  });
});

/** What happens to the daemon in the moment in which services are killed. Five deaths a minute are the most that a keeper bears. */
const manners: readonly (readonly [string, number, (victims: readonly (number | null)[]) => Promise<void>])[] = [
  [
    'that were halted, and have seen nothing of it',
    4,
    (victims) =>
      unseen(async () => {
        victims.forEach(killNow);
        await until('they are dead', () => victims.every((pid) => pid !== null && !isAlive(pid)));
      }),
  ],
  [
    'that were killed in the same moment, whatever they had done of it',
    4,
    async ([first = null, ...others]) => {
      const { pid } = await world.client().daemon();
      killNow(first);
      killNow(pid);
      others.forEach(killNow);
    },
  ],
  [
    'that were killed a moment later',
    4,
    async (victims) => {
      const { pid } = await world.client().daemon();
      victims.forEach(killNow);
      await until('they are dead', () => victims.every((one) => one !== null && !isAlive(one)));
      killNow(pid);
    },
  ],
  [
    'that were replaced on purpose',
    15,
    async ([first = null, ...others]) => {
      killNow(first);
      const replaced = world.client().restartDaemon();
      others.forEach(killNow);
      await replaced;
    },
  ],
];

describe('a monitor', () => {
  it.each(manners)('tells each end once and in order, over daemons %s', async (_what, rounds, killAll) => {
    const client = world.client({ startDaemon: true });
    const paths = ['a', 'b', 'c'];
    const services = Object.fromEntries(paths.map((path) => [path, { command: idle }]));
    await client.up({ intensity: 10_000, services: { ...services, off: { command: idle, autostart: false } } });
    const monitor = await monitoring(...paths, 'off');
    await monitor.until('off', 1);
    for (let round = 1; round <= rounds; round += 1) {
      const victims = await Promise.all(paths.map((path) => client.whereis(path)));
      await killAll(victims);
      for (const path of paths) await monitor.until(path, round);
      for (const path of paths) {
        await until(`${path} runs again`, async () => {
          const [row] = await client.wait(path);
          return row?.run === round + 1;
        });
      }
    }
    await monitor.stop();
    const [first, ...told] = monitor.told;
    expect(first).toMatchObject({ path: 'off', cause: 'noproc', pid: null, run: null });
    const expected = Array.from({ length: rounds }, (_, index) => index + 1);
    for (const path of paths) expect(told.filter((down) => down.path === path).map(({ run }) => run)).toEqual(expected);
    expect(new Set(told.map(({ cause }) => cause))).toEqual(new Set(['signal SIGKILL']));
    await client.down();
  });

  it('goes on when the keeper is killed, too, and ends with down', async () => {
    const client = world.client({ startDaemon: true });
    await client.up({ services: { a: { command: idle } } });
    const monitor = await monitoring('a');
    await client.kill('a');
    await monitor.until('a', 1);
    const { keeperPid } = await client.daemon();
    killNow(keeperPid);
    await until('another keeper', async () => (await client.daemon()).keeperPid !== keeperPid);
    killNow(await client.whereis('a'));
    await monitor.until('a', 2);
    await client.down();
    await monitor.stop();
    expect(monitor.told.map(({ run, cause }) => `${run} ${cause}`)).toEqual([
      '1 signal SIGKILL',
      '2 exit status unknown',
      '3 the application stopped: stopped by hand',
    ]);
  });
});
