import { describe, expect, it } from 'vitest';
import { describeCause } from '../../src/supervision/cause.js';
import { chargeRestart } from '../../src/supervision/intensity.js';
import { root, service, supervisor } from '../helpers/specs.js';
import { booted, type World } from '../helpers/world.js';

const why = (world: World, path: string): string => {
  const { cause } = world.node(path);
  return cause ? describeCause(cause) : '';
};

describe('intensity', () => {
  it('intensity 2 restarts crashes 1 and 2 and gives up on 3', () => {
    const world = booted(root(['a', 'b'], { intensity: 2 }))
      .die('a')
      .die('a');
    expect(world.runs()).toEqual(['a#3', 'b#1']);
    world.take();
    expect(world.die('a').take()).toEqual(['end a', 'stop b', 'end b']);
    expect(world.root.state).toEqual({ phase: 'ended', how: 'failed', retryAt: null });
  });

  it('intensity 0 gives up on crash 1', () => {
    expect(
      booted(root(['a'], { intensity: 0 }))
        .die('a')
        .phase(''),
    ).toBe('ended');
  });

  it('keeps the restarts that are no older than the period, the edge included', () => {
    const budget = { intensity: 1, periodMs: 100 };
    expect(chargeRestart([0], 100, budget)).toEqual({ history: [0, 100], exceeded: true });
    expect(chargeRestart([0], 101, budget)).toEqual({ history: [101], exceeded: false });
  });

  it('only time empties the budget, a healthy run does not', () => {
    const world = booted(root(['a'], { intensity: 1 })).die('a');
    expect(world.pass(5_001).die('a').runs()).toEqual(['a#3']);
    expect(world.pass(5_000).die('a').phase('')).toBe('ended');
  });

  it('is per supervisor, not per child', () => {
    const world = booted(root(['a', 'b', 'c'], { intensity: 2 }))
      .die('a')
      .die('b')
      .die('c');
    expect(world.phase('')).toBe('ended');
  });

  it('starts, stops and restarts asked for by a person are not counted, nor is boot', () => {
    const world = booted(root(['a'], { intensity: 0 }));
    world.restart('a').stop('a').start('a').restart('a').restart('');
    expect(world.runs()).toEqual(['a#5']);
    expect(world.root.history).toEqual([]);
  });

  it('clean ends of transient children and any end of temporary ones are not counted', () => {
    const children = [
      service('t', { restart: 'transient' }),
      service('x', { restart: 'temporary' }),
      service('y', { restart: 'temporary' }),
    ];
    const world = booted(root(children, { intensity: 0 }))
      .exit('t', 0)
      .exit('x', 0)
      .die('y');
    expect(world.phase('')).toBe('running');
    expect(world.root.history).toEqual([]);
  });

  it('an injected crash is counted', () => {
    expect(
      booted(root(['a'], { intensity: 0 }))
        .kill('a')
        .phase(''),
    ).toBe('ended');
  });

  it('what the budget holds stays small however often children die', () => {
    const world = booted(root(['a'], { intensity: 3, periodMs: 10 }));
    for (let count = 0; count < 100; count += 1) world.pass(11).die('a');
    expect(world.root.history).toHaveLength(1);
  });
});

