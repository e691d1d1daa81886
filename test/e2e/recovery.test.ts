import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { readlink } from 'node:fs/promises';
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

const left = (): readonly string[] => processesWith(app.home.home).map(({ pid, command }) => `${pid} ${command}`);

/** Eight processes in two groups, some of which ignore SIGTERM. */
const config = { services: { family: { command: [fixture('e2e-family.sh'), 'FOLDER'] }, idle: { command: idle } } };
const configHere = (): typeof config => JSON.parse(JSON.stringify(config).replace('FOLDER', app.folder)) as typeof config;

const ready = async (): Promise<void> => {
  await app.up(configHere());
  await app.untilSays('family', /^ready/);
};

describe('what is left when parts of portsup are killed', () => {
  it('is everything when it is the daemon: the same processes go on under the next one', async () => {
    await ready();
    const old = (await app.rows()).map(({ path, pid, run, state }) => [path, pid, run, state]);
    const { pid, keeperPid } = await app.daemon();
    process.kill(pid, 'SIGKILL');
    await until('the daemon is gone', () => !isAlive(pid));
    expect((await app.rows()).map((row) => [row.path, row.pid, row.run, row.state])).toEqual(old);
    expect((await app.daemon()).keeperPid).toBe(keeperPid);
    await app.do('down');
    expect(left()).toEqual([]);
  });

  it('is everything when it is the keeper: the same processes go on under another keeper', async () => {
    await ready();
    const old = (await app.rows()).map(({ path, pid, run, state }) => [path, pid, run, state]);
    const { keeperPid } = await app.daemon();
    process.kill(keeperPid, 'SIGKILL');
    await until('another keeper has taken over', async () => (await app.daemon()).keeperPid !== keeperPid);
    expect((await app.rows()).map((row) => [row.path, row.pid, row.run, row.state])).toEqual(old);
    await app.do('down');
    expect(left()).toEqual([]);
  });

  it('is not in the way when keeper and daemon are killed together: socket, lock and pipes', async () => {
    await app.up({ services: { idle: { command: sh('echo ready; exec cat') } } });
    const { pid, keeperPid, socket } = await app.daemon();
    await killTogether(keeperPid, pid);
    expect(existsSync(socket)).toBe(true);
    expect((await app.run('ps', '--json')).code).toBe(0);
    await app.do('up');
    expect((await app.rows()).map(({ state }) => state)).toEqual(['running', 'running']);
    await app.do('down');
    expect(left()).toEqual([]);
  });

  it('is in order after SIGTERM to the daemon or to the keeper: services are stopped as in a down', async () => {
    for (const whom of ['pid', 'keeperPid'] as const) {
      await ready();
      process.kill((await app.daemon())[whom], 'SIGTERM');
      await until(`${whom}: all have ended`, () => left().length === 0, 7_000);
    }
    const events = readFileSync(app.home.path('journal.ndjson'), 'utf8');
    expect(events.match(/"daemon_stopped".*"cause":"portsup was asked to end"/g)).toHaveLength(2);
  });
});

describe('a daemon that is halted for a while', () => {
  it('hears of every end and of every line that it has missed, exactly and once', async () => {
    const count = 20_000;
    const line = 'until [ -e go ]; do sleep 0.01; done; exec "$@"';
    const numbered = sh(line, process.execPath, fixture('e2e-numbered.mjs'), String(count));
    const early = sh('[ "$PORTSUP_RUN" -gt 1 ] && exec sleep 1000; until [ -e go ]; do sleep 0.01; done; exit 42');
    await app.up({
      strategy: 'one_for_one',
      services: { numbered: { command: numbered }, early: { command: early }, killed: { command: idle } },
    });
    const { pid } = await app.daemon();
    const mortals = [await app.pid('early'), await app.pid('killed')];
    await halt(pid);
    writeFileSync(app.path('go'), '');
    process.kill(mortals[1] ?? 0, 'SIGSEGV');
    await until('both have ended', () => !mortals.some(isAlive));
    process.kill(pid, 'SIGCONT');
    expect(await app.untilRun('early', 2)).toMatchObject({ restarts: 1, exit: { code: 42, signal: null } });
    expect(await app.untilRun('killed', 2)).toMatchObject({ restarts: 1, exit: { code: null, signal: 'SIGSEGV' } });
    const last = async (): Promise<string> => (await app.do('logs', 'numbered', '--out', '-n', '1', '--no-prefix')).stdout;
    await until('all of its output is there', async () => (await last()) === 'all written\n');
    const lines = (await app.logs('numbered', '--out')).map(({ text }) => text);
    expect(lines).toHaveLength(count + 1);
    expect(lines.findIndex((text, number) => number < count && !text.startsWith(`out ${number} `))).toBe(-1);
  });
});

