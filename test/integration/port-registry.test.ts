import { execFileSync } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, renameSync, rmSync, statSync, writeSync } from 'node:fs';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { homeLayout } from '../../src/base/home.js';
import { systemClock } from '../../src/base/system-clock.js';
import { createOutbox } from '../../src/daemon/outbox.js';
import { PortRegistry } from '../../src/daemon/port-registry.js';
import type { NewEvent } from '../../src/daemon/runtime.js';
import type { KeeperOrder } from '../../src/keeper/protocol.js';
import { PROTOCOL_VERSION } from '../../src/keeper/protocol.js';
import { LogStore } from '../../src/logs/store.js';
import { readLast } from '../../src/logs/tail.js';
import { type TestHome, temporaryHome } from '../helpers/home.js';
import { until } from '../helpers/until.js';

let home: TestHome;
let ports: PortRegistry;
let orders: KeeperOrder[];
let events: NewEvent[];
/** What the keeper answers to the next calls of `makeFifos`; empty: it makes them. */
let refusals: string[];
let keeperPid: number;

const attributes = { nice: null, umask: null, limits: { nofile: null, core: null } } as const;
const plain = { user: { kind: 'own' }, attributes } as const;
const execution = { argv: ['sleep', '1'], cwd: '/', env: {}, stdin: 'pipe', writesExit: false, channels: null, ...plain } as const;
const spawns = (): readonly KeeperOrder[] => orders.filter((order) => order.do === 'spawn');

beforeEach(() => {
  home = temporaryHome();
  [orders, events, refusals] = [[], [], []];
  const layout = homeLayout({ env: home.env, userHome: home.home, isOurFolder: () => true });
  for (const folder of [layout.fifos, layout.logs]) mkdirSync(folder, { recursive: true });
  const makeFifos = async (paths: readonly string[]): Promise<void> => {
    await Promise.resolve();
    const refusal = refusals.shift();
    if (refusal !== undefined) throw new Error(refusal);
    execFileSync('mkfifo', paths);
  };
  keeperPid = process.pid;
  const keeper = {
    get pid() {
      return keeperPid;
    },
    makeFifos,
    protocol: () => PROTOCOL_VERSION,
  };
  const outbox = createOutbox((order) => void orders.push(order));
  const clearing = { began: () => undefined, ended: () => undefined };
  ports = new PortRegistry({
    keeper,
    outbox,
    clearing,
    autopsy: () => undefined,
    layout,
    logs: new LogStore({ folder: layout.logs, clock: systemClock, onTrouble: () => undefined }),
    clock: systemClock,
    post: (event) => void events.push(event),
    warn: () => undefined,
    channels: { open: (_name, opened) => Promise.resolve(opened), end: () => undefined },
    onLogTrouble: () => undefined,
    onDropped: () => undefined,
  });
});
afterEach(async () => {
  await ports.close();
  await home.dispose();
});

it('keeps what was prepared when the service whose place it takes is forgotten', async () => {
  ports.spawn({ app: 'shop', path: 'two', run: 1 }, execution);
  await until('two is spawned', () => spawns().length === 1);
  ports.prepare('shop', ['two/three']);
  ports.forget('shop', 'two');
  ports.spawn({ app: 'shop', path: 'two/three', run: 1 }, execution);
  await until('three is spawned', () => spawns().length === 2);
  ports.onNews({ news: 'spawned', key: 'shop:two/three', run: 1, pid: 7 });
  expect(events).toEqual([{ type: 'spawned', app: 'shop', path: 'two/three', run: 1, pid: 7 }]);
  expect(ports.capture('shop', 'two')).toBeUndefined();
});

it('tells a spawn whose named pipes cannot be made as failed, and makes them for the next one', async () => {
  refusals = ['the disk is full'];
  ports.spawn({ app: 'shop', path: 'web', run: 1 }, execution);
  await until('it has failed', () => events.length === 1);
  expect(events).toMatchObject([{ type: 'spawn-failed', path: 'web', run: 1 }]);
  ports.spawn({ app: 'shop', path: 'web', run: 2 }, execution);
  await until('it is spawned', () => spawns().length === 1);
  ports.onNews({ news: 'spawned', key: 'shop:web', run: 2, pid: 7 });
  expect(events).toHaveLength(2);
});

