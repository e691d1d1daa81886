import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
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

/** Every process of the family fixture, in whichever run. */
const familyPids = (): readonly number[] => app.read('pids').split('\n').filter(Boolean).map(Number);
const family = (): readonly string[] => [fixture('e2e-family.sh'), app.folder];

/** One letter of /proc or ps: Z, S, T ... of the processes whose parent is `parent`. */
const statesBelow = async (parent: number): Promise<readonly string[]> => {
  const { stdout } = await promisify(execFile)('ps', ['-A', '-o', 'ppid=,state=']);
  return stdout.split('\n').flatMap((line) => {
    const [ppid, state = ''] = line.trim().split(/\s+/);
    return Number(ppid) === parent ? [state.slice(0, 1)] : [];
  });
};

describe('a service with a family in its process group', () => {
  it('has nobody of its old run left when the new one begins, whichever way the old one ended', async () => {
    await app.up({ intensity: 100, services: { family: { command: family() } } });
    await app.untilSays('family', /^ready/);
    await app.do('kill', 'family');
    await app.untilRun('family', 2);
    await until('run 2 is ready', () => familyPids().length === 8);
    process.kill(await app.pid('family'), 'SIGKILL');
    await app.untilRun('family', 3);
    await until('run 3 is ready', () => familyPids().length === 12);
    await app.do('send', 'family', 'end 3');
    await app.untilRun('family', 4);
    await until('run 4 is ready', () => familyPids().length === 16);
    await app.do('restart', 'family', '-t', '100ms');
    await until('run 5 is ready', () => familyPids().length === 20);
    expect(app.read('found')).toBe('');
    expect((await app.service('family')).restarts).toBe(0);
  });

  it('is gone to the last member after an orderly stop and after down', async () => {
    await app.up({ services: { family: { command: family(), shutdown: '200ms' }, other: { command: idle } } });
    await until('the family is there', () => familyPids().length === 4);
    await app.do('stop', 'family');
    expect(familyPids().filter(isAlive)).toEqual([]);
    await app.do('start', 'family');
    await until('the family is there again', () => familyPids().length === 8);
    await app.do('down');
    expect(familyPids().filter(isAlive)).toEqual([]);
    expect(processesWith(app.home.home)).toEqual([]);
  });

  it('counts all of its processes, and names them in status', async () => {
    await app.up({ services: { family: { command: family() } } });
    await app.untilSays('family', /^ready/);
    const row = await app.service('family');
    const { pids } = JSON.parse((await app.do('status', 'family', '--json')).stdout) as { readonly pids: readonly number[] };
    expect(pids).toEqual(expect.arrayContaining([...familyPids()]));
    expect(row.processes).toBe(pids.length);
    expect(row.memoryBytes).toBeGreaterThan(1_000_000);
  });

  it('is not kept from stopping by zombies that nobody waits for', async () => {
    await app.up({ services: { zombies: { command: fixture('e2e-zombies.sh'), shutdown: '100ms' } } });
    await app.untilSays('zombies', /^ready/);
    const pid = await app.pid('zombies');
    await until('a child is a zombie', async () => (await statesBelow(pid)).includes('Z'));
    expect((await app.service('zombies')).state).toBe('running');
    await app.do('stop', 'zombies');
    const row = await app.service('zombies');
    expect([row.state, row.pid, row.processes]).toEqual(['stopped', null, null]);
  });
});

describe('a service with processes below it', () => {
  it('is charged for what all of them use, not the first one alone', async () => {
    await app.up({ services: { busy: { command: sh('while :; do :; done & echo ready; exec sleep 1000') }, lazy: { command: idle } } });
    const busy = await app.untilService('busy', 'is seen to work', ({ cpuPercent }) => (cpuPercent ?? 0) > 10);
    const lazy = await app.service('lazy');
    expect([busy.processes, lazy.processes]).toEqual([2, 1]);
    expect(lazy.cpuPercent).toBeLessThan(10);
    expect(busy.memoryBytes ?? 0).toBeGreaterThan(lazy.memoryBytes ?? 0);
  });

  it('has ended when its main process has, although one that left its session holds the output open', async () => {
    const line = 'if [ "$PORTSUP_RUN" = 1 ]; then "$1" "$2" & read -r _; exit 3; fi; exec sleep 1000';
    // `setsid` is a program on Linux only; Node's `detached` is the same everywhere.
    const away = "require('node:child_process').spawn('sleep', ['1000'], { detached: true, stdio: 'inherit' }); console.log('ready')";
    await app.up({ services: { held: { command: sh(line.replace('"$2"', '-e "$2"'), process.execPath, away) } } });
    await app.untilSays('held', /ready/);
    await app.do('send', 'held', 'end');
    expect((await app.untilRun('held', 2)).exit).toMatchObject({ code: 3, signal: null });
  });
});

