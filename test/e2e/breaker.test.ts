/** Circuit breakers by hand, and what would happen: `breaker`, `explain`, with real programs. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Explanation, PsRow } from '../../src/index.js';
import { libraryWorld, refusalOf } from '../helpers/library.js';
import { idle, LiveApp } from '../helpers/live-app.js';
import { until } from '../helpers/until.js';

let app: LiveApp;

beforeEach(() => {
  app = new LiveApp();
});
afterEach(() => app.dispose());

const backend = {
  intensity: 2,
  period: '1m',
  services: { api: { command: idle }, worker: { command: idle } },
};
const said = async (...words: readonly string[]): Promise<string> => (await app.do('breaker', ...words)).stdout;
const pids = async (): Promise<readonly (number | null)[]> =>
  Promise.all(['backend/api', 'backend/worker'].map(async (path) => (await app.service(path)).pid));

describe('a breaker', () => {
  it('is melted until one is too many: then it gives up, and its supervisor starts it again, with nothing counted', async () => {
    await app.up({ services: { db: { command: idle }, backend } });
    const before = [await app.pid('db'), ...(await pids())];
    expect(await said('melt', 'backend')).toBe('backend: ok, running, 1 of 2 restarts used in 1m\n');
    expect(await said('melt', 'backend')).toBe('backend: ok, running, 2 of 2 restarts used in 1m\n');
    expect([await app.pid('db'), ...(await pids())]).toEqual(before);
    expect(await said('melt', 'backend')).toBe('backend: ok, running, 0 of 2 restarts used in 1m\n');
    const after = [await app.pid('db'), ...(await pids())];
    expect(after.map((pid, index) => pid === before[index])).toEqual([true, false, false]);
    expect(await app.supervisor('')).toMatchObject({ restartsInWindow: 1 });
    const events = (await app.history('backend')).map(({ event, by }) => `${event} ${by}`);
    expect(events.filter((event) => event === 'breaker_melted user')).toHaveLength(3);
    expect(events).toContain('gave_up supervisor');
  });

  it('is told of each that is named, also where one is in another', async () => {
    await app.up({ name: 'shop', services: { outer: { ...backend, services: { inner: backend } } } });
    const outer = 'outer: ok, running, 1 of 2 restarts used in 1m\n';
    const inner = 'outer/inner: ok, running, 1 of 2 restarts used in 1m\n';
    expect(await said('melt', 'outer', 'inner', 'shop:outer')).toBe(outer + inner);
    expect(await said('reset', 'shop:outer/inner')).toBe(inner.replace('1 of', '0 of'));
  });

  it('is blown until its time is over, and melting it more does not put that off; reset heals it at once', async () => {
    await app.up({ services: { backend: { ...backend, intensity: 0, reset_after: '2s' } } });
    expect(await said('melt', 'backend')).toMatch(/^backend: blown, failed: gave up .*; tries again in \d/);
    const blownAt = performance.now();
    expect(await app.supervisor('backend')).toMatchObject({ state: 'failed', breaker: 'blown' });
    expect(await pids()).toEqual([null, null]);
    await app.do('breaker', 'melt', 'backend');
    await until('it is healed', async () => (await app.supervisor('backend')).breaker === 'ok');
    expect(performance.now() - blownAt).toBeLessThan(3_500);
    await app.do('breaker', 'melt', 'backend');
    expect(await said('reset', 'backend')).toBe('backend: ok, running, 0 of 0 restarts used in 1m\n');
    expect(await said('reset', 'backend')).toBe('backend: ok, running, 0 of 0 restarts used in 1m\n');
  });

  it('that is disabled stays so, whatever happens, and enabling it brings all back with nothing counted', async () => {
    await app.up({ strategy: 'one_for_all', services: { db: { command: idle }, backend } });
    await app.do('breaker', 'melt', 'backend');
    const off = 'backend: disabled, stopped; "portsup breaker enable backend" has it started again\n';
    expect(await said('disable', 'backend')).toBe(off);
    expect(await said('disable', 'backend')).toBe(off);
    expect(await said('reset', 'backend')).toBe(off);
    expect(await said('melt', 'backend')).toBe(off);
    const remedy = 'hint: "portsup breaker enable backend" has it started again\n';
    for (const words of [
      ['start', 'backend'],
      ['restart', 'backend'],
      ['up', 'backend'],
    ])
      expect(await app.run(...words)).toMatchObject({
        code: 1,
        stdout: '',
        stderr: `error: backend is disabled; "${words[0]}" does not change that\n${remedy}`,
      });
    expect(await app.run('start', 'api')).toMatchObject({
      code: 1,
      stderr: `error: backend is disabled, with all below it; "start" does not change that\n${remedy}`,
    });
    expect(await app.do('up')).toMatchObject({ stderr: `note: backend is disabled, and was left as it is\n${remedy}` });
    await app.do('up', '--force-recreate');
    await app.do('kill', 'db');
    await until('its sibling is back', async () => (await app.service('db')).restarts > 0 && (await app.service('db')).state === 'running');
    expect(await app.supervisor('backend')).toMatchObject({ state: 'stopped', breaker: 'disabled', why: 'disabled by hand' });
    expect(await pids()).toEqual([null, null]);
    const { pid } = await app.daemon();
    process.kill(pid, 'SIGKILL');
    await until('another daemon', async () => (await app.daemon()).pid !== pid);
    expect(await said('disable', 'backend')).toBe(off);
    expect(await said('enable', 'backend')).toBe('backend: ok, running, 0 of 2 restarts used in 1m\n');
    expect(await said('enable', 'backend')).toBe('backend: ok, running, 0 of 2 restarts used in 1m\n');
    expect(await pids()).toEqual([expect.any(Number), expect.any(Number)]);
  });

  it('of the root stops the application, which stays up for portsup', async () => {
    await app.up({ services: { db: { command: idle }, backend } });
    expect(await said('disable', 'project')).toContain('project: disabled, stopped; ');
    expect((await app.rows()).map(({ state }) => state)).toEqual(Array(5).fill('stopped'));
    expect(await app.do('up')).toMatchObject({ stderr: expect.stringContaining('note: project is disabled') as string });
    expect(await app.run('breaker', 'enable', 'backend')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('project is disabled') as string,
    });
    expect(await said('enable', 'project:')).toBe('project: ok, running, 0 of 3 restarts used in 5s\n');
    expect((await app.rows()).map(({ state }) => state)).toEqual(Array(5).fill('running'));
  });

  it('is of supervisors only, and nothing is done unless all are', async () => {
    await app.up({ services: { db: { command: idle }, backend } });
    expect(await app.run('breaker', 'disable', 'backend', 'api')).toMatchObject({
      code: 2,
      stdout: '',
      stderr:
        'error: backend/api is a service, and only supervisors have a circuit breaker; its supervisor is backend\nhint: "portsup breaker disable backend" is about that one\n',
    });
    expect(await app.run('breaker', 'melt', 'db')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('its supervisor is project\n') as string,
    });
    expect(await app.run('breaker', 'melt', 'backend', 'nobody')).toMatchObject({ code: 5 });
    expect(await app.supervisor('backend')).toMatchObject({ state: 'running', breaker: 'ok', restartsInWindow: 0 });
    const rows = JSON.parse((await app.do('breaker', 'melt', 'backend', '--json')).stdout) as readonly PsRow[];
    expect(rows.map(({ path, breaker }) => [path, breaker])).toEqual([
      ['backend', 'ok'],
      ['backend/api', null],
      ['backend/worker', null],
    ]);
  });

  it('is worked by programs, too', async () => {
    const world = libraryWorld();
    const client = world.client({ startDaemon: true });
    await client.up({ services: { backend: { intensity: 2, services: { api: { command: idle } } } } });
    expect(await client.breaker('melt', 'backend')).toMatchObject({ rows: [{ path: 'backend', breaker: 'ok', restartsInWindow: 1 }, {}] });
    expect(await client.breaker('disable', 'backend')).toMatchObject({ rows: [{ breaker: 'disabled' }, { state: 'stopped' }] });
    expect(await refusalOf(client.start('api'))).toMatchObject({ code: 'FAILED', message: expect.stringContaining('disabled') as string });
    expect(await refusalOf(client.wait('api'))).toMatchObject({ code: 'FAILED', message: 'backend is disabled' });
    expect(await client.breaker('enable', 'backend')).toMatchObject({ rows: [{ breaker: 'ok' }, { state: 'running' }] });
    expect(await client.wait(['backend', 'api'])).toMatchObject([{ path: 'backend' }, { path: 'backend/api', run: 2 }]);
    expect(await client.explain('api')).toMatchObject({
      path: 'backend/api',
      of: 'death',
      steps: [{ verb: 'start', path: 'backend/api' }],
    });
    await client.down();
    await world.dispose();
  });
});

describe('explain', () => {
  const config = { services: { db: { command: idle }, backend: { ...backend, strategy: 'rest_for_one' } } };

  it('says what happens then: exactly that', async () => {
    await app.up(config);
    expect((await app.do('explain', 'api')).stdout).toBe(`if backend/api died now:
  1. stop backend/worker  2. start backend/api  3. start backend/worker
1 of 2 restarts left in backend after that (in 1m)
3 of 3 restarts left in project after that (in 5s)
if it goes on like this, death 3 is one too many: backend gives up; "portsup explain backend" says what follows
`);
    const { steps } = JSON.parse((await app.do('explain', 'api', '--json')).stdout) as Explanation;
    await app.do('kill', 'api');
    await app.untilRun('backend/worker', 2);
    const done = (await app.history('api', 'worker')).filter(
      ({ event, run }) => event === 'stopping' || (event === 'restarted' && run === 2),
    );
    expect(done.map(({ event, path }) => `${event === 'stopping' ? 'stop' : 'start'} ${path}`)).toEqual(
      steps.map(({ verb, path }) => `${verb} ${path}`),
    );
    expect(await app.supervisor('backend')).toMatchObject({ restartsInWindow: 1 });
  });

  it('changes nothing', async () => {
    await app.up(config);
    const before = await app.rows();
    for (const name of ['api', 'db', 'backend', 'project:']) await app.do('explain', name);
    const facts = (rows: readonly PsRow[]): unknown => rows.map(({ path, pid, run, state, restarts }) => [path, pid, run, state, restarts]);
    expect(facts(await app.rows())).toEqual(facts(before));
  });

  it('refuses a name of several, and an unknown one', async () => {
    await app.up(config);
    expect(await app.run('explain', '*')).toMatchObject({ code: 2, stderr: 'error: "*" is more than one\nhint: name one\n' });
    expect(await app.run('explain', 'apo')).toMatchObject({ code: 5, stdout: '' });
  });
});
