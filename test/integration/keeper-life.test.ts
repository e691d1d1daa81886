import {
  chmodSync,
  chownSync,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type TestHome, temporaryHome } from '../helpers/home.js';
import { bundleKeeper, type KeeperRig, type RigOptions, startKeeper } from '../helpers/keeper-rig.js';
import { halt, isAlive } from '../helpers/processes.js';
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
      `the folder ${home.path('logs')} belongs to user 12345, not to you (user 0): set PORTSUP_HOME to a folder of your own, or ask user 12345`,
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

  it('has what still runs ended with it after a goodbye, the deaf after five seconds', async () => {
    const keeper = await start();
    const obedient = await keeper.run('obedient', ['sleep', '1000']);
    const reader = await keeper.run('reader', ['/bin/sh', '-c', 'trap "" TERM; cat; sleep 0.01']);
    const deaf = await keeper.run('deaf', ['/bin/sh', '-c', 'trap "" TERM; while :; do sleep 0.1; done']);
    keeper.order({ do: 'goodbye' });
    keeper.order({ stub: 'exit', code: 0 });
    await until('those that listen have ended', () => ![obedient, reader].some(isAlive));
    expect(isAlive(deaf)).toBe(true);
    process.kill(keeper.pid, 'SIGHUP');
    expect(await keeper.ended).toEqual({ code: 0, signal: null });
    expect(isAlive(deaf)).toBe(false);
    expect(startedStubs(keeper)).toHaveLength(1);
  }, 10_000);
});

const startedStubs = (keeper: KeeperRig): readonly number[] =>
  keeper.news.flatMap((item) => ('stub' in item && item.stub === 'started' ? [item.pid] : []));

/** A keeper whose first stub has said that it is there. */
async function startReady(): Promise<{ readonly keeper: KeeperRig; readonly stub: number }> {
  const keeper = await start();
  expect(await keeper.answer).toEqual({ launch: 'ready' });
  await keeper.next('hello');
  return { keeper, stub: (await keeper.stub('started')).pid };
}

/** Kills the stub; gives back the next one's PID. */
async function replaceStub(keeper: KeeperRig, stub: number): Promise<number> {
  process.kill(stub, 'SIGKILL');
  return (await keeper.stub('started')).pid;
}

/** Kills one stub after the other, until the keeper replaces them no longer. */
async function killUntilGivenUp(keeper: KeeperRig, first: number): Promise<void> {
  let stub = first;
  for (let death = 1; death <= 5; death += 1) stub = await replaceStub(keeper, stub);
  process.kill(stub, 'SIGKILL');
  await until('the keeper gives up', () => keeper.log().includes('no further daemon is started'));
}

const failureFile = (keeper: KeeperRig): string => keeper.home.path('run', 'no-daemon');

