import { describe, expect, it } from 'vitest';
import { consequenceOf } from '../../src/daemon/consequence.js';
import { root, service, supervisor } from '../helpers/specs.js';
import { booted, type World } from '../helpers/world.js';

const backoff = { minMs: 20_000, maxMs: 60_000, factor: 2, jitter: 0, resetAfterMs: 10_000 };
const lazy = service('lazy', { autostart: false, onDemand: true, call: { by: 'jsonrpc', url: null } });

const killed = (world: World, path: string): string =>
  consequenceOf(world.forest, { app: world.app, path, node: world.service(path) }, { signal: 'SIGKILL', at: world.now });

describe('what follows from a kill', () => {
  it('is a restart at once, or after its wait', () => {
    expect(killed(booted(root(['a'])), 'a')).toBe('supervision starts it again at once: restart 1 of at most 3 in 5s');
    expect(killed(booted(root([service('a', { backoff })])), 'a')).toBe('supervision starts it again in 20s: restart 1 of at most 3 in 5s');
  });

  it('names all who are linked with it', () => {
    const world = booted(root(['a', service('b', { links: ['a'] }), service('c', { links: ['a'] })], { intensity: 9 }));
    expect(killed(world, 'a')).toMatch(/; b, c are restarted with it \(links\)$/);
    expect(killed(booted(root(['a', service('b', { links: ['a'] })])), 'a')).toMatch(/; b is restarted with it \(links\)$/);
  });

  it('is a restart with its siblings, after its wait if it has one', () => {
    const group = (...children: Parameters<typeof root>[0]): World => booted(root(children, { strategy: 'one_for_all' }));
    expect(killed(group('a', 'b'), 'a')).toMatch(/^supervision starts it again, with b \(one_for_all\): restart 1 /);
    expect(killed(group(service('a', { backoff }), 'b'), 'a')).toMatch(/^supervision starts it again in 20s, with b \(one_for_all\): /);
  });

  it('names the siblings that are started, not those that sleep until they are called', () => {
    const world = booted(root(['a', lazy, supervisor('s', ['x'])], { strategy: 'one_for_all' }));
    expect(killed(world, 'a')).toMatch(/^supervision starts it again, with s \(one_for_all\): /);
    const alone = booted(root(['a', lazy], { strategy: 'one_for_all' }));
    expect(killed(alone, 'a')).toMatch(/^supervision starts it again at once: /);
  });
});
