import { beforeEach, describe, expect, it } from 'vitest';
import { openCalls } from '../../src/daemon/calling/flights.js';
import { createSignal } from '../../src/daemon/signal.js';
import { IdleTrigger } from '../../src/daemon/triggers/idle.js';
import { isServicePlace, placedNodes } from '../../src/daemon/view.js';
import type { SupervisorSpec } from '../../src/supervision/spec.js';
import { type ManualClock, manualClock } from '../helpers/manual-clock.js';
import { root, service } from '../helpers/specs.js';
import { booted, type World } from '../helpers/world.js';

const IDLE_MS = 1_000;
const spec = (idleMs: number | null): SupervisorSpec => root([service('a', { onDemand: true, autostart: false, idleMs }), 'b']);
const a = { app: 'shop', path: 'a' };

let clock: ManualClock;
let world: World;
let posted: string[];
const changed = createSignal();
let calls: ReturnType<typeof openCalls>;
let trigger: IdleTrigger;

const plan = (): void => trigger.plan(Object.values(world.forest.apps).flatMap(placedNodes).filter(isServicePlace));

beforeEach(() => {
  clock = manualClock();
  world = booted(spec(IDLE_MS));
  posted = [];
  calls = openCalls(clock);
  trigger = new IdleTrigger({
    clock,
    flights: calls.flights,
    runtime: {
      forest: () => world.forest,
      post: (event) => {
        if (event.type === 'idle-elapsed') posted.push(`${event.path} ${event.run}`);
      },
      onChange: (listener) => changed.subscribe(listener),
    },
  });
  plan();
});

/** Does something to the services, and tells of it. */
function act(change: (world: World) => World): void {
  world = change(world);
  changed.emit();
}

describe('a service with "idle"', () => {
  it('costs no timer while it does not run', () => {
    expect(clock.nextInMs()).toBeNull();
    act((now) => now.start('a'));
    expect(clock.nextInMs()).toBe(IDLE_MS);
    act((now) => now.stop('a'));
    expect(clock.nextInMs()).toBeNull();
  });

  it('is told once when nobody has called it since its start', () => {
    act((now) => now.start('a'));
    clock.pass(IDLE_MS - 1);
    expect(posted).toEqual([]);
    clock.pass(10 * IDLE_MS);
    expect(posted).toEqual(['a 1']);
  });

  it('begins anew with each run, and with the end of each call', () => {
    act((now) => now.start('a'));
    clock.pass(600);
    act((now) => now.die('a'));
    clock.pass(600);
    calls.flights.begin(a)();
    clock.pass(IDLE_MS - 1);
    expect(posted).toEqual([]);
    clock.pass(1);
    expect(posted).toEqual(['a 2']);
  });

  it('is not idle while it is called, until the last of several calls has ended', () => {
    act((now) => now.start('a'));
    const [first, second] = [calls.flights.begin(a), calls.flights.begin(a)];
    clock.pass(5 * IDLE_MS);
    first();
    clock.pass(5 * IDLE_MS);
    expect(posted).toEqual([]);
    second();
    clock.pass(IDLE_MS);
    expect(posted).toEqual(['a 1']);
  });

  it('is called by whoever has it started', () => {
    const release = calls.flights.begin(a);
    act((now) => now.start('a'));
    expect(clock.nextInMs()).toBeNull();
    release();
    expect(clock.nextInMs()).toBe(IDLE_MS);
  });

  it('has another time from the next "up" on, counted from the same moment', () => {
    act((now) => now.start('a'));
    clock.pass(600);
    act((now) => now.apply(spec(700)));
    plan();
    expect(clock.nextInMs()).toBe(100);
    act((now) => now.apply(spec(null)));
    plan();
    expect(clock.nextInMs()).toBeNull();
  });

  it('waits for longer than a timer can', () => {
    const days = 100 * 24 * 3_600_000;
    act((now) => now.apply(spec(days)).start('a'));
    plan();
    clock.pass(days - 1);
    expect(posted).toEqual([]);
    clock.pass(1);
    expect(posted).toEqual(['a 1']);
  });

  it('is of no interest once there is none', () => {
    act((now) => now.start('a'));
    trigger.close();
    expect(clock.nextInMs()).toBeNull();
    act((now) => now.stop('a').start('a'));
    calls.flights.begin(a)();
    expect(clock.nextInMs()).toBeNull();
  });
});