describe('a home', () => {
  it.runIf(existsSync('/dev/full'))(
    'on a full disk ends nobody: neither log of the daemon nor log of a service can be written',
    async () => {
      mkdirSync(app.home.path('logs'), { mode: 0o700 });
      writeFileSync(app.home.path('logs', 'full'), 'a file where a folder has to be: the log of the service cannot be made');
      symlinkSync('/dev/full', app.home.path('daemon.log'));
      await app.up({ name: 'full', services: { loud: { command: sh('echo loud; exec sleep 1000') } } });
      const { pid } = await app.daemon();
      await app.do('restart', 'loud');
      await app.untilRun('loud', 2);
      expect((await app.daemon()).pid).toBe(pid);
      await app.do('down');
    },
  );

  it('with a journal torn by a crash and a plain file in the place of the socket still comes up', async () => {
    await app.up({ services: { a: { command: idle } } });
    const { socket } = await app.daemon();
    await app.do('down');
    writeFileSync(app.home.path('journal.ndjson'), '{"at":"2026-01-01T00:00:00.000Z","app":"x","pa\n\u0000\u0000garbage\n{"at"', {
      flag: 'a',
    });
    writeFileSync(socket, 'not a socket');
    await app.do('up');
    expect((await app.history('a')).filter(({ event }) => event === 'started')).toHaveLength(2);
    await app.do('down');
  });

  it('is for its owner alone: folders 0700, files, pipes and socket 0600, and no TCP port', async () => {
    await app.up({ services: { a: { command: idle } } });
    await app.untilSays('a', /ready/);
    const { pid, keeperPid } = await app.daemon();
    const open: string[] = [];
    const ours = readdirSync(app.home.home, { recursive: true, encoding: 'utf8' }).filter((name) => !name.startsWith('project'));
    for (const name of ours) {
      const { mode } = statSync(app.home.path(name));
      if ((mode & 0o077) !== 0) open.push(`${name} ${(mode & 0o777).toString(8)}`);
    }
    expect(open).toEqual([]);
    expect(ours.length).toBeGreaterThan(8);
    if (process.platform === 'linux') expect(await listeners([pid, keeperPid])).toEqual([]);
  });
});

/** Internet sockets of these processes, as "pid inode". */
async function listeners(pids: readonly number[]): Promise<readonly string[]> {
  const inodes = ['tcp', 'tcp6', 'udp', 'udp6'].flatMap((table) =>
    readFileSync(`/proc/net/${table}`, 'utf8')
      .split('\n')
      .slice(1)
      .flatMap((line) => line.trim().split(/\s+/)[9] ?? []),
  );
  const found: string[] = [];
  for (const pid of pids) {
    for (const fd of readdirSync(`/proc/${pid}/fd`)) {
      const target = await readlink(`/proc/${pid}/fd/${fd}`).catch(() => '');
      const inode = /^socket:\[(\d+)\]$/.exec(target)?.[1];
      if (inode !== undefined && inodes.includes(inode)) found.push(`${pid} ${inode}`);
    }
  }
  return found;
}

describe('what a person wanted', () => {
  it('stays: a service stopped by hand is not started by the crash of another, but by the next up', async () => {
    await app.up({ services: { a: { command: idle }, b: { command: idle } } });
    await app.do('stop', 'a');
    await app.do('kill', 'b');
    await app.untilRun('b', 2);
    expect(await app.service('a')).toMatchObject({ state: 'stopped', desired: 'stopped', run: 1, why: 'stopped by hand' });
    await app.do('up');
    expect((await app.rows()).map(({ state, run }) => `${state} ${run}`)).toEqual(['running 1', 'running 2', 'running 2']);
  });

  it('costs nothing: reading commands start no daemon and say that none runs', async () => {
    app.configure({ services: { a: { command: idle } } });
    for (const args of [['ps'], ['ps', '--json'], ['history'], ['logs'], ['tree'], ['status', 'a'], ['daemon', 'status'], ['down']])
      await app.run(...args);
    expect(left()).toEqual([]);
    expect(readdirSync(app.home.home)).toEqual(['project']);
  });

  it('can be waited for and given up: Ctrl-C at a stop that hangs ends only the command, and the next one overtakes it', async () => {
    await app.up({ services: { deaf: { command: sh("trap '' TERM; echo ready; exec sleep 1000"), shutdown: 'infinity' } } });
    await app.untilSays('deaf', /ready/);
    const stop = app.start('stop', 'deaf');
    await app.untilService('deaf', 'is being stopped', ({ state }) => state === 'stopping');
    stop.kill('SIGINT');
    expect((await stop.ended).code).toBe(130);
    expect((await app.service('deaf')).state).toBe('stopping');
    await app.do('stop', '-t', '0', 'deaf');
  });

  it('leaves nothing behind when the down has been interrupted: the daemon ends with the last application, whoever waits', async () => {
    await app.up({ services: { slow: { command: sh("trap '' TERM; echo ready; exec sleep 1000"), shutdown: '1s' } } });
    await app.untilSays('slow', /ready/);
    const down = app.start('down');
    await app.untilService('slow', 'is being stopped', ({ state }) => state === 'stopping');
    down.kill('SIGINT');
    expect((await down.ended).code).toBe(130);
    await until('service, daemon and keeper have ended', () => left().length === 0);
  });
});
