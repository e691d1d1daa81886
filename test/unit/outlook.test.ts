import { describe, expect, it } from 'vitest';
import { PortsupError } from '../../src/base/errors.js';
import { type Awaitable, outlookOf } from '../../src/daemon/outlook.js';
import type { ReadySpec, SupervisorSpec } from '../../src/supervision/spec.js';
import { root, service, supervisor } from '../helpers/specs.js';
import { booted, World } from '../helpers/world.js';

const tcp: ReadySpec = {
  method: { by: 'tcp', host: 'localhost', port: 1, tryMs: 1_000 },
  delayMs: 0,
  intervalMs: 1_000,
  timeoutMs: 60_000,
};

/** "reached", "possible", or why it cannot come true any more. */
function outlook(world: World, path: string, until: Awaitable = 'ready'): string {
  const found = outlookOf({ app: world.app, path, root: world.forest.apps[world.app]?.root }, until);
  return found instanceof PortsupError ? `${found.code}: ${found.message}` : found;
}

const crashed = (spec: SupervisorSpec, path: string, times: number): World => {
  const world = booted(spec);
  for (let time = 0; time < times; time += 1) world.die(path);
  return world;
};

describe('what somebody waits to be ready', () => {
  it('is so when it runs; a supervisor, too', () => {
    const world = booted(root(['a', supervisor('in', ['x'])]));
    expect(['a', 'in', 'in/x', ''].map((path) => outlook(world, path))).toEqual(['reached', 'reached', 'reached', 'reached']);
  });

  it('is not so before its program has been executed, nor before it is ready, and may become so', () => {
    const world = new World().let('puppet', 'a').apply(root([service('a', { ready: tcp })]));
    expect(outlook(world, 'a')).toBe('possible');
    world.answer('a');
    expect([world.phase('a'), outlook(world, 'a'), outlook(world, '')]).toEqual(['running', 'possible', 'possible']);
    world.send({ type: 'ready', at: world.now, app: world.app, path: 'a', run: 1 });
    expect([outlook(world, 'a'), outlook(world, '')]).toEqual(['reached', 'reached']);
  });

  it('may become so while it waits for its turn, and in the middle of a restart', () => {
    const booting = new World().let('puppet', 'a').apply(root(['a', 'b', supervisor('in', ['x'])]));
    expect(['b', 'in', 'in/x'].map((path) => outlook(booting, path))).toEqual(['possible', 'possible', 'possible']);
    const restarting = booted(root(['a', 'b'], { strategy: 'one_for_all' }))
      .let('puppet', 'a', 'b')
      .die('a');
    expect(restarting.phase('b')).toBe('stopping');
    expect(outlook(restarting, 'b')).toBe('possible');
  });

  it.each([
    ['was stopped by hand', (): World => booted(root(['a'])).stop('a'), 'a', 'FAILED: a is stopped: stopped by hand'],
    ['is not started by itself', (): World => booted(root([service('a', { autostart: false })])), 'a', 'FAILED: a is stopped'],
    ['has failed', (): World => booted(root([service('a', { restart: 'temporary' })])).exit('a', 3), 'a', 'FAILED: a failed: exit code 3'],
    [
      'has completed',
      (): World => booted(root([service('a', { restart: 'transient' })])).exit('a', 0),
      'a',
      'FAILED: a has completed, and is not started again: exit code 0',
    ],
    [
      'needs what does not come by itself',
      (): World => booted(root([service('db', { autostart: false }), service('a', { needs: ['db'] })])),
      'a',
      'FAILED: a is not started: it needs db, which is stopped',
    ],
    ['is not there', (): World => booted(root(['a'])), 'b', 'FAILED: b is not there any more'],
    [
      'is in a supervisor that is stopped',
      (): World => booted(root([supervisor('in', ['x'])])).stop('in'),
      'in/x',
      'FAILED: in is stopped: stopped by hand',
    ],
    [
      'is in an application that gave up',
      (): World => crashed(root(['a', 'b'], { intensity: 1 }), 'a', 2),
      'b',
      'FAILED: shop failed: gave up (reached_max_restart_intensity): more than 1 restart in 5s; last a: signal SIGSEGV',
    ],
    [
      'is in a supervisor that is disabled',
      (): World => {
        const world = booted(root([supervisor('in', ['x'])]));
        return world.send({ type: 'breaker-asked', at: world.now, app: world.app, path: 'in', verb: 'disable' });
      },
      'in/x',
      'FAILED: in is disabled',
    ],
  ])('cannot become so if it %s', (_what, made, path, why) => {
    expect(outlook(made(), path)).toBe(why);
  });

  it('is so when it has ended well, if that is what its readiness is', () => {
    const once: ReadySpec = { ...tcp, method: { by: 'exit' } };
    const world = new World()
      .let('puppet', 'a')
      .apply(root([service('a', { ready: once, restart: 'transient' }), 'b']))
      .answer('a');
    expect([world.phase('a'), outlook(world, 'a'), outlook(world, 'b')]).toEqual(['running', 'possible', 'possible']);
    world.exit('a', 0);
    expect([outlook(world, 'a'), outlook(world, 'b')]).toEqual(['reached', 'reached']);
  });

  it('may become so after a supervisor gave up that tries again', () => {
    const world = crashed(root([supervisor('in', ['x'], { intensity: 0, resetAfterMs: 1_000 })]), 'in/x', 1);
    expect([world.phase('in'), outlook(world, 'in'), outlook(world, 'in/x')]).toEqual(['ended', 'possible', 'possible']);
    world.pass(1_000);
    expect(outlook(world, 'in/x')).toBe('reached');
  });
});

describe('what somebody waits to be stopped', () => {
  it('is so when nothing of it runs, and when it is not there', () => {
    const world = booted(root(['a', service('b', { restart: 'temporary' }), supervisor('in', ['x'])]));
    expect(['a', 'b', 'in', 'in/x', ''].map((path) => outlook(world, path, 'stopped'))).toEqual(Array(5).fill('possible'));
    world.stop('a').exit('b').stop('in');
    expect(['a', 'b', 'in', 'in/x', ''].map((path) => outlook(world, path, 'stopped'))).toEqual([
      'reached',
      'reached',
      'reached',
      'reached',
      'possible',
    ]);
    expect(outlook(world, 'nobody', 'stopped')).toBe('reached');
    expect(outlook(world.down(), 'a', 'stopped')).toBe('reached');
  });

  it('is not so between the runs of a restart', () => {
    const world = booted(root(['a', 'b'], { strategy: 'one_for_all' }))
      .let('puppet', 'a')
      .die('a');
    expect([world.phase('a'), world.phase('b')]).toEqual(['starting', 'stopped']);
    expect(outlook(world, 'b', 'stopped')).toBe('possible');
  });
});

it('what somebody waits to be gone is so when there is nothing of its name', () => {
  const world = booted(root(['a', 'b']));
  expect([outlook(world, 'a', 'gone'), outlook(world.stop('a'), 'a', 'gone')]).toEqual(['possible', 'possible']);
  expect(outlook(world.remove('a'), 'a', 'gone')).toBe('reached');
  expect(outlook(world.down(), 'b', 'gone')).toBe('reached');
});