describe('giving up, escalation', () => {
  const nested = (restart: 'permanent' | 'transient' | 'temporary'): World =>
    booted(root(['a', supervisor('in', ['x', 'y'], { intensity: 1, restart })], { intensity: 1 }));

  it('stops the remaining children in reverse order, and a permanent entry in its parent is restarted for one unit', () => {
    const world = nested('permanent').die('in/x');
    world.take();
    expect(world.die('in/x').take()).toEqual(['end in/x', 'stop in/y', 'end in/y', 'start in/x', 'start in/y']);
    expect(world.root.history).toHaveLength(1);
    expect(world.supervisor('in').history).toEqual([]);
    expect(world.runs()).toEqual(['a#1', 'in/x#3', 'in/y#2']);
  });

  it.each(['transient', 'temporary'] as const)('that is a clean end: a %s one is not restarted and costs the parent nothing', (restart) => {
    const world = nested(restart).die('in/x').die('in/x');
    expect(world.phase('in')).toBe('ended');
    expect(world.runs()).toEqual(['a#1']);
    expect(world.root.history).toEqual([]);
    expect(why(world, 'in')).toMatch(/^gave up \(reached_max_restart_intensity\): more than 1 restart in 5s; last in\/x: signal SIGSEGV$/);
  });

  it('nested budgets multiply: 1 in P over 1 in P dies on crash 4', () => {
    const world = nested('permanent').die('in/x').die('in/x').die('in/x');
    expect(world.phase('')).toBe('running');
    expect(world.die('in/x').root.state).toEqual({ phase: 'ended', how: 'failed', retryAt: null });
    expect(world.live.size).toBe(0);
  });

  it('a restarted sub-supervisor has hand-stopped children back and an empty budget', () => {
    const world = nested('permanent').stop('in/y').die('in/x').die('in/x');
    expect(world.running()).toEqual(['a', 'in/x', 'in/y']);
    expect(world.supervisor('in').history).toEqual([]);
  });

  it('a service without autostart that a person had started is not back after an automatic restart of its supervisor', () => {
    const inner = supervisor('in', ['x', service('tool', { autostart: false })], { intensity: 0 });
    const world = booted(root([inner]))
      .start('in/tool')
      .die('in/x');
    expect(world.runs()).toEqual(['in/x#2']);
  });

  it('a sub-supervisor that cannot start again is charged to its parent and retried', () => {
    const world = booted(root(['a', supervisor('in', ['x'], { intensity: 0 })], { intensity: 2 }))
      .let('fails', 'in/x')
      .die('in/x');
    expect(world.take()).toEqual(['end in/x', 'fail in/x', 'fail in/x', 'stop a', 'end a']);
    expect(world.root.state).toMatchObject({ phase: 'ended', how: 'failed' });
    expect(why(world, '')).toBe(
      'gave up (reached_max_restart_intensity): more than 2 restarts in 5s; last in, because of in/x: /bin/x: no such file',
    );
  });

  it('the root giving up ends the application as failed, with reason and chain; up and start bring it back with a fresh budget', () => {
    const tree = root(['a', 'b'], { intensity: 0 });
    for (const again of [(world: World) => world.apply(tree), (world: World) => world.start(''), (world: World) => world.start('b')]) {
      const world = booted(tree).die('a');
      expect(why(world, '')).toBe('gave up (reached_max_restart_intensity): more than 0 restarts in 5s; last a: signal SIGSEGV');
      expect(why(world, 'b')).toBe('the application gave up');
      expect(world.service('a').state).toEqual({ phase: 'ended', how: 'failed' });
      expect(again(world).runs()).toEqual(['a#2', 'b#2']);
      expect(world.root).toMatchObject({ history: [], cause: null, state: { phase: 'running' } });
    }
  });
});

describe('reset_after', () => {
  const tree = root(['a', 'b'], { intensity: 0, resetAfterMs: 30_000 });

  it('a supervisor that gave up tries again by itself after that time with an empty history', () => {
    const world = booted(tree).die('a').pass(29_999);
    expect(world.root.state).toMatchObject({ phase: 'ended', how: 'failed', retryAt: 31_000 });
    expect(world.pass(1).runs()).toEqual(['a#2', 'b#2']);
    expect(world.root.history).toEqual([]);
  });

  it('further crashes while it is blown do not extend it', () => {
    const world = booted(tree).let('puppet', 'a', 'b').die('b').pass(2_000).die('a');
    expect(world.root.state).toMatchObject({ phase: 'ended', retryAt: 31_000 });
  });

  it('a failing retry waits again', () => {
    const world = booted(tree).let('fails', 'b').die('a').pass(30_000);
    expect(world.root.state).toMatchObject({ phase: 'ended', how: 'failed', retryAt: 61_000 });
    expect(world.let('obeys', 'b').pass(30_000).running()).toEqual(['a', 'b']);
  });

  it('a nested one rests without costing its parent anything', () => {
    const inner = supervisor('in', ['x'], { intensity: 0, resetAfterMs: 10_000 });
    const world = booted(root(['a', inner], { intensity: 0 })).die('in/x');
    expect(world.runs()).toEqual(['a#1']);
    expect(world.root.history).toEqual([]);
    expect(world.pass(10_000).runs()).toEqual(['a#1', 'in/x#2']);
  });

  it('a stop by hand, or of what is above it, calls the retry off', () => {
    const inner = supervisor('in', ['x'], { intensity: 0, resetAfterMs: 10_000 });
    for (const path of ['in', '']) {
      const world = booted(root(['a', inner]))
        .die('in/x')
        .stop(path)
        .pass(60_000);
      expect(world.live.has('in/x')).toBe(false);
      expect(world.phase('in')).not.toBe('running');
    }
  });

  it('start by hand does not wait for it', () => {
    const world = booted(tree).die('a').pass(10).start('');
    expect(world.runs()).toEqual(['a#2', 'b#2']);
    expect(world.pass(60_000).runs()).toEqual(['a#2', 'b#2']);
  });
});
