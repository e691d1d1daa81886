/** How long, and for what, somebody waits who has started something. */
import { describe, expect, it } from 'vitest';
import { startLimit } from '../../src/daemon/by-hand.js';
import { servicesOf, startProgress } from '../../src/daemon/settling.js';
import { placedNodes } from '../../src/daemon/view.js';
import { root, service, supervisor } from '../helpers/specs.js';
import { booted } from '../helpers/world.js';

const ready = { method: { by: 'log', pattern: 'x' }, delayMs: 0, intervalMs: 500, timeoutMs: 60_000 } as const;

describe('a start', () => {
  it('is waited for, where nobody says how long, until each service must be ready, and a minute more', () => {
    const tree = root([service('a'), service('b', { ready }), supervisor('in', [service('c', { ready: { ...ready, timeoutMs: 5_000 } })])]);
    const { forest } = booted(tree, { manner: 'puppet' });
    const places = Object.values(forest.apps).flatMap(placedNodes);
    expect(startLimit(places)).toBe(125_000);
    expect(startLimit(places.filter(({ path }) => path === 'a'))).toBe(60_000);
  });

  it('has not come as far as those whose turn has yet to come', () => {
    let world = booted(root(['a', 'b', 'c']), { manner: 'puppet' });
    const progress = (): string => {
      const { forest } = world;
      const { done, total, waitingFor } = startProgress(forest, Object.values(forest.apps).flatMap(servicesOf), 0);
      return `${done}/${total}: ${waitingFor.map(({ path }) => path).join(' ')}`;
    };
    expect(progress()).toBe('0/3: a');
    world = world.answer('a');
    expect(progress()).toBe('1/3: b');
    world = world.answer('b').answer('c');
    expect(progress()).toBe('3/3: ');
  });
});
