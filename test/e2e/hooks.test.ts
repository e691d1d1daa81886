/** `on_event`: the command that an application runs for its events, with real programs. */
import { readFileSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { EventLine } from '../../src/control/contract.js';
import { type Config, idle, LiveApp, sh } from '../helpers/live-app.js';
import { halt, isAlive, processesWith } from '../helpers/processes.js';
import { until } from '../helpers/until.js';

let app: LiveApp;

beforeEach(() => {
  app = new LiveApp();
});

afterEach(async () => {
  await app.dispose();
});

/** Says that a run has begun, adds what it reads to `told`, and that it has ended. */
const teller = sh('echo "begin $PORTSUP_RUN" >> runs; cat >> told; echo "end $PORTSUP_RUN" >> runs');
const configOf = (command: readonly string[] | string, services: Config = { a: { command: idle } }): Config => ({
  name: 'shop',
  on_event: command,
  services,
});

const linesOf = (name: string): readonly string[] => app.read(name).split('\n').filter(Boolean);
const toldEvents = (): readonly EventLine[] => linesOf('told').map((line) => JSON.parse(line) as EventLine);
const named = (events: readonly EventLine[]): readonly string[] => events.map(({ path, event }) => `${path ?? '-'} ${event}`);
const isTold = (...what: readonly string[]): Promise<boolean> =>
  until(`told of ${what.join(', ')}`, () => {
    const told = named(toldEvents());
    return what.every((one) => told.includes(one));
  });
const failures = async (): Promise<readonly (string | null)[]> =>
  (await app.history()).filter(({ event }) => event === 'hook_failed').map(({ cause }) => cause);
const left = (): readonly string[] => processesWith(app.home.home).map(({ pid, command }) => `${pid} ${command}`);

describe('the command for events', () => {
  it('reads each event of its application as a line of JSON, as "events --json" prints it, from "up" to "down"', async () => {
    await app.up({ ...configOf(teller), intensity: 1_000 });
    await isTold('a started', ' started');
    const follower = app.start('events', '--json');
    let first: string | undefined;
    const heard = follower.nextLine().then((line) => {
      first = line;
    });
    await until('events are followed', async () => {
      await app.do('kill', 'a');
      return first;
    });
    await heard;
    follower.kill('SIGINT');
    const printed = (await follower.ended).stdout.split('\n').slice(0, -1);
    expect(printed.length).toBeGreaterThan(0);
    await until('all that is printed is told', () => {
      const told = linesOf('told');
      return printed.every((line) => told.includes(line));
    });
    await app.do('down');
    expect(named(toldEvents()).slice(-4)).toEqual([' stopping', 'a stopping', 'a stopped', ' stopped']);
    const history = readFileSync(app.home.path('journal.ndjson'), 'utf8').split('\n').filter(Boolean);
    const own = history.map((line) => JSON.parse(line) as EventLine).filter((event) => event.app === 'shop');
    expect(toldEvents().filter((event) => event.app === 'shop')).toEqual(own);
    expect(left()).toEqual([]);
  });

  it('gets together what happens together, and is never run twice at once', async () => {
    const slow = sh(
      'echo "begin $PORTSUP_RUN" >> runs; cat >> told; until [ -e go ]; do sleep 0.01; done; echo "end $PORTSUP_RUN" >> runs',
    );
    await app.up(configOf(slow, { a: { command: idle }, b: { command: idle }, c: { command: idle } }));
    await isTold('a started', 'b started', 'c started', ' started');
    expect(linesOf('runs')).toEqual(['begin 1']);
    await app.do('stop', 'a');
    await app.do('stop', 'b');
    expect(linesOf('runs')).toEqual(['begin 1']);
    writeFileSync(app.path('go'), '');
    await isTold('a stopped', 'b stopped');
    await until('both have ended', () => linesOf('runs').length === 4);
    expect(linesOf('runs')).toEqual(['begin 1', 'end 1', 'begin 2', 'end 2']);
    const events = named(toldEvents());
    expect(new Set(events).size).toBe(events.length);
  });

  it('that reads nothing holds up nobody', async () => {
    const deaf = sh('until [ -e go ]; do sleep 0.01; done');
    await app.up({ ...configOf(deaf), intensity: 1_000 });
    for (let run = 1; run <= 20; run += 1) {
      await app.do('kill', 'a');
      expect((await app.untilRun('a', run + 1)).restarts).toBe(run);
    }
    writeFileSync(app.path('go'), '');
    await app.do('down');
    expect(left()).toEqual([]);
  });

  it('is told of thousands of events, all or with a line that says how many are missing', async () => {
    const crashing = sh('[ $PORTSUP_RUN -gt 2500 ] && exec sleep 1000; exit 1');
    await app.up({ ...configOf(teller, { a: { command: idle }, b: { command: crashing, autostart: false } }), intensity: 100_000 });
    await app.do('start', 'b', '--timeout', '120s');
    await until('it has crashed 2500 times', async () => (await app.service('b')).run > 2_500, 120_000);
    await app.do('down');
    const told = toldEvents();
    const missing = told.flatMap(({ event, cause }) => (event === 'entries_lost' ? [Number.parseInt(cause ?? '', 10)] : []));
    const count = told.filter(({ app: name, event }) => name === 'shop' && event !== 'entries_lost').length;
    const happened = journal().filter((event) => event.app === 'shop').length;
    expect(happened).toBeGreaterThan(5_000);
    expect(count + missing.reduce((sum, number) => sum + number, 0)).toBeGreaterThanOrEqual(happened);
    expect(left()).toEqual([]);
  }, 180_000);

  it('is changed without a restart, and so is who is told of alarms', async () => {
    const withAlarm = (hook: unknown): Readonly<Record<string, unknown>> => ({
      name: 'shop',
      on_alarm: hook,
      services: { a: { command: idle } },
    });
    await app.up(withAlarm({ webhook: 'http://localhost:1/', command: teller }));
    const pid = await app.pid('a');
    expect((await app.do('up', '--dry-run')).stdout).not.toContain('on_alarm');
    app.configure(withAlarm({ webhook: 'http://localhost:2/', command: teller }));
    expect((await app.do('up', '--dry-run')).stdout).toMatch(/^~ application {2}changed: on_alarm \(without a restart\)$/m);
    await app.do('up');
    app.configure({ ...withAlarm('./tell'), on_event: teller });
    expect((await app.do('up', '--dry-run')).stdout).toMatch(/^~ application {2}changed: on_event, on_alarm \(without a restart\)$/m);
    expect(await app.pid('a')).toBe(pid);
    await app.do('down');
  });

  it('is another one from the next "up" on, without a restart', async () => {
    await app.up(configOf(teller));
    await isTold('a started');
    const pid = await app.pid('a');
    app.configure(configOf(sh('cat >> other')));
    const plan = await app.do('up', '--dry-run');
    expect(plan.stdout).toMatch(/^~ application {2}changed: on_event \(without a restart\)$/m);
    await app.do('up');
    expect(await app.pid('a')).toBe(pid);
    await until('the other one is told', () => app.read('other').includes('"applied"'));
    app.configure({ name: 'shop', services: { a: { command: idle } } });
    await app.do('up');
    const { length } = app.read('other');
    await app.do('restart', 'a');
    await app.do('down');
    expect(app.read('other')).toHaveLength(length);
  });

  it('sees the environment of who ran "up", the variables of the top level, and its application', async () => {
    app = new LiveApp({ home: app.home, env: { FROM_PERSON: 'yes' } });
    const tell = sh('echo "$FROM_PERSON $FROM_CONFIG $PORTSUP_APP $PORTSUP_SERVICE $PWD" >> seen');
    await app.up({ ...configOf(tell), env: { FROM_CONFIG: 'too' } });
    await until('it has been run', () => linesOf('seen').length > 0);
    expect(linesOf('seen')[0]).toBe(`yes too shop @on_event ${app.folder}`);
  });
});

/** All that is in the journal. */
const journal = (): readonly EventLine[] =>
  readFileSync(app.home.path('journal.ndjson'), 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as EventLine);

describe('a command for events that fails', () => {
  it('is an event with its exit and its last words, once for all failures in a row, and not told to itself', async () => {
    await app.up(
      configOf(sh('cat >> told; echo trying >&2; echo "no route to host" >&2; echo "$PORTSUP_RUN" >> runs; [ -e fine ] || exit 3')),
    );
    await until('the failure is told', async () => (await failures()).length === 1);
    expect((await app.history()).find(({ event }) => event === 'hook_failed')).toMatchObject({
      app: 'shop',
      path: null,
      cause: 'exit code 3: no route to host',
      exit: { code: 3, signal: null },
      by: 'daemon',
    });
    await app.do('restart', 'a');
    await until('it is run again', () => linesOf('runs').length >= 2);
    writeFileSync(app.path('fine'), '');
    await app.do('restart', 'a');
    await until('it is run once more', () => linesOf('runs').length >= 3);
    expect(await failures()).toHaveLength(1);
    expect(app.read('told')).not.toContain('hook_failed');
    expect(left().filter((line) => line.includes('cat'))).toEqual([]);
  });

  it('is one that cannot be started, too', async () => {
    await app.up(configOf('./nowhere --at all'));
    await until('the failure is told', async () => (await failures()).length === 1);
    expect((await failures())[0]).toContain(`${app.folder}/nowhere`);
  });

  it('may say as much as it likes', async () => {
    await app.up(configOf(sh('i=0; while [ $i -lt 20000 ]; do echo "line $i of many that nobody reads" >&2; i=$((i+1)); done; exit 1')));
    await until('the failure is told', async () => (await failures()).length === 1, 20_000);
    expect(await failures()).toEqual(['exit code 1: line 19999 of many that nobody reads']);
  });

  it('leaves nothing behind', async () => {
    const daemonizing = sh(
      'setsid sh -c "echo \\$\\$ > orphan; exec sleep 1000" & until [ -s orphan ]; do sleep 0.01; done; sleep 1000 & exit 0',
    );
    await app.up(configOf(daemonizing));
    await until('it has a process of its own', () => app.read('orphan') !== '');
    const orphan = Number(app.read('orphan'));
    await until('the orphan is gone', () => !isAlive(orphan));
  });

  it('holds up "down" for two seconds and no longer, also when it ignores SIGTERM', async () => {
    await app.up(configOf(sh('trap "" TERM; cat >> told; echo $$$$ > hung; while :; do sleep 0.05; done')));
    await until('it hangs', () => app.read('hung') !== '');
    const begun = performance.now();
    await app.do('down');
    const took = performance.now() - begun;
    expect(took).toBeGreaterThan(1_500);
    expect(took).toBeLessThan(5_000);
    expect(left()).toEqual([]);
    expect(journal().find(({ event }) => event === 'hook_failed')).toMatchObject({
      cause: 'it was not done 2 s after its application was down: signal SIGKILL',
    });
  });

  it('makes an "up" wait that comes meanwhile, and no longer', async () => {
    const config = configOf(sh('trap "" TERM; echo $$$$ > hung; [ -e fine ] || while :; do sleep 0.05; done; cat >> told'));
    await app.up(config);
    await until('it hangs', () => app.read('hung') !== '');
    const down = app.run('down');
    await until('all is down', () => journal().some(({ event, path }) => event === 'stopped' && path === ''));
    writeFileSync(app.path('fine'), '');
    const [up, ended] = [await app.run('up'), await down];
    expect([up.code, up.stderr, ended.code]).toEqual([0, '', 0]);
    expect((await app.service('a')).state).toBe('running');
    await isTold('a started');
  });

  it('holds up the "down" of one of several applications no longer either, and the others not at all', async () => {
    const other = new LiveApp({ home: app.home, folder: app.home.path('other') });
    await other.up({ name: 'other', services: { b: { command: idle } } });
    await app.up(configOf(sh('trap "" TERM; echo $$$$ > hung; while :; do sleep 0.05; done')));
    await until('it hangs', () => app.read('hung') !== '');
    const hung = Number(app.read('hung'));
    const pid = await other.pid('b');
    await app.do('down');
    expect(isAlive(hung)).toBe(false);
    expect(await other.pid('b')).toBe(pid);
  });
});

describe('when portsup dies, the command for events', () => {
  /** Reads all, and goes on when it may. */
  const waiting = sh(
    'echo "begin $PORTSUP_RUN $$$$" >> runs; cat >> told; until [ -e go ]; do sleep 0.01; done; echo "end $PORTSUP_RUN" >> runs',
  );
  const pidOfRun = (): number => Number(linesOf('runs')[0]?.split(' ')[2]);

  it('goes on when the daemon is killed, and the next daemon waits for it', async () => {
    await app.up(configOf(waiting));
    await until('it runs', () => linesOf('told').length >= 2);
    const { pid } = await app.daemon();
    process.kill(pid, 'SIGKILL');
    await until('the daemon is gone', () => !isAlive(pid));
    await app.do('restart', 'a');
    expect(linesOf('runs')).toHaveLength(1);
    writeFileSync(app.path('go'), '');
    await isTold('a stopped', '- daemon_started');
    await until('the second one is done', () => linesOf('runs').length === 4);
    expect(linesOf('runs').map((line) => line.split(' ').slice(0, 2).join(' '))).toEqual(['begin 1', 'end 1', 'begin 2', 'end 2']);
    expect(await failures()).toEqual([]);
    await app.do('down');
    expect(left()).toEqual([]);
  });

  it('goes on when the keeper is killed, is no stranger, and is waited for', async () => {
    await app.up(configOf(waiting));
    await until('it runs', () => linesOf('told').length >= 2);
    const { pid, keeperPid } = await app.daemon();
    process.kill(keeperPid, 'SIGKILL');
    await until('another daemon has taken over', async () => (await app.daemon()).pid !== pid);
    expect(isAlive(pidOfRun())).toBe(true);
    expect((await app.history()).filter(({ event }) => event === 'killed')).toEqual([]);
    writeFileSync(app.path('go'), '');
    await isTold('- daemon_started');
    await app.do('down');
    expect(
      linesOf('runs')
        .map((line) => line.split(' ').slice(0, 2).join(' '))
        .slice(0, 3),
    ).toEqual(['begin 1', 'end 1', 'begin 2']);
    expect(left()).toEqual([]);
  });

  it('is told by the next daemon what waited when the daemon was restarted', async () => {
    await app.up(configOf(waiting));
    await until('it runs', () => linesOf('told').length >= 2);
    await app.do('restart', 'a');
    await app.do('daemon', 'restart');
    writeFileSync(app.path('go'), '');
    await isTold('a stopped', '- daemon_stopped', '- daemon_started');
    const state = (): string => readFileSync(app.home.path('state.ndjson'), 'utf8');
    expect(state().match(/"events shop:",null/g)).toHaveLength(1);
  });

  it('is ended all the same when the daemon is killed while it waits for the last run', async () => {
    await app.up(configOf(sh('trap "" TERM; cat >> told; echo $$$$ > hung; while :; do sleep 0.05; done')));
    await until('it hangs', () => app.read('hung') !== '');
    const { pid } = await app.daemon();
    const down = app.run('down');
    await until('all is down', () => journal().some(({ event, path }) => event === 'stopped' && path === ''));
    process.kill(pid, 'SIGKILL');
    await down;
    await until('nothing is left', () => left().length === 0, 10_000);
  });

  it('leaves nothing behind when the daemon is killed after the end of the last run, before it has looked', async () => {
    const leave = 'setsid sh -c "echo > away; exec sleep 1000" & until [ -e away ]; do sleep 0.01; done';
    const leaver = sh(`cat >> told; echo $$$$ > last; until [ -e go ]; do sleep 0.01; done; ${leave}`);
    await app.up(configOf(leaver));
    await until('it runs', () => app.read('last') !== '');
    const { pid } = await app.daemon();
    const down = app.run('down');
    await until('all is down', () => journal().some(({ event, path }) => event === 'stopped' && path === ''));
    await halt(pid);
    writeFileSync(app.path('go'), '');
    await until('the last run has ended', () => !isAlive(Number(app.read('last'))));
    process.kill(pid, 'SIGKILL');
    await down;
    await until('nothing is left', () => left().length === 0, 10_000);
  });
});