it('does not lose a service that is wanted again while the pipes of its forgotten namesake fail to be made', async () => {
  refusals = ['somebody removed it'];
  ports.spawn({ app: 'shop', path: 'web', run: 1 }, execution);
  ports.forget('shop', null);
  ports.spawn({ app: 'shop', path: 'web', run: 1 }, execution);
  await until('the second is spawned', () => spawns().length === 1);
  ports.onNews({ news: 'spawned', key: 'shop:web', run: 1, pid: 7 });
  expect(events).toContainEqual({ type: 'spawned', app: 'shop', path: 'web', run: 1, pid: 7 });
});

it('has nothing executed whose output cannot be read: that spawn has failed, once, and the next one goes on', async () => {
  ports.prepare('shop', ['web']);
  const pipe = `${homeLayout({ env: home.env, userHome: home.home, isOurFolder: () => true }).fifos}/shop.web.err`;
  await until('its pipes are there', () => existsSync(pipe));
  renameSync(pipe, `${pipe}.gone`);
  for (const run of [1, 2]) {
    ports.spawn({ app: 'shop', path: 'web', run }, execution);
    await until(`run ${run} has failed`, () => events.length === run);
  }
  expect(events).toMatchObject([1, 2].map((run) => ({ type: 'spawn-failed', app: 'shop', path: 'web', run })));
  expect(spawns()).toEqual([]);
  renameSync(`${pipe}.gone`, pipe);
  ports.spawn({ app: 'shop', path: 'web', run: 3 }, execution);
  expect(spawns()).toMatchObject([{ run: 3 }]);
});

it('tells a spawn that cannot be planned as failed, before and after its pipes are made', async () => {
  keeperPid = 2 ** 30;
  const nice = { ...execution, attributes: { ...attributes, nice: 5 } };
  for (const run of [1, 2]) {
    ports.spawn({ app: 'shop', path: 'web', run }, nice);
    await until(`run ${run} has failed`, () => events.length === run);
  }
  const message = expect.stringContaining("nice: the niceness of portsup's keeper (PID 1073741824) cannot be told") as string;
  expect(events).toEqual([1, 2].map((run) => ({ type: 'spawn-failed', app: 'shop', path: 'web', run, message })));
  expect(spawns()).toEqual([]);
});

it('makes the pipes anew for the next attempt when they were gone', async () => {
  ports.spawn({ app: 'shop', path: 'web', run: 1 }, execution);
  await until('it is spawned', () => spawns().length === 1);
  const [first] = spawns();
  const path = first?.do === 'spawn' ? first.out : '';
  for (const name of ['in', 'out', 'err']) rmSync(path.replace(/out$/, name));
  ports.onNews({ news: 'spawn-failed', key: 'shop:web', run: 1, errno: 'EIO', message: 'gone' });
  expect(events).toEqual([expect.objectContaining({ type: 'spawn-failed', run: 1 })]);
  ports.spawn({ app: 'shop', path: 'web', run: 2 }, execution);
  await until('it is spawned again', () => spawns().length === 2);
  expect(statSync(path).isFIFO()).toBe(true);
});

it('does not end a line of the present run when it is told again that an earlier one has ended', async () => {
  ports.spawn({ app: 'shop', path: 'web', run: 3 }, execution);
  await until('it is spawned', () => spawns().length === 1);
  const [first] = spawns();
  const pipe = openSync(first?.do === 'spawn' ? first.out : '', 'r+');
  const lines = async (): Promise<readonly string[]> => {
    const source = ports.logSource('shop', 'web');
    return source ? (await readLast([source], { lines: 9 })).map(({ run, text }) => `${run} ${text}`) : [];
  };
  writeSync(pipe, 'half a line');
  await until('its half is there', async () => (await lines()).length === 1);
  ports.onNews({ news: 'exited', key: 'shop:web', run: 2, pid: 6, code: 1, signal: null, groupLeft: false });
  writeSync(pipe, ' and its end\n');
  closeSync(pipe);
  await until('its end is there', async () => (await lines()).some((line) => line.endsWith('its end')));
  expect(await lines()).toEqual(['3 half a line and its end']);
});
