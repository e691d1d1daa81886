import { chmodSync, chownSync, closeSync, mkdirSync, openSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type TestHome, temporaryHome } from '../helpers/home.js';
import { bundleKeeper, type KeeperRig, type RigOptions, startKeeper } from '../helpers/keeper-rig.js';
import { isAlive } from '../helpers/processes.js';
import { until } from '../helpers/until.js';

const shared = temporaryHome();
const homes: TestHome[] = [];
let bundle: string;

beforeAll(async () => {
  bundle = await bundleKeeper(shared);
});
afterAll(() => shared.dispose());
afterEach(async () => {
  for (const home of homes.splice(0)) await home.dispose();
});

function freshHome(): TestHome {
  const home = temporaryHome();
  homes.push(home);
  return home;
}

const start = (options: RigOptions = {}): Promise<KeeperRig> => startKeeper(bundle, { ...options, home: options.home ?? freshHome() });

const failure = async (keeper: KeeperRig): Promise<string> => {
  const answer = await keeper.answer;
  expect((await keeper.ended).code).toBe(1);
  return answer.launch === 'failed' ? answer.message : answer.launch;
};

describe('one keeper per home', () => {
  it('answers "taken" and ends well when another holds the lock', async () => {
    const first = await start();
    expect(await first.answer).toEqual({ launch: 'ready' });
    const second = await start({ home: first.home });
    expect(await second.answer).toEqual({ launch: 'taken' });
    expect((await second.ended).code).toBe(0);
  });

  it('gives exactly one of several that start at once the lock', async () => {
    const home = freshHome();
    const keepers = await Promise.all([start({ home }), start({ home }), start({ home }), start({ home })]);
    const answers = await Promise.all(keepers.map((keeper) => keeper.answer));
    expect(answers.map(({ launch }) => launch).sort()).toEqual(['ready', 'taken', 'taken', 'taken']);
  });

  it('has the lock free at once after kill -9, though a service of it lives on', async () => {
    const first = await start();
    const survivor = await first.run('survivor', ['sleep', '1000']);
    process.kill(first.pid, 'SIGKILL');
    await first.ended;
    const second = await start({ home: first.home });
    expect(await second.answer).toEqual({ launch: 'ready' });
    expect(isAlive(survivor)).toBe(true);
  });
});

describe('the folders of a home', () => {
  it('are made 0700', async () => {
    const home = freshHome();
    const keeper = await start({ home, env: { PORTSUP_HOME: home.path('new', 'home') } });
    expect(await keeper.answer).toEqual({ launch: 'ready' });
    for (const folder of ['', 'run', 'run/fifo', 'logs']) expect(statSync(home.path('new/home', folder)).mode & 0o777).toBe(0o700);
  });

  it('are refused when others may look into them', async () => {
    const home = freshHome();
    mkdirSync(home.path('run'));
    chmodSync(home.path('run'), 0o755);
    expect(await failure(await start({ home }))).toBe(
      `the folder ${home.path('run')} is open to other users (mode 0755): run "chmod 700 ${home.path('run')}"`,
    );
  });

  it.runIf(process.getuid?.() !== 0)('are refused when they belong to somebody else', async () => {
    expect(await failure(await start({ env: { PORTSUP_HOME: '/usr' } }))).toMatch(/cannot make|belongs to root, not to you/);
  });

  it.runIf(process.getuid?.() === 0)('are refused when they belong to somebody else, root being no exception', async () => {
    const home = freshHome();
    mkdirSync(home.path('logs'), { mode: 0o700 });
    chownSync(home.path('logs'), 12_345, 12_345);
    expect(await failure(await start({ home }))).toBe(
      `the folder ${home.path('logs')} belongs to user 12345, not to you (user 0): set PORTSUP_HOME to a folder of your own`,
    );
  });

  it('are refused when a file is in the way', async () => {
    expect(await failure(await start({ env: { PORTSUP_HOME: '/dev/null/home' } }))).toMatch(
      /^cannot make the folder \/dev\/null\/home \(ENOTDIR\)/,
    );
  });

  it('are refused when the path of the socket would be too long', async () => {
    const home = freshHome();
    const message = await failure(await start({ home, env: { PORTSUP_HOME: home.path('x'.repeat(100)) } }));
    expect(message).toMatch(/the path of the socket.* has \d+ bytes; this system takes 10\d: set PORTSUP_HOME/);
  });
});

