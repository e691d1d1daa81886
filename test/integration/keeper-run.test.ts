import { closeSync, constants, openSync, readdirSync, readFileSync, readlinkSync, readSync, writeFileSync, writeSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { errnoOf } from '../../src/base/errors.js';
import { temporaryHome } from '../helpers/home.js';
import { bundleKeeper, type KeeperRig, startKeeper } from '../helpers/keeper-rig.js';
import { isAlive } from '../helpers/processes.js';
import { until } from '../helpers/until.js';

const home = temporaryHome();
let keeper: KeeperRig;

beforeAll(async () => {
  keeper = await startKeeper(await bundleKeeper(home), { home });
  expect(await keeper.answer).toEqual({ launch: 'ready' });
});

afterAll(() => home.dispose());

/** A shell line as a program: what is between these processes and the keeper is only this one shell. */
const sh = (script: string): readonly string[] => ['/bin/sh', '-c', script];
const fifo = (name: string): string => home.path('run', 'fifo', name);

/** What waits in a pipe now; empty when nothing does. */
function readNow(path: string): string {
  const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  const buffer = Buffer.alloc(65_536);
  try {
    return buffer.toString('utf8', 0, readSync(fd, buffer));
  } catch (error) {
    if (errnoOf(error) === 'EAGAIN') return '';
    throw error;
  } finally {
    closeSync(fd);
  }
}

function writeNow(path: string, text: string): void {
  const fd = openSync(path, constants.O_WRONLY | constants.O_NONBLOCK);
  writeSync(fd, text);
  closeSync(fd);
}

const keeperFds = (): readonly string[] => readdirSync(`/proc/${keeper.pid}/fd`);

describe('the keeper', () => {
  it('says hello with its protocol and PID before anything else', async () => {
    expect(await keeper.next('hello')).toEqual({
      news: 'hello',
      protocol: 4,
      pid: keeper.pid,
      memory: [],
      latest: [],
      held: [],
      begun: [],
      stateTrouble: null,
    });
  });

  it('reports the exact exit code', async () => {
    const pid = await keeper.run('code', sh('exit 37'));
    expect(await keeper.next('exited', 'code')).toEqual({
      news: 'exited',
      key: 'code',
      run: 1,
      pid,
      code: 37,
      signal: null,
      groupLeft: false,
    });
  });

  it('reports the signal a program died of, and no exit code', async () => {
    await keeper.run('signal', sh('kill -SEGV $$'));
    expect(await keeper.next('exited', 'signal')).toMatchObject({ code: null, signal: 'SIGSEGV' });
  });

  it('tells an exit code above 128 from a signal', async () => {
    await keeper.run('high', sh('exit 137'));
    expect(await keeper.next('exited', 'high')).toMatchObject({ code: 137, signal: null });
  });

  it('passes arguments on as they are, without a shell', async () => {
    const strange = ['a b', '"', "'", '$HOME', '%s', '*', 'ü', 'two\nlines', ''];
    await keeper.run('args', ['/usr/bin/printf', '<%s>', ...strange]);
    await keeper.next('exited', 'args');
    expect(readNow(fifo('args.out'))).toBe(strange.map((text) => `<${text}>`).join(''));
  });

  it('keeps the last words of a program until they are read, each stream for itself', async () => {
    await keeper.run('words', sh('echo out; echo err >&2'));
    await keeper.next('exited', 'words');
    expect(readNow(fifo('words.out'))).toBe('out\n');
    expect(readNow(fifo('words.err'))).toBe('err\n');
  });

  it('keeps unread output of an earlier run before that of the next', async () => {
    await keeper.run('again', sh('echo first'));
    await keeper.next('exited', 'again');
    keeper.order(keeper.spawnOrder('again', sh('echo second > /dev/stdout'), { run: 2 }));
    expect(await keeper.next('exited', 'again')).toMatchObject({ run: 2 });
    expect(readNow(fifo('again.out'))).toBe('first\nsecond\n');
  });

  it('does everything that comes in one message, in order', async () => {
    const first = keeper.spawnOrder('batch-a', sh('exit 3'), { in: null });
    const second = keeper.spawnOrder('batch-b', sh('exit 4'), { in: null });
    await keeper.makeFifos([first.out, first.err, second.out, second.err]);
    keeper.order({ do: 'batch', remember: [['batch', 'text']], orders: [first, second] });
    expect(await keeper.next('exited', 'batch-a')).toMatchObject({ code: 3 });
    expect(await keeper.next('exited', 'batch-b')).toMatchObject({ code: 4 });
  });

  it('gives a run its umask, and nobody else', async () => {
    await keeper.run('umask', sh('umask'));
    await keeper.next('exited', 'umask');
    const own = readNow(fifo('umask.out'));
    const plain = keeper.spawnOrder('umask', sh('umask'), { run: 2 });
    keeper.order({ ...plain, umask: 0o37 });
    await keeper.next('exited', 'umask');
    keeper.order({ ...plain, umask: 0o37, argv: ['./no/such/program'], run: 3 });
    expect(await keeper.next('spawn-failed', 'umask')).toMatchObject({ errno: 'ENOENT' });
    keeper.order({ ...plain, run: 4 });
    await keeper.next('exited', 'umask');
    expect(own).toMatch(/^0[0-7]{3}\n$/);
    expect(readNow(fifo('umask.out'))).toBe(`0037\n${own}`);
  });

  it('closes what it kept for a port that is forgotten', async () => {
    await keeper.run('forgotten', sh('exit 0'), { in: null });
    await keeper.next('exited', 'forgotten');
    const before = keeperFds().length;
    keeper.order({ do: 'forget', key: 'forgotten' });
    await until('two descriptors fewer', () => keeperFds().length === before - 2);
  });
});

describe('process groups', () => {
  it('kills what is left of the group as soon as the main process ends', async () => {
    await keeper.run('group', sh('sh -c "sleep 1000 & echo \\$!; wait" & sleep 1000 & echo $!; while :; do read line; exit 3; done'));
    let printed = '';
    const grandchildren = await until('both PIDs', () => {
      printed += readNow(fifo('group.out'));
      const pids = printed.split('\n').filter(Boolean).map(Number);
      return printed.endsWith('\n') && pids.length === 2 && pids;
    });
    writeNow(fifo('group.in'), 'now\n');
    expect(await keeper.next('exited', 'group')).toMatchObject({ code: 3, groupLeft: true });
    await until('the grandchildren are gone', () => !grandchildren.some(isAlive));
  });

  it('signals the whole group', async () => {
    await keeper.run('whole', sh('sleep 1000 & echo $!; wait'), { in: null });
    const grandchild = await until('the PID', () => Number(readNow(fifo('whole.out'))));
    keeper.order({ do: 'signal', key: 'whole', run: 1, signal: 'SIGTERM' });
    expect(await keeper.next('exited', 'whole')).toMatchObject({ signal: 'SIGTERM' });
    await until('the grandchild is gone', () => !isAlive(grandchild));
  });

  it('leaves a program that ignores SIGTERM running until SIGKILL', async () => {
    const pid = await keeper.run('deaf', sh('trap "echo heard" TERM; echo ready; while :; do sleep 0.01; done'));
    await until('ready', () => readNow(fifo('deaf.out')) === 'ready\n');
    keeper.order({ do: 'signal', key: 'deaf', run: 1, signal: 'SIGTERM' });
    await until('the signal was heard', () => readNow(fifo('deaf.out')).includes('heard'));
    expect(isAlive(pid)).toBe(true);
    keeper.order({ do: 'signal', key: 'deaf', run: 1, signal: 'SIGKILL' });
    expect(await keeper.next('exited', 'deaf')).toMatchObject({ signal: 'SIGKILL' });
  });

  it('passes over a signal for a run that has ended, and one that does not exist', async () => {
    await keeper.run('ended', sh('exit 0'));
    await keeper.next('exited', 'ended');
    keeper.order({ do: 'signal', key: 'ended', run: 1, signal: 'SIGKILL' });
    await keeper.run('other', ['sleep', '1000']);
    keeper.order({ do: 'signal', key: 'other', run: 1, signal: 'SIGNONSENSE' });
    keeper.order({ do: 'signal', key: 'other', run: 1, signal: 'SIGINT' });
    expect(await keeper.next('exited', 'other')).toMatchObject({ signal: 'SIGINT' });
    expect(keeper.log()).toContain('SIGNONSENSE');
  });
});

describe('standard input', () => {
  it('is open until it is closed, and then the program reads its end', async () => {
    await keeper.run('cat', ['cat']);
    writeNow(fifo('cat.in'), 'hello\n');
    await until('the echo', () => readNow(fifo('cat.out')) === 'hello\n');
    keeper.order({ do: 'close-stdin', key: 'cat', run: 1 });
    keeper.order({ do: 'close-stdin', key: 'cat', run: 1 });
    expect(await keeper.next('exited', 'cat')).toMatchObject({ code: 0 });
  });

  it('holds nothing that was written for an earlier run', async () => {
    await keeper.run('old', ['sleep', '1000']);
    writeNow(fifo('old.in'), 'for the first run\n');
    keeper.order({ do: 'signal', key: 'old', run: 1, signal: 'SIGKILL' });
    await keeper.next('exited', 'old');
    keeper.order(keeper.spawnOrder('old', ['cat'], { run: 2 }));
    await keeper.next('spawned', 'old');
    keeper.order({ do: 'close-stdin', key: 'old', run: 2 });
    expect(await keeper.next('exited', 'old')).toMatchObject({ run: 2, code: 0 });
    expect(readNow(fifo('old.out'))).toBe('');
  });

  it('refuses writers once the program has ended or closed it', async () => {
    await keeper.run('shut', sh('exec < /dev/null; echo ready; sleep 1000'));
    await until('ready', () => readNow(fifo('shut.out')) === 'ready\n');
    expect(() => writeNow(fifo('shut.in'), 'x\n')).toThrow('ENXIO');
    keeper.order({ do: 'signal', key: 'shut', run: 1, signal: 'SIGKILL' });
    await keeper.next('exited', 'shut');
  });
});

describe.runIf(process.platform === 'linux')('what a service is born with', () => {
  it('is three blocking descriptors, no blocked or ignored signal, an own session and exactly the ordered environment', async () => {
    const env = { B: 'two words', A: '$HOME=%s', EMPTY: '', ÜNI: 'ü\nnext line', PORTSUP_TEST_MARK: home.env['PORTSUP_TEST_MARK'] ?? '' };
    const pid = await keeper.run('clean', ['/bin/sleep', '1000'], { env, cwd: home.home });
    const proc = (file: string): string => readFileSync(`/proc/${pid}/${file}`, 'utf8');
    const fds = readdirSync(`/proc/${pid}/fd`).sort();
    expect(fds.map((fd) => readlinkSync(`/proc/${pid}/fd/${fd}`))).toEqual([fifo('clean.in'), fifo('clean.out'), fifo('clean.err')]);
    const flags = fds.map((fd) => Number.parseInt(/flags:\s*(\d+)/.exec(proc(`fdinfo/${fd}`))?.[1] ?? '', 8));
    expect(flags.map((bits) => bits & constants.O_NONBLOCK)).toEqual([0, 0, 0]);
    expect(flags.map((bits) => bits & 3)).toEqual([constants.O_RDONLY, constants.O_RDWR, constants.O_RDWR]);
    expect(/SigBlk:\s*(\w+)/.exec(proc('status'))?.[1]).toBe('0000000000000000');
    expect(/SigIgn:\s*(\w+)/.exec(proc('status'))?.[1]).toBe('0000000000000000');
    expect(proc('environ').split('\0').slice(0, -1).sort()).toEqual(
      Object.entries(env)
        .map(([name, value]) => `${name}=${value}`)
        .sort(),
    );
    expect(readlinkSync(`/proc/${pid}/cwd`)).toBe(home.home);
    const [, ppid, pgrp, session] = proc('stat').split(') ')[1]?.split(' ').map(Number) ?? [];
    expect([ppid, pgrp, session]).toEqual([keeper.pid, pid, pid]);
    keeper.order({ do: 'signal', key: 'clean', run: 1, signal: 'SIGKILL' });
    await keeper.next('exited', 'clean');
  });

  it('is /dev/null as standard input where none is wanted', async () => {
    const pid = await keeper.run('null', ['sleep', '1000'], { in: null });
    expect(readlinkSync(`/proc/${pid}/fd/0`)).toBe('/dev/null');
    keeper.order({ do: 'signal', key: 'null', run: 1, signal: 'SIGKILL' });
    await keeper.next('exited', 'null');
  });
});

describe('a start that fails', () => {
  const failures: readonly (readonly [string, readonly string[], string, string])[] = [
    ['no such file', ['/no/such/program'], '/', 'ENOENT'],
    ['a name that PATH does not know', ['no-such-program'], '/', 'ENOENT'],
    ['a file that is not executable', ['/etc/passwd'], '/', 'EACCES'],
    ['a folder', ['/etc'], '/', 'EACCES'],
    ['no such working directory', ['/bin/true'], '/no/such/folder', 'ENOENT'],
    ['arguments that are too big', ['/bin/true', 'x'.repeat(200_000)], '/', 'E2BIG'],
    ['a null byte in an argument', ['/bin/true', 'a\0b'], '/', 'ERR_INVALID_ARG_VALUE'],
  ];

  it.each(failures)('names the errno and leaves no descriptor open: %s', async (_what, argv, cwd, errno) => {
    const order = keeper.spawnOrder('failing', argv, { cwd });
    await keeper.makeFifos([order.in ?? '', order.out, order.err]);
    // The first start opens the outputs, which stay open.
    keeper.order(order);
    await keeper.next('spawn-failed', 'failing');
    const before = keeperFds();
    keeper.order({ ...order, run: 2 });
    expect(await keeper.next('spawn-failed', 'failing')).toMatchObject({ run: 2, errno });
    await until('no descriptor more than before', () => keeperFds().length <= before.length);
  });

  it('is not blamed on the program when a pipe is missing', async () => {
    keeper.order(keeper.spawnOrder('unpiped', ['/bin/true']));
    expect(await keeper.next('spawn-failed', 'unpiped')).toMatchObject({
      errno: 'EIO',
      message: expect.stringContaining(fifo('unpiped.out')),
    });
  });
});

describe('making pipes', () => {
  it('makes many at once, keeps those that exist, and does so with mode 0600', async () => {
    const paths = Array.from({ length: 1_100 }, (_, index) => fifo(`many-${index}`));
    expect(await keeper.makeFifos(paths.slice(0, 10))).toBeNull();
    expect(await keeper.makeFifos(paths)).toBeNull();
    expect(readdirSync(fifo('')).filter((name) => name.startsWith('many-'))).toHaveLength(1_100);
  });

  it('says what is in the way', async () => {
    writeFileSync(fifo('file'), '');
    expect(await keeper.makeFifos([fifo('good'), fifo('file')])).toMatch(/cannot make the named pipe .*\/file \(.*exists/);
    expect(await keeper.makeFifos([home.path('nowhere', 'x')])).toMatch(/cannot make the named pipe .*\/nowhere\/x \(.*No such file/);
  });
});
