/** Services that wait to be called: whoever calls is who starts them, not their siblings' restarts, nor an `up`. */
import { describe, expect, it } from 'vitest';
import { failuresOf } from '../../src/daemon/settling.js';
import { placedNodes } from '../../src/daemon/view.js';
import { root, service } from '../helpers/specs.js';
import { booted, type World } from '../helpers/world.js';

const lazy = service('lazy', { autostart: false, onDemand: true });
const group = root([lazy, 'web'], { strategy: 'one_for_all' });
const failures = ({ root: node }: World): readonly string[] =>
  failuresOf({ name: 'shop', root: node }, placedNodes({ name: 'shop', root: node }), 0).map(({ path }) => path);

/** Called in vain: it cannot be executed. */
const missing = (world: World): World => world.let('fails', 'lazy').start('lazy');

describe('one that has failed when it was called', () => {
  it('is not started by the restart of its group, and does not fail it', () => {
    const world = missing(booted(group));
    expect(world.phase('lazy')).toBe('ended');
    world.die('web');
    expect([world.phase(''), world.phase('lazy'), ...world.runs()]).toEqual(['running', 'stopped', 'web#2']);
    expect(world.let('obeys', 'lazy').start('lazy').runs()).toEqual(['lazy#2', 'web#2']);
  });

  it('is not started with its supervisor by a person either', () => {
    const world = missing(booted(root([lazy, 'web']))).restart('');
    expect([world.phase(''), world.phase('lazy'), ...world.runs()]).toEqual(['running', 'stopped', 'web#2']);
  });

  it('is started with its supervisor where it is what a person asks for', () => {
    const world = missing(booted(root([lazy, 'web']))).stop('');
    expect(world.let('obeys', 'lazy').start('lazy').runs()).toEqual(['lazy#2', 'web#2']);
  });

  it('is as new with the next up, which does not start it', () => {
    const world = missing(booted(root([lazy, 'web'])));
    expect(failures(world)).toEqual(['lazy']);
    world.apply(root([lazy, 'web']));
    expect([failures(world), world.phase('lazy'), world.service('lazy').cause]).toEqual([[], 'stopped', null]);
    expect(world.service('lazy').desired).toBe('stopped');
  });
});

describe('one that has completed', () => {
  const brief = { ...lazy, restart: 'transient' } as const;

  it('stays so when its group is restarted, or replaced', () => {
    const world = booted(root([brief, 'web'], { strategy: 'one_for_all' }))
      .start('lazy')
      .exit('lazy', 0);
    expect(world.die('web').runs()).toEqual(['web#2']);
    const changed = service('web', { command: ['/bin/other'] });
    world.start('lazy').exit('lazy', 0);
    expect(world.apply(root([brief, changed], { strategy: 'one_for_all' })).runs()).toEqual(['web#3']);
  });
});

describe('one that runs', () => {
  it('is restarted with its group', () => {
    expect(booted(group).start('lazy').die('web').runs()).toEqual(['lazy#2', 'web#2']);
  });

  it('is replaced by an up that changes it, or recreates all', () => {
    const world = booted(group).start('lazy');
    expect(world.apply(root([{ ...lazy, command: ['/bin/other'] }, 'web'])).runs()).toContain('lazy#2');
    expect(world.apply(root([lazy, 'web']), { recreate: true }).runs()).toEqual(['lazy#3', expect.stringContaining('web#')]);
  });
});

describe('an up', () => {
  it('that recreates all starts nothing that nobody has called', () => {
    expect(
      booted(root([lazy, 'web']))
        .apply(root([lazy, 'web']), { recreate: true })
        .runs(),
    ).toEqual(['web#2']);
  });

  it('starts one that it names', () => {
    expect(
      booted(root([lazy, 'web']))
        .apply(root([lazy, 'web']), { names: ['lazy'] })
        .runs(),
    ).toEqual(['lazy#1', 'web#1']);
  });

  it('makes one that was stopped by hand callable again', () => {
    const world = booted(root([lazy, 'web'])).stop('lazy');
    expect(world.service('lazy').cause).toMatchObject({ type: 'by_hand' });
    expect(world.apply(root([lazy, 'web'])).service('lazy')).toMatchObject({ cause: null, desired: 'stopped' });
  });
});
