import { beforeEach, describe, expect, it } from 'vitest';
import type { AliveSpec, WatchdogSpec } from '../../src/supervision/spec.js';
import { AlarmRig } from '../helpers/alarm-rig.js';
import { manualClock } from '../helpers/manual-clock.js';
import { root, service, supervisor } from '../helpers/specs.js';

const method = { by: 'tcp', host: '127.0.0.1', port: 1, tryMs: 1_000 } as const;
const alive: AliveSpec = { method, intervalMs: 1_000, graceMs: 0, failures: 3, clearAfter: 3 };
const watchdog = (name: string): WatchdogSpec => ({ name, method, cwd: '/', env: {}, intervalMs: 1_000, failures: 1, clearAfter: 1 });
const busy = { intensity: 100, periodMs: 1_000 };

let rig: AlarmRig;
beforeEach(() => {
  rig = new AlarmRig();
});

/** Ends a run as unhealthy, and has the next one executed. */
function makeUnhealthy(text = 'HTTP 500 three times'): void {
  rig.runtime.post({ type: 'unhealthy', app: 'shop', path: 'web', run: rig.service('shop', 'web').run, text });
  rig.crash('shop', 'web');
}

function answer(...answers: readonly boolean[]): void {
  const { run } = rig.service('shop', 'web');
  for (const ok of answers) {
    const said = ok ? ({ ok } as const) : ({ ok, text: 'HTTP 500' } as const);
    rig.sources.noteAnswer({ app: 'shop', path: 'web', run, watchdog: null, answer: said });
  }
}

describe('the liveness alarm', () => {
  beforeEach(() => rig.up('shop', root([service('web', { alive })], busy)));

  it('is set when a run is ended as unhealthy, though it has never been well, and cleared by good answers in a row', () => {
    makeUnhealthy();
    expect(rig.told).toEqual(['alarm_set liveness shop:web: HTTP 500 three times']);
    expect(rig.entries.find(({ event }) => event === 'alarm_set')).toMatchObject({
      app: 'shop',
      path: 'web',
      by: 'probe',
      type: 'info',
      run: null,
    });
    answer(true, true, false, true, true);
    expect(rig.ids).toEqual(['liveness shop:web']);
    answer(true);
    expect(rig.told.at(-1)).toBe('alarm_cleared liveness shop:web: over: HTTP 500 three times; 3 good answers in a row');
    answer(true, true, true, true);
    expect(rig.told).toHaveLength(2);
  });

  it('is one for a series of runs that are not well', () => {
    makeUnhealthy();
    answer(true, true);
    makeUnhealthy('no answer within 1s');
    expect(rig.told).toHaveLength(1);
    expect(rig.store.all()).toMatchObject([{ text: 'no answer within 1s', since: '2026-11-20T11:22:33.000Z' }]);
    answer(true, true);
    expect(rig.told).toHaveLength(1);
  });

  it('hears only the run that is there', () => {
    makeUnhealthy();
    const { run } = rig.service('shop', 'web');
    for (let time = 0; time < 5; time += 1)
      rig.sources.noteAnswer({ app: 'shop', path: 'web', run: run - 1, watchdog: null, answer: { ok: true } });
    expect(rig.ids).toEqual(['liveness shop:web']);
  });

  it.each([
    ['stopped by hand', 'it was stopped', () => rig.runtime.post({ type: 'stop-asked', app: 'shop', paths: ['web'], graceMs: null })],
    ['not looked at any more', 'nobody looks any more', () => rig.up('shop', root([service('web')], busy))],
    [
      'removed',
      'it is not there any more',
      () => {
        rig.runtime.post({ type: 'apply', app: 'shop', root: root([], busy), names: [], recreate: false });
        rig.crash('shop', 'web');
      },
    ],
    [
      'down with its application',
      'it was stopped',
      () => {
        rig.runtime.post({ type: 'down-asked', app: 'shop', graceMs: null });
        rig.crash('shop', 'web');
      },
    ],
  ])('is over when its service is %s', (_, why, act) => {
    makeUnhealthy();
    act();
    expect([rig.ids, rig.told.at(-1)]).toEqual([[], `alarm_cleared liveness shop:web: over: HTTP 500 three times; ${why}`]);
    expect(rig.entries.map(({ at }) => at)).toEqual(rig.entries.map(({ at }) => at).toSorted());
  });

  it('is over when its service has done its work, and nobody looks any more', () => {
    rig.up('shop', root([service('web', { alive, restart: 'transient' })], busy));
    makeUnhealthy();
    rig.runtime.post({ type: 'exited', app: 'shop', path: 'web', run: rig.service('shop', 'web').run, code: 0, signal: null });
    expect(rig.told.at(-1)).toBe('alarm_cleared liveness shop:web: over: HTTP 500 three times; it has ended well');
  });

  it('goes on when all goes down to be brought up again', () => {
    makeUnhealthy();
    rig.isHalting = true;
    rig.runtime.post({ type: 'down-asked', app: 'shop', graceMs: null, isHalt: true });
    rig.crash('shop', 'web');
    expect(rig.ids).toEqual(['liveness shop:web']);
    expect(rig.told).toHaveLength(1);
  });
});

