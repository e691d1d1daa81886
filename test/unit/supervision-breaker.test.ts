/** A supervisor's breaker by hand: the rules of jlouis/fuse (FU-1 to FU-8). */
import { describe, expect, it } from 'vitest';
import { breakerOf } from '../../src/supervision/breaker.js';
import { describeCause } from '../../src/supervision/cause.js';
import { root, supervisor } from '../helpers/specs.js';
import { booted, type World } from '../helpers/world.js';

/** {standard, 2, 1000}, {reset, 300}. */
const shop = root([supervisor('backend', ['api', 'db'], { intensity: 2, periodMs: 1_000, resetAfterMs: 300 }), 'web']);
const stateOf = (world: World): string => breakerOf(world.supervisor('backend'));

describe('melt', () => {
  it('is tolerated as often as the intensity says; once more blows it and stops what is in it', () => {
    const world = booted(shop).breaker('melt', 'backend').breaker('melt', 'backend');
    expect(stateOf(world)).toBe('ok');
    world.breaker('melt', 'backend');
    expect(stateOf(world)).toBe('blown');
    expect(world.running()).toEqual(['web']);
    const { cause } = world.supervisor('backend');
    expect(cause && describeCause(cause)).toBe(
      'gave up (reached_max_restart_intensity): more than 2 restarts in 1s; the last one melted by hand',
    );
  });

  it('counts with the restarts there were', () => {
    const world = booted(shop).die('backend/api').die('backend/api').breaker('melt', 'backend');
    expect(stateOf(world)).toBe('blown');
  });

  it('counts while less than the period has passed: the last instant is no longer in it', () => {
    const twice = (): World => booted(shop).breaker('melt', 'backend').breaker('melt', 'backend');
    expect(stateOf(twice().pass(999).breaker('melt', 'backend'))).toBe('blown');
    expect(stateOf(twice().pass(1_000).breaker('melt', 'backend'))).toBe('ok');
  });

  it('of a blown one does not extend its time', () => {
    const world = booted(shop);
    for (let melts = 0; melts < 3; melts += 1) world.breaker('melt', 'backend');
    world.pass(200).breaker('melt', 'backend');
    expect(stateOf(world.pass(99))).toBe('blown');
    expect(stateOf(world.pass(1))).toBe('ok');
    expect(world.supervisor('backend').history).toEqual([]);
    expect(world.running()).toEqual(['backend/api', 'backend/db', 'web']);
  });

  it('intensity 0 is blown by the first', () => {
    const world = booted(root([supervisor('backend', ['api'], { intensity: 0, resetAfterMs: 300 })])).breaker('melt', 'backend');
    expect(stateOf(world)).toBe('blown');
  });

  it('of the root ends the application as failed, and of an unknown one is nothing', () => {
    const world = booted(root(['a'], { intensity: 0 })).breaker('melt', 'nobody');
    expect(world.running()).toEqual(['a']);
    expect(world.breaker('melt', '').root.state).toMatchObject({ phase: 'ended', how: 'failed' });
  });
});

describe('reset', () => {
  it('of a blown one brings it back at once, with an empty history, and its timer is off', () => {
    const world = booted(shop);
    for (let melts = 0; melts < 3; melts += 1) world.breaker('melt', 'backend');
    world.breaker('reset', 'backend');
    expect(world.runs()).toEqual(['backend/api#2', 'backend/db#2', 'web#1']);
    expect(world.supervisor('backend').history).toEqual([]);
    expect(world.pass(1_000).runs()).toEqual(['backend/api#2', 'backend/db#2', 'web#1']);
  });

  it('of one that is ok forgets its melts and touches nothing', () => {
    const world = booted(shop).breaker('melt', 'backend').breaker('reset', 'backend');
    expect(world.supervisor('backend').history).toEqual([]);
    expect(world.runs()).toEqual(['backend/api#1', 'backend/db#1', 'web#1']);
  });

  it('does not lift a disable', () => {
    expect(stateOf(booted(shop).breaker('disable', 'backend').breaker('reset', 'backend'))).toBe('disabled');
  });
});

describe('disable', () => {
  it('stops what is in it in reverse order, and again is nothing', () => {
    const world = booted(shop).breaker('disable', 'backend');
    expect(world.take()).toEqual(['stop backend/db', 'end backend/db', 'stop backend/api', 'end backend/api']);
    expect(world.breaker('disable', 'backend').take()).toEqual([]);
  });

  it('dominates start, restart, up, melts, its own timer and the restart of its siblings', () => {
    const world = booted({ ...shop, strategy: 'one_for_all' });
    for (let melts = 0; melts < 3; melts += 1) world.breaker('melt', 'backend');
    world.breaker('disable', 'backend').pass(1_000);
    world
      .start('backend')
      .start('backend/api')
      .restart('backend')
      .apply({ ...shop, strategy: 'one_for_all' })
      .breaker('melt', 'backend');
    expect(world.die('web').running()).toEqual(['web']);
    expect(stateOf(world)).toBe('disabled');
  });

  it('holds when the supervisor above it starts anew', () => {
    const world = booted(shop).breaker('disable', 'backend').restart('');
    expect(world.running()).toEqual(['web']);
    expect(world.phase('')).toBe('running');
  });

  it('enable brings it back with an empty history; of one that is not disabled it is nothing', () => {
    const world = booted(shop).breaker('melt', 'backend').breaker('disable', 'backend').breaker('enable', 'backend');
    expect(world.running()).toEqual(['backend/api', 'backend/db', 'web']);
    expect(world.supervisor('backend').history).toEqual([]);
    world.take();
    expect(world.breaker('enable', 'backend').take()).toEqual([]);
  });

  it('enable while it still stops has it started when that is done', () => {
    const world = booted(shop).let('puppet', 'backend/db').breaker('disable', 'backend').breaker('enable', 'backend');
    world.let('obeys', 'backend/db').die('backend/db', 'SIGTERM');
    expect(world.running()).toEqual(['backend/api', 'backend/db', 'web']);
  });
});
