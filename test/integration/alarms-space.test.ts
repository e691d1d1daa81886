/** Room that runs out: on real disks, and in the budgets of real files. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SpaceWatch } from '../../src/daemon/alarms/space.js';
import { createConditions } from '../../src/daemon/conditions.js';
import { openFile, partFile } from '../../src/logs/part-files.js';
import type { LogStore } from '../../src/logs/store.js';
import { AlarmRig } from '../helpers/alarm-rig.js';
import { openStore, planOf } from '../helpers/log-disk.js';
import { canMount, mountSmallDisk, unmountAll } from '../helpers/mounts.js';
import { makeTestFolder, removeTestFolder } from '../helpers/run.js';
import { root, service } from '../helpers/specs.js';
import { until } from '../helpers/until.js';

const KB = 1_024;

let folder: string;
let rig: AlarmRig;
let logs: LogStore;
let space: SpaceWatch;
/** Each ends with waiting for the next. */
let looks: number;
let warnings: string[];

beforeEach(() => {
  folder = makeTestFolder();
  warnings = [];
  rig = new AlarmRig();
});
afterEach(() => {
  space.close();
  logs.close();
  removeTestFolder(folder);
});

/** Looks for the first time, as a daemon does that has just begun, and waits for the end of that. */
async function begin(home: string): Promise<void> {
  looks = 0;
  space = new SpaceWatch({
    clock: {
      ...rig.clock,
      after: (delayMs, action) => {
        looks += 1;
        return rig.clock.after(delayMs, action);
      },
    },
    layout: { home },
    logs: { exceeded: (app) => logs.exceeded(app) },
    alarms: rig.store,
    conditions: createConditions(rig.store),
    forest: () => rig.runtime.forest(),
    isHalting: () => rig.isHalting,
    warn: (message) => void warnings.push(message),
  });
  space.begin();
  await until('it has looked', () => looks === 1);
}

async function lookAgain(): Promise<void> {
  const before = looks;
  rig.clock.pass(10_000);
  await until('it has looked', () => looks > before);
}

describe('the disk of portsup', () => {
  beforeEach(() => {
    logs = openStore(`${folder}/logs`);
    rig.up('shop', root([service('a')]));
  });

  describe.skipIf(!canMount)('of 1 MB', () => {
    const disk = (): string => `${folder}/disk`;
    const leave = (kb: number): void => {
      writeFileSync(`${disk()}/filling`, Buffer.alloc((1_024 - kb) * KB));
    };
    const text = (): string => `less than 51.2 KB is left on the disk of ${disk()}; make room there`;

    beforeEach(() => {
      mkdirSync(disk());
      mountSmallDisk(disk(), 1_024);
    });
    afterEach(() => unmountAll(disk()));

    it('is an alarm when less than a twentieth is left, until it is half as much again', async () => {
      leave(60);
      await begin(disk());
      expect(rig.told).toEqual([]);
      leave(48);
      await lookAgain();
      expect(rig.told).toEqual([`alarm_set disk: ${text()}`]);
      leave(0);
      await lookAgain();
      leave(72);
      await lookAgain();
      expect(rig.told).toHaveLength(1);
      leave(80);
      await lookAgain();
      expect(rig.told.slice(1)).toEqual([`alarm_cleared disk: over: ${text()}`]);
    });

    it('is one from the start, and for the next daemon the same one as long as it is not over', async () => {
      leave(48);
      await begin(disk());
      expect(rig.ids).toEqual(['disk']);
      const { since } = rig.store.get('disk') ?? {};
      space.close();
      rig.clock.pass(5_000);
      leave(72);
      rig = rig.next();
      await begin(disk());
      rig.clock.pass(60_000);
      expect(rig.store.get('disk')).toMatchObject({ since });
      expect(rig.told).toEqual([]);
    });

    it('is not looked at after the end', async () => {
      await begin(disk());
      leave(0);
      space.close();
      rig.clock.pass(60_000);
      expect(rig.clock.nextInMs()).toBeNull();
      expect(looks).toBe(1);
    });

    it('is not judged while all goes down', async () => {
      rig.isHalting = true;
      leave(0);
      await begin(disk());
      expect(rig.told).toEqual([]);
    });
  });

  it('that cannot be asked is told once', async () => {
    await begin(`${folder}/nowhere`);
    await lookAgain();
    await lookAgain();
    expect(warnings).toEqual([expect.stringMatching(/^how much room is left for .*nowhere cannot be told: ENOENT/)]);
  });
});