describe('the alarm of a watchdog', () => {
  const watched = root(['web'], { watchdogs: [watchdog('database')] });
  const look = (isUp: boolean): void => rig.runtime.post({ type: 'watchdog-changed', app: 'shop', name: 'database', isUp });

  it('is set when it is down from the start, with its last answer, and cleared when it is up', () => {
    rig.up('shop', watched);
    rig.sources.noteAnswer({ app: 'shop', path: '', run: 0, watchdog: 'database', answer: { ok: false, text: 'ECONNREFUSED' } });
    look(false);
    look(true);
    look(false);
    expect(rig.told).toEqual([
      'alarm_set watchdog shop:database: ECONNREFUSED',
      'alarm_cleared watchdog shop:database: over: ECONNREFUSED; database is up',
      'alarm_set watchdog shop:database: ECONNREFUSED',
    ]);
  });

  it('is over when nobody looks at it any more', () => {
    rig.up('shop', watched);
    look(false);
    rig.up('shop', root(['web']));
    expect(rig.told).toEqual([
      'alarm_set watchdog shop:database: database is down',
      'alarm_cleared watchdog shop:database: over: database is down; it is not there any more',
    ]);
  });
});

describe('the alarm of a supervisor that gave up', () => {
  it('is over when it has run for its period, not when it is merely tried again', () => {
    rig.up('shop', root([supervisor('sub', ['db'], { intensity: 0, periodMs: 5_000, resetAfterMs: 1_000 }), 'web']));
    rig.crash('shop', 'sub/db');
    expect(rig.told).toEqual([expect.stringMatching(/^alarm_set gave_up shop:sub: gave up .* last sub\/db: exit code 1$/)]);
    rig.clock.pass(1_000);
    rig.spawn('shop');
    rig.clock.pass(4_000);
    rig.crash('shop', 'sub/db');
    rig.clock.pass(1_000);
    rig.spawn('shop');
    expect(rig.told).toHaveLength(1);
    rig.clock.pass(5_000);
    expect(rig.told.slice(1)).toEqual([expect.stringMatching(/^alarm_cleared gave_up shop:sub: over: .*; all is well for 5s$/)]);
  });

  it('is over when a person disables it, or something that it is in', () => {
    const blown = supervisor('sub', ['db'], { intensity: 0 });
    rig.up('shop', root([supervisor('outer', [blown, 'web'], { intensity: 0 }), 'web']));
    rig.crash('shop', 'outer/sub/db');
    const before = rig.ids;
    rig.runtime.post({ type: 'breaker-asked', app: 'shop', path: 'outer', verb: 'disable' });
    expect([before.length > 0, rig.ids, rig.told.at(-1)]).toEqual([true, [], expect.stringContaining('; it was stopped')]);
  });

  it('is about the application when that is its root', () => {
    rig.up('shop', root(['db'], { intensity: 0 }));
    rig.crash('shop', 'db');
    expect(rig.store.all()).toMatchObject([{ id: 'gave_up shop', app: 'shop', path: '' }]);
  });
});