describe('stopping a service', () => {
  const deaf = sh("trap '' TERM; echo ready; exec sleep 1000");

  it('kills one that ignores SIGTERM when its time is up, and says so', async () => {
    await app.up({ services: { deaf: { command: deaf, shutdown: '150ms' } } });
    await app.untilSays('deaf', /ready/);
    const pid = await app.pid('deaf');
    await app.do('stop', 'deaf');
    expect(isAlive(pid)).toBe(false);
    const row = await app.service('deaf');
    expect([row.state, row.desired, row.exit?.signal]).toEqual(['stopped', 'stopped', 'SIGKILL']);
    const events = (await app.history('deaf')).map(({ event, cause }) => `${event}: ${cause ?? ''}`);
    expect(events).toContainEqual(expect.stringMatching(/^killed: .*not ended .+ after its stop signal/));
  });

  it('kills at once with -t 0, however long its own time is', async () => {
    await app.up({ services: { deaf: { command: deaf, shutdown: '1h' } } });
    await app.untilSays('deaf', /ready/);
    await app.do('stop', '-t', '0', 'deaf');
    expect((await app.service('deaf')).exit?.signal).toBe('SIGKILL');
  });

  it('does not ask one with brutal_kill', async () => {
    const polite = sh("trap 'echo asked; exit 0' TERM; echo ready; while :; do sleep 1000 & wait $!; done");
    await app.up({ services: { brutal: { command: polite, shutdown: 'brutal_kill' } } });
    await app.untilSays('brutal', /ready/);
    await app.do('stop', 'brutal');
    expect((await app.service('brutal')).exit).toMatchObject({ code: null, signal: 'SIGKILL' });
    expect((await app.logs('brutal')).map(({ text }) => text)).toEqual(['ready']);
  });

  it('waits without end for one with infinity, until a second stop overtakes the first', async () => {
    await app.up({ services: { deaf: { command: deaf, shutdown: 'infinity' } } });
    await app.untilSays('deaf', /ready/);
    const first = app.start('stop', 'deaf');
    await app.untilService('deaf', 'is being stopped', ({ state }) => state === 'stopping');
    await app.do('stop', '-t', '0', 'deaf');
    expect((await first.ended).code).toBe(0);
    expect((await app.service('deaf')).exit?.signal).toBe('SIGKILL');
  });

  it('lets a second, shorter down overtake the first', async () => {
    await app.up({ services: { deaf: { command: deaf, shutdown: 'infinity' }, other: { command: idle } } });
    await app.untilSays('deaf', /ready/);
    const first = app.start('down');
    await app.untilService('deaf', 'is being stopped', ({ state }) => state === 'stopping');
    await app.do('down', '-t', '0');
    expect((await first.ended).code).toBe(0);
    expect(processesWith(app.home.home)).toEqual([]);
  });

  it('uses the stop signal of its configuration', async () => {
    const command = sh("trap '' TERM; trap 'echo asked; exit 0' USR1; echo ready; while :; do sleep 1000 & wait $!; done");
    await app.up({ services: { usr: { command, stop_signal: 'USR1' } } });
    await app.untilSays('usr', /ready/);
    await app.do('stop', 'usr');
    expect((await app.service('usr')).exit).toMatchObject({ code: 0, signal: null });
    expect((await app.logs('usr')).map(({ text }) => text)).toContain('asked');
  });

  it('ends one that was halted with SIGSTOP', async () => {
    await app.up({ services: { halted: { command: idle, shutdown: '150ms' } } });
    const pid = await app.pid('halted');
    await app.do('signal', 'STOP', 'halted');
    await until('it is halted', () => processesWith(app.home.home).some((row) => row.pid === pid && row.state === 'T'));
    await app.do('stop', 'halted');
    expect(isAlive(pid)).toBe(false);
  });

  it('stops in reverse order, each after the one before has ended', async () => {
    const line = "trap 'sleep 0.05; echo $1 >> order; exit 0' TERM; echo ready; while :; do sleep 1000 & wait $!; done";
    const service = (name: string): object => ({ command: sh(line, name) });
    await app.up({ services: { a: service('a'), pool: { services: { b: service('b'), c: service('c') } }, d: service('d') } });
    for (const path of ['a', 'pool/b', 'pool/c', 'd']) await app.untilSays(path, /ready/);
    await app.do('down');
    expect(app.read('order')).toBe('d\nc\nb\na\n');
  });
});