describe('a budget of logs', () => {
  const writeRaw = (path: string, kb: number): void => writeFileSync(openFile(`${folder}/logs/shop/${path}`, 'raw'), Buffer.alloc(kb * KB));
  const isSet = 'alarm_set log_budget shop: its logs take more than their "total" of 100 KB: ';
  const why = (name: string): string => `what ${name} writes itself ("raw") is kept until its next run; restart it`;

  beforeEach(() => {
    mkdirSync(`${folder}/logs/shop`, { recursive: true });
    const policies = { a: { mode: 'raw' }, b: { mode: 'raw' }, c: {} } as const;
    logs = openStore(`${folder}/logs`, { clock: rig.clock, policies, budgets: [{ path: '', bytes: 100 * KB }] });
    rig.up('shop', root([service('a'), service('b'), service('c')], { logTotalBytes: 100 * KB }));
    for (const path of ['a', 'b', 'c']) logs.of('shop', path);
  });

  it('that a program exceeds which writes its own file is an alarm, until that is gone', async () => {
    writeRaw('a', 60);
    writeRaw('b', 40);
    await begin(folder);
    expect(rig.told).toEqual([]);
    writeRaw('b', 50);
    await lookAgain();
    expect(rig.told).toEqual([isSet + why('a')]);
    expect(rig.store.all()).toMatchObject([{ id: 'log_budget shop', source: 'log_budget', app: 'shop', path: '' }]);
    writeRaw('b', 55);
    await lookAgain();
    expect(rig.told).toHaveLength(1);
    writeRaw('a', 0);
    await lookAgain();
    expect(rig.told.slice(1)).toEqual([expect.stringMatching(/^alarm_cleared log_budget shop: over: .*; they are within it again$/)]);
  });

  it('that a program exceeds which goes on writing its own file, though that is not wanted any more, is one', async () => {
    writeRaw('a', 60);
    logs.of('shop', 'a').measureRaw();
    logs.plan('shop', planOf({ policies: { a: {} }, budgets: [{ path: '', bytes: 100 * KB }] }));
    await begin(folder);
    expect(rig.told).toEqual([]);
    writeRaw('a', 120);
    await lookAgain();
    expect(rig.told).toEqual([isSet + why('a')]);
  });

  it('that cannot be kept as nothing can be removed says so', async () => {
    const part = partFile(`${folder}/logs/shop/c`, 'log', 1);
    writeFileSync(part, Buffer.alloc(8 * KB));
    const policies = { c: { compress: false } };
    const kept = { clock: rig.clock, policies, budgets: [{ path: '', bytes: 100 * KB }] };
    logs.close();
    logs = openStore(`${folder}/logs`, kept);
    await begin(folder);
    expect(rig.told).toEqual([]);
    // A folder in its place: nobody can remove that as a file.
    rmSync(part);
    mkdirSync(part);
    logs.plan('shop', planOf({ ...kept, budgets: [{ path: '', bytes: 2 * KB }] }));
    await lookAgain();
    expect(rig.told).toEqual([
      `alarm_set log_budget shop: its logs take more than their "total" of 2.0 KB, and what is too old cannot be removed; see to it that files in ${folder}/logs/shop can be`,
    ]);
  });

  it('that is no more, or whose application is down, has none', async () => {
    writeRaw('a', 200);
    await begin(folder);
    rig.up('shop', root([service('a'), service('b'), service('c')], { logTotalBytes: null }));
    expect(rig.told.at(-1)).toMatch(/^alarm_cleared log_budget shop: over: .*; they have no budget any more$/);
    rig.up('shop', root([service('a'), service('b'), service('c')], { logTotalBytes: 100 * KB }));
    await lookAgain();
    expect(rig.ids).toEqual(['log_budget shop']);
    rig.runtime.post({ type: 'down-asked', app: 'shop', graceMs: null });
    for (const path of ['c', 'b', 'a']) rig.crash('shop', path);
    expect(rig.told.at(-1)).toMatch(/^alarm_cleared log_budget shop: .*; shop is down$/);
  });
});
