/** Needs, links and backoff with real programs: in which order they start and stop, who waits for whom, and what is said of it. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { idle, LiveApp, sh } from '../helpers/live-app.js';
import { until } from '../helpers/until.js';

let app: LiveApp;
beforeEach(() => {
  app = new LiveApp();
});
afterEach(() => app.dispose());

/** Says its name in a file when it starts, and again when it has ended because it was asked to. */
const scribe = (name: string): readonly string[] =>
  sh(`trap 'echo "-$1" >> story; exit 0' TERM; echo "+$1" >> story; while :; do sleep 0.05; done`, name);
const story = (): readonly string[] => readFileSync(app.path('story'), 'utf8').trim().split('\n');
/** Ready as soon as this file is there. */
const gate = (name: string): object => ({ exec: `test -e ${name}`, interval: '20ms' });
const open = (name: string): void => writeFileSync(app.path(name), '');

describe('needs', () => {
  it('start each when what it needs is ready, whatever their order, and stop the other way round', async () => {
    app.configure({
      services: {
        backend: { services: { api: { command: scribe('api'), needs: ['data/db', 'migrate'] }, worker: { command: scribe('worker') } } },
        data: { services: { db: { command: scribe('db'), ready: gate('db-is-up') } } },
        migrate: { command: sh('echo "+migrate" >> story'), restart: 'temporary', ready: { exit: 0 }, needs: ['data/db'] },
      },
    });
    const up = app.start('up');
    await until('db has started', () => existsSync(app.path('story')) && story().includes('+db'));
    expect(await app.service('backend/api')).toMatchObject({
      state: 'waiting',
      ready: null,
      waitsFor: ['data/db', 'migrate'],
      why: 'waits for data/db (not ready), migrate (stopped)',
    });
    expect(await app.service('data/db')).toMatchObject({ state: 'starting', ready: false });
    open('db-is-up');
    expect(await up.ended).toMatchObject({ code: 0 });
    expect(story()).toEqual(['+worker', '+db', '+migrate', '+api']);
    await app.do('down');
    expect(story().slice(4)).toEqual(['-worker', '-api', '-db']);
  });

  describe('when both are stopped', () => {
    /** Says in a file that it is ending, takes its time, and says that it has. */
    const leaver = (name: string, seconds: number): readonly string[] =>
      sh(
        `trap 'echo "$1 ending" >> story; sleep $2; echo "$1 over" >> story; exit 0' TERM; echo "$1" >> story; while :; do sleep 0.02; done`,
        name,
        String(seconds),
      );
    const ends = ['web ending', 'web over', 'db ending', 'db over'];
    const services = {
      db: { command: leaver('db', 0), ready: { exec: 'grep -qx db story', interval: '20ms' } },
      web: { command: leaver('web', 0.5), needs: ['db'] },
      x: { command: idle, links: ['db', 'web'] },
    };

    it.each([[['kill', 'x']], [['restart', 'db', 'web']], [['restart', 'web', 'db']]])(
      'by %s, who is needed is told to only when who needs it is over, and is started first',
      async (line) => {
        await app.up({ services });
        await until('both are up', () => story().length === 2);
        await app.do(...line);
        await until('both are back', () => story().length === 8);
        expect(story().slice(2)).toEqual([...ends, 'db', 'web']);
      },
    );

    it('by a stop of both, too; but a stop of what is needed alone waits for nobody', async () => {
      await app.up({ services });
      await until('both are up', () => story().length === 2);
      await app.do('stop', 'db', 'web');
      expect(story().slice(2)).toEqual(ends);
      await app.do('start', 'web');
      await until('both are up again', () => story().length === 8);
      await app.do('stop', 'db');
      expect(story().slice(8)).toEqual(['db ending', 'db over']);
      expect(await app.service('web')).toMatchObject({ state: 'running', run: 2 });
    });
  });

  it('up says at once what will not come, instead of waiting for it', async () => {
    app.configure({ services: { db: { command: idle, autostart: false }, api: { command: idle, needs: ['db'] } } });
    const { code, stderr } = await app.run('up');
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: expect.stringContaining('error: api failed to start: it needs db, which is stopped\n') as string,
    });
    expect(await app.service('api')).toMatchObject({ state: 'waiting', why: 'waits for db (stopped)' });
    await app.do('start', 'db');
    expect((await app.untilRun('api', 1)).restarts).toBe(0);
  });

  it('a restart by hand starts what is needed, too, before it stops anything for nothing', async () => {
    await app.up({ services: { db: { command: idle }, api: { command: idle, needs: ['db'] } } });
    await app.do('stop', 'db');
    await app.do('restart', 'api');
    expect((await app.rows()).map(({ path, run }) => `${path}#${run}`)).toEqual(['#1', 'db#2', 'api#2']);
  });

  it('start and up NAME bring what is needed with them', async () => {
    const services = { db: { command: idle }, api: { command: idle, needs: ['db'] }, other: { command: idle } };
    app.configure({ services });
    await app.do('up', 'api');
    expect((await app.rows()).map(({ path, state }) => `${path} ${state}`)).toEqual([
      ' running',
      'db running',
      'api running',
      'other stopped',
    ]);
    await app.do('stop', 'api', 'db');
    await app.do('start', 'api');
    expect(await app.service('db')).toMatchObject({ state: 'running', run: 2 });
  });

  it('a restart waits for what has gone meanwhile, over the death of the daemon', async () => {
    await app.up({ services: { db: { command: idle }, api: { command: idle, needs: ['db'] } } });
    await app.do('stop', 'db');
    expect((await app.do('kill', 'api')).stdout).toContain('supervision starts it again as soon as db is up: restart 1 of at most 3 in 5s');
    await app.untilService('api', 'waits', ({ state }) => state === 'waiting');
    const { pid } = await app.daemon();
    process.kill(pid, 'SIGKILL');
    await until('another daemon has taken over', async () => (await app.daemon()).pid !== pid);
    expect(await app.service('api')).toMatchObject({ state: 'waiting', waitsFor: ['db'] });
    await app.do('start', 'db');
    expect(await app.untilRun('api', 2)).toMatchObject({ restarts: 1, why: 'signal SIGKILL' });
  });

  it('up that is interrupted leaves everything under way', async () => {
    app.configure({ services: { db: { command: idle, ready: gate('db-is-up') }, api: { command: idle, needs: ['db'] } } });
    const up = app.start('up');
    await until('db runs', async () => (await app.run('ps', 'db')).stdout.includes('starting'));
    up.kill('SIGINT');
    expect(await up.ended).toMatchObject({ code: 130 });
    open('db-is-up');
    await app.untilRun('api', 1);
  });

  it('up that gives up waiting says for whom', async () => {
    app.configure({ services: { api: { command: idle, needs: ['db'] }, db: { command: idle, ready: gate('never') } } });
    const { code, stderr } = await app.run('up', '--wait-timeout', '1');
    expect(code).toBe(124);
    expect(stderr).toContain('still waiting for api (waits for db (not ready)), db (not ready yet)');
  });
});

