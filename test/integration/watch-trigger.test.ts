/** What has changed is not lost when an `up` changes who watches what; with real files, and a clock that stands still. */
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createConditions } from '../../src/daemon/conditions.js';
import type { NewEvent } from '../../src/daemon/runtime.js';
import { WatchTrigger } from '../../src/daemon/triggers/watch.js';
import type { Placed } from '../../src/daemon/view.js';
import { freshService } from '../../src/supervision/fresh.js';
import type { ServiceSpec } from '../../src/supervision/spec.js';
import type { Service } from '../../src/supervision/tree.js';
import { type ManualClock, manualClock } from '../helpers/manual-clock.js';
import { logs, service } from '../helpers/specs.js';
import { until } from '../helpers/until.js';

let folder: string;
let clock: ManualClock;
let trigger: WatchTrigger;
let services: readonly Placed<Service>[];
let posted: string[];

beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'portsup-watch-')));
  for (const name of ['src', 'lib']) mkdirSync(join(folder, name));
  clock = manualClock();
  posted = [];
  const own = join(folder, 'home');
  trigger = new WatchTrigger({
    clock,
    conditions: createConditions({ set: () => true, clear: () => true, all: () => [] }),
    runtime: {
      post: (event: NewEvent) => {
        if (event.type === 'files-changed') posted.push(`${event.path}: ${event.files.join(' ')}`);
      },
    },
    layout: { runtime: own, lock: own, logs: own, journal: own, daemonLog: own, state: own },
    services: () => services,
  });
});

afterEach(() => {
  trigger.close();
  rmSync(folder, { recursive: true, force: true });
});

const watching = (name: string, paths: readonly string[], ignore: readonly string[] = [], fields: Partial<ServiceSpec> = {}) =>
  service(name, { watch: { folder, paths: paths.map((path) => join(folder, path)), ignore }, ...fields });

/** As if an `up` had brought these. */
function up(...specs: readonly ServiceSpec[]): Promise<void> {
  services = specs.map((spec) => ({ app: 'shop', path: spec.name, node: freshService(spec) }));
  return trigger.plan(services);
}

/** Changes files, and waits until that is seen (by each watch all at once); nobody is told yet, as the clock stands still. */
async function change(...names: readonly string[]): Promise<void> {
  for (const name of names) writeFileSync(join(folder, name), 'x');
  await until('the change is seen', () => clock.nextInMs() !== null);
}

it('a service whose watch is another one now is told of what has changed before, as far as it watches that still', async () => {
  await up(watching('a', ['src', 'lib']));
  await change('src/one', 'src/two', 'lib/three');
  await up(watching('a', ['src'], ['two']));
  expect(posted).toEqual(['a: src/one']);
  expect(clock.nextInMs()).toBeNull();
  await change('src/one');
  clock.pass(200);
  await until('the new watch tells', () => posted.length === 2);
  expect(posted).toEqual(['a: src/one', 'a: src/one']);
});

it('so are those whose watch is another one only because a log file is', async () => {
  await up(watching('a', ['src']), watching('b', ['src']));
  await change('src/one');
  await up(watching('a', ['src']), watching('b', ['src']), service('c', { logs: logs({ file: join(folder, 'src/c.log') }) }));
  expect(posted).toEqual(['a: src/one', 'b: src/one']);
});

it('one that leaves a watch to others is told of what was until then, and of nothing after that', async () => {
  await up(watching('a', ['src']), watching('b', ['src']));
  await change('src/one');
  await up(watching('a', ['src', 'lib']), watching('b', ['src']));
  expect(posted.toSorted()).toEqual(['a: src/one', 'b: src/one']);
  await change('src/two');
  clock.pass(200);
  await until('both watches tell', () => posted.length === 4);
  expect(posted.slice(2).toSorted()).toEqual(['a: src/two', 'b: src/two']);
});

it('nobody is told who watches nothing any more, or is gone, or when all is closed', async () => {
  await up(watching('a', ['src']), watching('b', ['src']), watching('c', ['src']));
  await change('src/one');
  await up(service('a'), watching('c', ['src']));
  expect(posted).toEqual(['c: src/one']);
  await change('src/two');
  const planned = up(watching('c', ['lib', 'src']));
  trigger.close();
  await planned;
  expect(posted).toEqual(['c: src/one']);
});
