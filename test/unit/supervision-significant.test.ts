import { describe, expect, it } from 'vitest';
import { describeCause } from '../../src/supervision/cause.js';
import type { AutoShutdown, ChildSpec } from '../../src/supervision/spec.js';
import { root, service, supervisor } from '../helpers/specs.js';
import { booted, type World } from '../helpers/world.js';

const transient = (name: string): ChildSpec => service(name, { restart: 'transient', significant: true });
const temporary = (name: string): ChildSpec => service(name, { restart: 'temporary', significant: true });

const app = (autoShutdown: AutoShutdown, ...children: readonly (ChildSpec | string)[]): World => booted(root(children, { autoShutdown }));

describe('any_significant', () => {
  it.each([
    ['transient, cleanly', transient('s'), 0],
    ['temporary, cleanly', temporary('s'), 0],
    ['temporary, by a crash', temporary('s'), 1],
  ] as const)('when a significant child ends by itself (%s) the supervisor stops the rest and ends', (_how, child, code) => {
    const world = app('any_significant', 'a', child, 'b').exit('s', code);
    expect(world.take()).toEqual(['end s', 'stop b', 'end b', 'stop a', 'end a']);
    expect(world.root.state).toEqual({ phase: 'ended', how: 'stopped', retryAt: null });
    expect(world.root.cause && describeCause(world.root.cause)).toBe('auto_shutdown: s ended');
  });

  it('a significant transient child that crashes is restarted instead', () => {
    expect(app('any_significant', 'a', transient('s')).exit('s', 1).runs()).toEqual(['a#1', 's#2']);
  });

  it('never through a stop by hand', () => {
    expect(app('any_significant', 'a', transient('s'), temporary('t')).stop('s').stop('t').running()).toEqual(['a']);
  });

  it("never through a sibling's restart", () => {
    const children = ['a', transient('s'), temporary('t')];
    const world = booted(root(children, { autoShutdown: 'any_significant', strategy: 'one_for_all' })).die('a');
    expect(world.runs()).toEqual(['a#2', 's#2']);
  });

  it('the end of an insignificant child is nothing', () => {
    expect(
      app('any_significant', 'a', service('job', { restart: 'temporary' }))
        .exit('job', 0)
        .running(),
    ).toEqual(['a']);
  });

  it('ends a sub-supervisor cleanly: a permanent entry is restarted for one unit of its parent, a transient one is not', () => {
    for (const restart of ['permanent', 'transient'] as const) {
      const inner = supervisor('in', ['x', transient('s')], { autoShutdown: 'any_significant', restart });
      const world = booted(root(['a', inner])).exit('in/s', 0);
      expect(world.running()).toEqual(restart === 'permanent' ? ['a', 'in/x', 'in/s'] : ['a']);
      expect(world.root.history).toHaveLength(restart === 'permanent' ? 1 : 0);
    }
  });

  it('a significant sub-supervisor that ends cleanly takes its parent along', () => {
    const inner = supervisor('in', [transient('s')], { autoShutdown: 'any_significant', restart: 'transient', significant: true });
    const world = app('any_significant', 'a', inner).exit('in/s', 0);
    expect(world.take()).toEqual(['end in/s', 'stop a', 'end a']);
    expect(world.root.state).toMatchObject({ phase: 'ended', how: 'stopped' });
  });
});

describe('all_significant', () => {
  it('when the last running significant child has ended by itself', () => {
    const world = app('all_significant', 'a', transient('s'), temporary('t')).exit('s', 0);
    expect(world.running()).toEqual(['a', 't']);
    expect(world.exit('t', 1).root.state).toMatchObject({ phase: 'ended', how: 'stopped' });
  });

  it('one stopped by hand is not running, and its stop is not the end', () => {
    const world = app('all_significant', 'a', transient('s'), transient('t')).stop('s');
    expect(world.running()).toEqual(['a', 't']);
    expect(world.exit('t', 0).phase('')).toBe('ended');
  });
});

describe('never', () => {
  it('nothing ends with any child', () => {
    const children = [service('s', { restart: 'transient' }), service('t', { restart: 'temporary' })];
    expect(booted(root(children)).exit('s', 0).exit('t', 0).phase('')).toBe('running');
  });
});