describe('the daemon under a keeper', () => {
  it('passes on why the daemon cannot listen', async () => {
    expect(await failure(await start({ boot: 'failed' }))).toBe('the socket is taken');
  });

  it('says how the daemon ended before it was ready, and where to look', async () => {
    const keeper = await start({ boot: 'die' });
    expect(await failure(keeper)).toBe(`the daemon ended with exit code 7 before it was ready: see ${keeper.home.path('daemon.log')}`);
  });

  it('ends well after a goodbye', async () => {
    const keeper = await start();
    await keeper.answer;
    keeper.order({ do: 'goodbye' });
    keeper.order({ stub: 'exit', code: 0 });
    expect(await keeper.ended).toEqual({ code: 0, signal: null });
  });

  it('gets SIGTERM for SIGTERM and SIGINT, and nothing for SIGHUP', async () => {
    const keeper = await start();
    await keeper.answer;
    for (const signal of ['SIGHUP', 'SIGTERM', 'SIGINT']) {
      process.kill(keeper.pid, signal);
      if (signal !== 'SIGHUP') await keeper.stub('signal');
    }
    expect(keeper.news.filter((item) => 'stub' in item && item.stub === 'signal')).toHaveLength(2);
    expect(isAlive(keeper.pid)).toBe(true);
  });

  it.each([
    ['dies', { stub: 'exit', code: 1 }, 'the daemon ended with exit code 1 without a goodbye; stopping 2 running services'],
    ['loses its channel', { stub: 'disconnect' }, 'the daemon was ended by SIGKILL without a goodbye; stopping 2 running services'],
  ] as const)('leaves no service behind when it %s', async (_how, order, log) => {
    const keeper = await start();
    const obedient = await keeper.run('obedient', ['sleep', '1000']);
    const reader = await keeper.run('reader', ['/bin/sh', '-c', 'trap "" TERM; cat; sleep 0.01']);
    keeper.order(order);
    expect((await keeper.ended).code).toBe(1);
    expect([obedient, reader].filter(isAlive)).toEqual([]);
    await until('the report', () => keeper.log().includes(log));
  });

  it('has its deaf services killed after five seconds when it dies', async () => {
    const keeper = await start();
    const deaf = await keeper.run('deaf', ['/bin/sh', '-c', 'trap "" TERM; while :; do sleep 0.1; done']);
    keeper.order({ stub: 'exit', code: 1 });
    expect((await keeper.ended).code).toBe(1);
    expect(isAlive(deaf)).toBe(false);
  }, 10_000);
});

describe.runIf(process.platform === 'linux')('descriptors of whoever started the keeper', () => {
  it('reach neither the daemon nor a service, whatever their number', async () => {
    const open = openSync('/dev/null', 'r');
    const keeper = await start({ extraFds: { 9: open, 40: open, 200: open } });
    expect(await keeper.answer).toEqual({ launch: 'ready' });
    closeSync(open);
    const service = await keeper.run('clean', ['sleep', '1000']);
    expect(readdirSync(`/proc/${service}/fd`)).toEqual(['0', '1', '2']);
    expect(readdirSync(`/proc/${keeper.pid}/fd`)).not.toEqual(expect.arrayContaining(['200']));
    const { pid } = await keeper.stub('started');
    expect(readFileSync(`/proc/${pid}/environ`, 'utf8')).toContain(`PORTSUP_KEEPER_PID=${keeper.pid}\0`);
    expect(
      readdirSync(`/proc/${pid}/fd`)
        .map((fd) => Number(fd))
        .filter((fd) => fd >= 40),
    ).toEqual([]);
  });
});