describe('links', () => {
  it('the crash of one restarts the other, once, and both say why', async () => {
    await app.up({ services: { a: { command: idle, links: ['b'] }, b: { command: idle }, c: { command: idle } } });
    expect((await app.do('kill', 'b')).stdout).toContain('restart 1 of at most 3 in 5s; a is restarted with it (links)');
    expect(await app.untilRun('a', 2)).toMatchObject({ restarts: 1, why: 'linked with b, which ended: signal SIGKILL' });
    await app.untilRun('b', 2);
    expect(await app.service('c')).toMatchObject({ run: 1 });
    expect((await app.supervisor('')).restartsInWindow).toBe(1);
    const ends = (await app.history())
      .filter(({ event }) => event === 'exited' || event === 'stopped')
      .map(({ path, event }) => `${path} ${event}`);
    expect(ends.toSorted()).toEqual(['a stopped', 'b exited']);
  });
});

describe('backoff', () => {
  const failing = { command: sh('exit 3'), backoff: { min: '300ms', max: '10m', factor: 1000, jitter: 0 } };

  it('says when it is tried again; start by hand does not wait', async () => {
    app.configure({ intensity: 10, services: { flaky: failing, steady: { command: idle } } });
    await app.run('up', '--no-wait');
    const row = await app.untilService('flaky', 'waits for long', ({ state, run }) => state === 'waiting' && run === 2);
    expect(row.why).toMatch(/^exit code 3; next attempt in [45]m/);
    expect(Date.parse(row.nextAttempt ?? '') - Date.now()).toBeGreaterThan(200_000);
    expect(await app.service('steady')).toMatchObject({ state: 'running', run: 1 });
    expect(await app.run('start', 'flaky')).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(
        /^error: flaky failed to start: exit code 3; it is tried again in [45]m( \d+s)? \(backoff\)\n/,
      ) as string,
    });
    expect((await app.service('flaky')).run).toBe(4);
  });

  it('its time goes on over the death of the daemon, and down does not wait for it', async () => {
    app.configure({ intensity: 10, services: { flaky: { ...failing, backoff: { ...failing.backoff, min: '5m', factor: 1 } } } });
    await app.run('up', '--no-wait');
    const before = await app.untilService('flaky', 'waits', ({ state }) => state === 'waiting');
    const { pid } = await app.daemon();
    process.kill(pid, 'SIGKILL');
    await until('another daemon has taken over', async () => (await app.daemon()).pid !== pid);
    const after = await app.service('flaky');
    expect(after).toMatchObject({ state: 'waiting', run: 1 });
    expect(Math.abs(Date.parse(after.nextAttempt ?? '') - Date.parse(before.nextAttempt ?? ''))).toBeLessThan(1_000);
    await app.do('down');
  });
});
