import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { idle, LiveApp } from '../helpers/live-app.js';
import { until } from '../helpers/until.js';

let app: LiveApp;

beforeEach(() => {
  app = new LiveApp();
});

afterEach(async () => {
  await app.dispose();
});

const service = { command: idle };

/** "a#2" for every service that runs: path and number of its run. */
const runs = async (): Promise<readonly string[]> =>
  (await app.rows()).filter(({ kind, state }) => kind === 'service' && state === 'running').map(({ path, run }) => `${path}#${run}`);

const untilRuns = async (...expected: readonly string[]): Promise<void> => {
  let last: readonly string[] = [];
  const isSo = async (): Promise<boolean> => {
    last = await runs();
    return last.join() === expected.join();
  };
  await until(`running: ${expected.join()}`, isSo).catch(() => {
    expect(last).toEqual(expected);
  });
};

describe('supervisors in supervisors', () => {
  it('restart what their own strategy says, three deep, and nothing beyond', async () => {
    await app.up({
      intensity: 10,
      services: {
        first: service,
        all: {
          strategy: 'one_for_all',
          intensity: 10,
          services: {
            a: service,
            rest: { strategy: 'rest_for_one', intensity: 10, services: { x: service, y: service, z: service } },
            b: service,
          },
        },
        last: service,
      },
    });
    await app.do('kill', 'all/rest/y');
    await untilRuns('first#1', 'all/a#1', 'all/rest/x#1', 'all/rest/y#2', 'all/rest/z#2', 'all/b#1', 'last#1');
    await app.do('kill', 'all/b');
    await untilRuns('first#1', 'all/a#2', 'all/rest/x#2', 'all/rest/y#3', 'all/rest/z#3', 'all/b#2', 'last#1');
    await app.do('kill', 'last');
    await untilRuns('first#1', 'all/a#2', 'all/rest/x#2', 'all/rest/y#3', 'all/rest/z#3', 'all/b#2', 'last#2');
    expect((await app.service('all/rest/x')).why).toMatch(/because all\/b ended: signal SIGKILL; one_for_all/);
    expect((await app.supervisor('all')).restartsInWindow).toBeGreaterThanOrEqual(0);
  });

  it('give up one after the other, and each level says why', async () => {
    const tight = { intensity: 1, period: '1m' };
    await app.up({
      ...tight,
      services: { outer: { ...tight, services: { inner: { ...tight, services: { web: service } } } }, calm: service },
    });
    // Budgets multiply: 1 restart at each of three levels is the end at the eighth crash.
    for (let crash = 1; crash <= 7; crash += 1) {
      await app.do('kill', 'outer/inner/web');
      await app.untilRun('outer/inner/web', crash + 1);
    }
    expect((await app.service('calm')).run).toBe(1);
    await app.do('kill', 'outer/inner/web');
    await until('the application has given up', async () => (await app.supervisor('')).state === 'failed');
    expect((await app.service('calm')).state).toBe('stopped');
    expect((await app.supervisor('')).why).toMatch(/gave up .*last outer, because of outer\/inner\/web: signal SIGKILL/);
    expect((await app.supervisor('outer')).why).toMatch(/gave up .*last outer\/inner, because of outer\/inner\/web: signal SIGKILL/);
    const gaveUp = (await app.history()).filter(({ event }) => event === 'gave_up').map(({ path }) => path);
    expect(gaveUp.filter((path) => path === 'outer/inner')).toHaveLength(4);
    expect(gaveUp.filter((path) => path === 'outer')).toHaveLength(2);
    expect(gaveUp.at(-1)).toBe('');
    expect((await app.run('status', 'calm')).code).toBe(3);
    await app.do('up');
    expect(await runs()).toHaveLength(2);
    expect((await app.supervisor('')).restartsInWindow).toBe(0);
  });

  it('that are restarted begin from their configuration: what was stopped by hand is back', async () => {
    await app.up({ services: { pool: { intensity: 0, services: { a: service, b: service } } } });
    await app.do('stop', 'pool/b');
    await app.do('kill', 'pool/a');
    await untilRuns('pool/a#2', 'pool/b#2');
    expect(await app.supervisor('pool')).toMatchObject({ run: 2, restarts: 1, restartsInWindow: 0 });
  });

  it('try again by themselves after reset_after', async () => {
    await app.up({ intensity: 0, reset_after: '200ms', services: { a: service, b: service } });
    await app.do('kill', 'a');
    await untilRuns('a#2', 'b#2');
    const events = (await app.history()).filter(({ path }) => path === '').map(({ event }) => event);
    expect(events).toEqual(expect.arrayContaining(['gave_up', 'restarted']));
  });
});

describe('significant services', () => {
  const significant = { command: ['/bin/sh', '-c', 'echo ready; read -r line; exit "$line"'], restart: 'transient', significant: true };

  it('end their supervisor with the first clean end under any_significant', async () => {
    await app.up({ auto_shutdown: 'any_significant', services: { helper: service, job: significant } });
    await app.do('send', 'job', '1');
    await app.untilRun('job', 2);
    await app.do('send', 'job', '0');
    await until('the application has ended', async () => (await app.supervisor('')).state === 'stopped');
    expect((await app.supervisor('')).why).toMatch(/auto_shutdown: job ended/);
    expect(await app.service('job')).toMatchObject({ state: 'completed', exit: { code: 0 } });
    expect((await app.service('helper')).state).toBe('stopped');
  });

  it('end their supervisor with the last one under all_significant', async () => {
    const jobs = {
      auto_shutdown: 'all_significant',
      restart: 'transient',
      services: { one: significant, helper: service, two: significant },
    };
    await app.up({ services: { jobs, other: service } });
    await app.do('send', 'jobs/one', '0');
    await app.untilService('jobs/one', 'has ended', ({ state }) => state === 'completed');
    expect(await runs()).toEqual(['jobs/helper#1', 'jobs/two#1', 'other#1']);
    await app.do('send', 'jobs/two', '0');
    await untilRuns('other#1');
    expect((await app.supervisor('jobs')).state).toBe('stopped');
  });
});