describe('a daemon that ends without a goodbye', () => {
  it.each([
    ['is killed', null, 'the daemon was ended by SIGKILL without a goodbye; 1 services run on'],
    ['dies', { stub: 'exit', code: 1 }, 'the daemon ended with exit code 1 without a goodbye; 1 services run on'],
    ['loses its channel', { stub: 'disconnect' }, 'the daemon was ended by SIGKILL without a goodbye; 1 services run on'],
  ] as const)('is replaced under its services when it %s', async (_how, order, log) => {
    const { keeper, stub } = await startReady();
    const service = await keeper.run('service', ['sleep', '1000']);
    if (order) keeper.order(order);
    else process.kill(stub, 'SIGKILL');
    const hello = await keeper.next('hello');
    expect(hello).toMatchObject({ protocol: 4, pid: keeper.pid, latest: [{ news: 'spawned', key: 'service', run: 1, pid: service }] });
    expect((await keeper.stub('started')).pid).not.toBe(stub);
    expect(isAlive(service)).toBe(true);
    await until('the report', () => keeper.log().includes(log));
    keeper.order({ do: 'signal', key: 'service', run: 1, signal: 'SIGTERM' });
    expect(await keeper.next('exited', 'service')).toMatchObject({ pid: service, signal: 'SIGTERM' });
  });

  it('leaves the next one what it had remembered, and the news that it has not heard, in the order they happened', async () => {
    const { keeper, stub } = await startReady();
    const early = await keeper.run('early', ['sleep', '1000']);
    const steady = await keeper.run('steady', ['sleep', '1000']);
    keeper.order({
      do: 'batch',
      remember: [
        ['a', 'one'],
        ['b', 'two'],
        ['c', 'three'],
      ],
      orders: [],
    });
    keeper.order({
      do: 'batch',
      remember: [
        ['b', null],
        ['a', 'ONE'],
      ],
      orders: [],
    });
    const late = await keeper.run('late', ['/bin/sh', '-c', 'read line; exit 42']);
    await halt(stub);
    process.kill(early, 'SIGSEGV');
    await until('the keeper has seen its end', () => !isAlive(early));
    writeFileSync(keeper.home.path('run', 'fifo', 'late.in'), '\n', { flag: 'r+' });
    await until('the other has ended, too', () => !isAlive(late));
    process.kill(stub, 'SIGKILL');
    const hello = await keeper.next('hello');
    expect(hello.memory).toEqual([
      ['a', 'ONE'],
      ['c', 'three'],
    ]);
    expect(hello.latest).toMatchObject([
      { news: 'spawned', key: 'steady', pid: steady },
      { news: 'exited', key: 'early', pid: early, code: null, signal: 'SIGSEGV' },
      { news: 'exited', key: 'late', pid: late, code: 42, signal: null },
    ]);
  });

  /** Something is up: else nobody would have to follow. */
  const upOrder = { do: 'batch', remember: [['node shop:', '{}']], orders: [] } as const;

  it('leaves nothing of a port that was forgotten', async () => {
    const { keeper, stub } = await startReady();
    keeper.order(upOrder);
    await keeper.run('gone', ['/bin/true']);
    await keeper.next('exited', 'gone');
    keeper.order({ do: 'forget', key: 'gone' });
    await keeper.makeFifos([keeper.home.path('run', 'fifo', 'heard')]);
    process.kill(stub, 'SIGKILL');
    expect(await keeper.next('hello')).toMatchObject({ memory: upOrder.remember, latest: [] });
  });

  it('has failed starts told to the next one', async () => {
    const { keeper, stub } = await startReady();
    keeper.order(upOrder);
    const order = keeper.spawnOrder('failing', ['/nowhere/program'], { in: null, run: 3 });
    await keeper.makeFifos([order.out, order.err]);
    keeper.order(order);
    await keeper.next('spawn-failed', 'failing');
    process.kill(stub, 'SIGKILL');
    expect((await keeper.next('hello')).latest).toMatchObject([{ news: 'spawn-failed', key: 'failing', run: 3, errno: 'ENOENT' }]);
  });

  it('is not replaced any more after the sixth time within a minute; why stands in a file, services run on', async () => {
    const { keeper, stub } = await startReady();
    const service = await keeper.run('service', ['sleep', '1000']);
    await killUntilGivenUp(keeper, stub);
    expect(readFileSync(failureFile(keeper), 'utf8')).toBe(`${keeper.pid}\nit was ended by SIGKILL, the 6th time within 60 s\n`);
    expect(statSync(failureFile(keeper)).mode & 0o777).toBe(0o600);
    expect([service, keeper.pid].every(isAlive)).toBe(true);
  });

  it('is tried again at SIGHUP, with a new budget', async () => {
    const { keeper, stub } = await startReady();
    const service = await keeper.run('service', ['sleep', '1000']);
    await killUntilGivenUp(keeper, stub);
    process.kill(keeper.pid, 'SIGHUP');
    const next = (await keeper.stub('started')).pid;
    expect(existsSync(failureFile(keeper))).toBe(false);
    await replaceStub(keeper, next);
    expect(startedStubs(keeper)).toHaveLength(8);
    expect(isAlive(service)).toBe(true);
  });

  it('has its services ended by SIGTERM to the keeper that has given up', async () => {
    const { keeper, stub } = await startReady();
    const service = await keeper.run('service', ['sleep', '1000']);
    await killUntilGivenUp(keeper, stub);
    process.kill(keeper.pid, 'SIGTERM');
    expect((await keeper.ended).code).toBe(0);
    expect(isAlive(service)).toBe(false);
  });

  it('is followed by another at once when it has made room, however often', async () => {
    const { keeper } = await startReady();
    const service = await keeper.run('service', ['sleep', '1000']);
    for (let time = 1; time <= 7; time += 1) {
      keeper.order({ do: 'succeed', program: null });
      keeper.order({ stub: 'exit', code: 0 });
      await keeper.stub('started');
    }
    expect(isAlive(service)).toBe(true);
    expect(existsSync(failureFile(keeper))).toBe(false);
  });
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
