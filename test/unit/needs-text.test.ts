import { describe, expect, it } from 'vitest';
import { hopelessNeed } from '../../src/daemon/needs-text.js';
import type { ServiceSpec } from '../../src/supervision/spec.js';
import { root, service, supervisor } from '../helpers/specs.js';
import { booted, World } from '../helpers/world.js';

const hopeless = (world: World, path = 'api'): string | null => hopelessNeed(world.root, world.service(path));

describe('what will not come by itself', () => {
  const tree = root([
    supervisor('data', ['db', 'cache'], { intensity: 0, restart: 'temporary' }),
    service('api', { needs: ['data/cache'] }),
  ]);

  it('is what is in a supervisor that has given up', () => {
    expect(hopeless(booted(tree).die('data/db').die('api'))).toBe('data/cache, which is stopped, as data is failed');
  });

  it('or in one that somebody has stopped', () => {
    expect(hopeless(booted(tree).stop('data').die('api'))).toBe('data/cache, which is stopped, as data is stopped');
  });

  it('or what is stopped itself', () => {
    expect(hopeless(booted(tree).stop('data/cache').die('api'))).toBe('data/cache, which is stopped: stopped by hand');
  });

  it('or a supervisor with somebody in it who waits for such a thing', () => {
    const world = booted(root(['cache', supervisor('data', [service('db', { needs: ['cache'] })]), service('api', { needs: ['data'] })]));
    world.stop('cache').die('data/db').die('api');
    expect(hopeless(world)).toBe('data, which is not ready: data/db needs cache, which is stopped: stopped by hand');
  });

  it('nor is anybody lost in a circle, while a part of the tree has its new needs and another has not', () => {
    const method = { by: 'tcp', host: 'localhost', port: 80, tryMs: 5_000 } as const;
    const slow = service('slow', { ready: { method, delayMs: 0, intervalMs: 500, timeoutMs: 60_000 } });
    const between = (a: readonly string[], b: Partial<ServiceSpec>) =>
      root([supervisor('two', [service('b', b)]), supervisor('one', [service('a', { needs: a }), slow])]);
    const world = new World()
      .let('puppet', 'one/slow')
      .apply(between(['two/b'], { autostart: false }))
      .answer('one/slow');
    world.apply(between([], { needs: ['one/a'] }));
    expect([world.phase('one'), world.phase('one/a'), world.phase('two/b')]).toEqual(['starting', 'waiting', 'waiting']);
    expect([hopeless(world, 'one/a'), hopeless(world, 'two/b')]).toEqual([null, null]);
    expect(world.ready('one/slow').running()).toEqual(['two/b', 'one/a', 'one/slow']);
  });

  it('but not what its supervisor is going to start, or tries again after a while', () => {
    const resting = root([
      supervisor('data', ['db', 'cache'], { intensity: 0, resetAfterMs: 1_000 }),
      service('api', { needs: ['data/cache'] }),
    ]);
    const world = booted(resting).die('data/db').die('api');
    expect([world.phase('api'), hopeless(world)]).toEqual(['waiting', null]);
    expect(world.pass(1_000).phase('api')).toBe('running');
  });
});