describe('the alarm of restarts', () => {
  const alarm = { restarts: 3, withinMs: 60_000 };
  beforeEach(() => rig.up('shop', root([service('web', { alarm })], busy)));

  it('is over when its service is stopped by hand, and not set again by its start', () => {
    for (let time = 0; time < 3; time += 1) rig.crash('shop', 'web');
    rig.runtime.post({ type: 'stop-asked', app: 'shop', paths: ['web'], graceMs: null });
    rig.runtime.post({ type: 'start-asked', app: 'shop', path: 'web' });
    expect(rig.told).toEqual([
      'alarm_set restarts shop:web: 3 restarts within 1m',
      'alarm_cleared restarts shop:web: over: 3 restarts within 1m; it was stopped',
    ]);
  });

  it('is set by so many within the time, and over when fewer are', () => {
    rig.crash('shop', 'web');
    rig.clock.pass(61_000);
    rig.crash('shop', 'web');
    rig.clock.pass(30_000);
    rig.crash('shop', 'web');
    expect(rig.told).toEqual([]);
    rig.clock.pass(30_000);
    rig.crash('shop', 'web');
    expect(rig.told).toEqual(['alarm_set restarts shop:web: 3 restarts within 1m']);
    rig.clock.pass(1);
    expect(rig.told).toEqual([
      'alarm_set restarts shop:web: 3 restarts within 1m',
      'alarm_cleared restarts shop:web: over: 3 restarts within 1m; fewer than 3 restarts within 1m',
    ]);
  });

  it('counts neither what a person does nor what the clock does', () => {
    for (let time = 0; time < 5; time += 1) {
      rig.runtime.post({ type: 'restart-asked', app: 'shop', paths: ['web'], graceMs: null });
      rig.crash('shop', 'web');
    }
    expect(rig.service('shop', 'web').run).toBe(6);
    expect(rig.told).toEqual([]);
  });

  it('counts over the deaths of daemons, by what the keeper has remembered', () => {
    rig.crash('shop', 'web');
    rig.crash('shop', 'web');
    rig.clock.pass(10);
    rig = rig.next();
    rig.crash('shop', 'web');
    expect(rig.told).toEqual(['alarm_set restarts shop:web: 3 restarts within 1m']);
    rig.clock.pass(10);
    rig = rig.next();
    expect([rig.ids, rig.told]).toEqual([['restarts shop:web'], []]);
    rig.clock.pass(60_000);
    expect(rig.told).toHaveLength(1);
    expect([...rig.memory.keys()].filter((key) => key.startsWith('alarm '))).toEqual([]);
  });

  it('is no alarm any more when the configuration does not say so, and its times are forgotten with the service', () => {
    for (let time = 0; time < 3; time += 1) rig.crash('shop', 'web');
    rig.up('shop', root([service('web')], busy));
    expect(rig.told.at(-1)).toMatch(/^alarm_cleared restarts shop:web: .*its restarts are no alarm any more$/);
    rig.runtime.post({ type: 'down-asked', app: 'shop', graceMs: null });
    rig.crash('shop', 'web');
    rig.clock.pass(1);
    expect([...rig.memory.keys()].filter((key) => key.startsWith('alarm'))).toEqual([]);
  });
});

describe('the alarm of memory', () => {
  it('is over when a run has lasted a minute within it', () => {
    rig.up('shop', root([service('web', { maxMemoryBytes: 1_024 })], busy));
    const exceed = (): void => {
      rig.runtime.post({ type: 'memory-exceeded', app: 'shop', path: 'web', run: rig.service('shop', 'web').run, bytes: 2_048 });
      rig.crash('shop', 'web');
    };
    exceed();
    rig.clock.pass(50_000);
    exceed();
    rig.clock.pass(59_000);
    expect(rig.told).toEqual(['alarm_set memory shop:web: memory limit: 2.0 KB of 1.0 KB']);
    rig.clock.pass(1_000);
    expect(rig.told.at(-1)).toBe('alarm_cleared memory shop:web: over: memory limit: 2.0 KB of 1.0 KB; all is well for 1m');
  });
});

describe('alarms and the death of a daemon', () => {
  it('those of other programs and of services go on, and are not told again', () => {
    rig.up('shop', root([service('web', { alive })], busy));
    makeUnhealthy();
    rig.store.set({ id: 'backup', source: 'outside', app: null, path: null, text: 'none' });
    const before = rig.store.all();
    rig.clock.pass(1);
    rig = rig.next();
    expect([rig.store.all(), rig.told]).toEqual([before, []]);
    answer(true, true, true);
    expect(rig.ids).toEqual(['backup']);
  });

  it("one about portsup's own surroundings is over unless this daemon has seen it, too", () => {
    const own = { source: 'portsup', app: null, path: null, text: 'the disk is full' } as const;
    for (const id of ['journal', 'logs']) rig.store.set({ id, ...own });
    rig.clock.pass(1);
    rig = rig.next();
    rig.clock.pass(5_000);
    rig.store.set({ id: 'journal', ...own });
    rig.clock.pass(5_000);
    expect([rig.ids, rig.told]).toEqual([['journal'], ['alarm_cleared logs: over: the disk is full']]);
  });

  it('one of an application that is not up any more is over', () => {
    rig.up('shop', root(['web']));
    rig.store.set({ id: 'shop:queue', source: 'outside', app: 'shop', path: null, text: 'full' });
    rig.clock.pass(1);
    const memory = new Map([...rig.memory].filter(([key]) => key.startsWith('alarm ')));
    rig = new AlarmRig(manualClock(), memory);
    expect(rig.told).toEqual(['alarm_cleared shop:queue: over: full; shop is down']);
  });

  it('what an older daemon did not set is set by the next one', () => {
    rig.up('shop', root(['db'], { intensity: 0 }));
    rig.crash('shop', 'db');
    const memory = new Map([...rig.memory].filter(([key]) => !key.startsWith('alarm ')));
    rig = new AlarmRig(rig.clock, memory);
    expect(rig.ids).toEqual(['gave_up shop']);
  });
});
