/** Alarms that probes set and clear, with real programs. */
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AlarmRow } from '../../src/control/contract.js';
import { idle, LiveApp, sh } from '../helpers/live-app.js';
import { isAlive } from '../helpers/processes.js';
import { until } from '../helpers/until.js';

const systemdNotify = '/usr/bin/systemd-notify';

let app: LiveApp;

beforeEach(() => {
  app = new LiveApp();
});

afterEach(async () => {
  await app.dispose();
});

const alarms = async (): Promise<readonly AlarmRow[]> => JSON.parse((await app.do('alarms', '--json')).stdout) as readonly AlarmRow[];
const idsOf = async (): Promise<readonly string[]> => (await alarms()).map(({ id }) => id);
const told = async (): Promise<readonly string[]> =>
  (await app.history()).flatMap(({ event, cause }) => (event.startsWith('alarm_') ? [`${event} ${cause}`] : []));

/** Good while there is a file of this name in the application's folder; each answer is noted in another. */
const whenThere = (name: string): readonly string[] =>
  sh(`[ -e ${name} ] && echo good >> ${name}-answers || { echo bad >> ${name}-answers; echo no ${name} here >&2; exit 1; }`);
const countOf = (name: string, answer: 'good' | 'bad'): number =>
  app
    .read(`${name}-answers`)
    .split('\n')
    .filter((line) => line === answer).length;

describe('the liveness alarm of a service', () => {
  it('that is not well from the start is one over all its runs, also over a death of the daemon, and ends after good answers in a row', async () => {
    const alive = { exec: whenThere('well'), interval: '50ms', failures: 2, clear_after: 3, grace: 0 };
    await app.up({ name: 'shop', intensity: 1_000, services: { web: { command: idle, alive } } });
    await until('it is set', async () => (await idsOf()).includes('liveness shop:web'));
    const [alarm] = await alarms();
    await app.untilService('web', 'in a later run', ({ run }) => run > 3);
    const { pid } = await app.daemon();
    process.kill(pid, 'SIGKILL');
    await until('the daemon is gone', () => !isAlive(pid));
    await app.untilService('web', 'in a still later run', ({ run }) => run > 6);
    expect(await alarms()).toMatchObject([{ id: alarm?.id, since: alarm?.since, app: 'shop', path: 'web' }]);
    expect((await app.do('ps')).stderr).toMatch(/^alarm: liveness shop:web: .*no well here/);
    expect((await told()).map((line) => line.split(' ')[0])).toEqual(['alarm_set']);

    writeFileSync(app.path('well'), '');
    await until('it is cleared', async () => (await idsOf()).length === 0);
    expect(countOf('well', 'good')).toBeGreaterThanOrEqual(3);
    expect((await told()).at(-1)).toMatch(/^alarm_cleared liveness shop:web: over: .*; 3 good answers in a row$/);
  }, 60_000);

  it.runIf(existsSync(systemdNotify))(
    'that tells often that it is well, and then hangs, is one over all its runs: a good answer is an interval, not a message',
    async () => {
      const tell = `${systemdNotify} WATCHDOG=1`;
      const line = `for _ in 1 2 3 4; do ${tell}; done; until [ -e well ]; do sleep 0.01; done; while :; do ${tell}; sleep 0.05; done`;
      const alive = { notify: true, interval: '500ms', failures: 2, clear_after: 3 };
      await app.up({ name: 'shop', intensity: 1_000, services: { web: { command: sh(line), alive } } });
      await app.untilService('web', 'in a later run', ({ run }) => run > 4);
      expect((await told()).map((said) => said.split(' ')[0])).toEqual(['alarm_set']);
      writeFileSync(app.path('well'), '');
      await until('it is cleared', async () => (await idsOf()).length === 0);
      expect((await told()).map((said) => said.split(' ')[0])).toEqual(['alarm_set', 'alarm_cleared']);
    },
    60_000,
  );
});

describe('the alarm of a watchdog', () => {
  it('is set when it is down from the start, with what it answered, and cleared when it is up; those who need it wait meanwhile', async () => {
    const watchdogs = { database: { exec: whenThere('db'), interval: '50ms', failures: 1, clear_after: 1 } };
    app.configure({ name: 'shop', watchdogs, services: { web: { command: idle, needs: ['database'] } } });
    await app.do('up', '--no-wait');
    await until('it is set', async () => (await idsOf()).includes('watchdog shop:database'));
    expect(await alarms()).toMatchObject([{ source: 'watchdog', app: 'shop', path: null, text: expect.stringContaining('no db here') }]);
    expect((await app.do('status', 'shop')).stdout).toContain('watchdog shop:database: ');
    writeFileSync(app.path('db'), '');
    await app.untilRun('web', 1);
    expect(await idsOf()).toEqual([]);
    rmSync(app.path('db'));
    await until('it is set again', async () => (await idsOf()).length === 1);
    await app.do('down');
  }, 60_000);
});
